#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "app/attempt_watch.hpp"
#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "app/table.hpp"
#include "base/fields.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kUsualRate = 10;           // of the API, a second
constexpr Duration kLook = 500 * kMillisecond;    // at a job that runs
constexpr Duration kLastPatience = 10 * kSecond;  // with what a job that is over made and nobody answered yet
constexpr std::string_view kReplays = "/v2/logs/replay";

std::string filter_words(const json::object& filter) {
  std::string words;
  for (const auto& [name, value] : filter) {
    words += (words.empty() ? "" : ", ") + std::string(name) + " " + text_at(filter, name);
  }
  return words.empty() ? "all" : safe_line(words);
}

bool has_filter(const ReplayOptions& o) {
  for (const auto* text : {&o.status, &o.call, &o.endpoint, &o.agent, &o.error, &o.from, &o.to}) {
    if (!text->empty()) return true;
  }
  return false;
}

Result<json::object> request_body(RemoteContext& context, const ReplayOptions& options) {
  const auto endpoint = endpoint_id_of(context, options.endpoint);
  if (!endpoint) return fail(endpoint.error());
  const auto from = time_argument(context, "--from", options.from);
  if (!from) return fail(from.error());
  const auto to = time_argument(context, "--to", options.to);
  if (!to) return fail(to.error());
  json::object body;
  for (const auto& [name, value] : QueryPairs{{"status", options.status},
                                              {"call_id", options.call},
                                              {"endpoint_id", *endpoint},
                                              {"assistant_id", options.agent},
                                              {"error_class", options.error},
                                              {"from_date", *from},
                                              {"to_date", *to},
                                              {"url", options.url}}) {
    if (!value.empty()) body[name] = value;
  }
  if (options.rate) body["rate"] = *options.rate;
  if (options.all) body["all"] = true;
  return body;
}

std::string progress_words(const json::object& replay) {
  const json::object& progress = object_at(replay, "progress");
  const auto count = [&](std::string_view name) { return whole_at(progress, name); };
  std::string words = fmt::format("{} of {} sent again, {} delivered", shown_count(count("queued")),
                                  shown_count(count("total")), shown_count(count("delivered")));
  if (count("waiting") > 0) words += fmt::format(", {} waiting", shown_count(count("waiting")));
  if (count("exhausted") > 0) words += fmt::format(", {} given up", shown_count(count("exhausted")));
  if (count("canceled") > 0) words += fmt::format(", {} canceled", shown_count(count("canceled")));
  return words;
}

/// The line that shows how far a job is: rewritten on a terminal, else only said when the job has ended.
class ProgressLine {
 public:
  explicit ProgressLine(bool live) : live_(live) {}
  void show(const std::string& words) {
    if (!live_ || words == shown_) return;
    const std::size_t rest = shown_.size() > words.size() ? shown_.size() - words.size() : 0;
    fmt::print(stderr, "\r{}{}", words, std::string(rest, ' '));
    shown_ = words;
  }
  void end() {
    if (!shown_.empty()) fmt::print(stderr, "\n");
    shown_.clear();
  }

 private:
  bool live_;
  std::string shown_;
};

int report_end(RemoteContext& context, const Remote::Answer& last) {
  const std::string state = text_at(last.response, "state");
  const std::string id = id_word(text_at(last.response, "replay_id"));
  if (context.json) {
    print_json(context, last.text);
  } else {
    print_out(fmt::format("Replay {}: {}.\n", safe_line(state), progress_words(last.response)));
  }
  if (state == "paused") print_hint("Somebody paused it. It goes on with: wrapup replay resume " + id);
  if (whole_at(object_at(last.response, "progress"), "waiting") > 0 && state == "completed")
    print_hint("What waits is tried by the schedule of its endpoint: wrapup replay show " + id);
  return state == "completed" ? kDone : kFailed;
}

/// Shows how the job gets on until it has ended.
int watch_replay(RemoteContext& context, const std::string& id) {
  context.remote.catch_interrupt();
  ProgressLine line(context.can_ask && !context.json);
  Timestamp completed_at = 0;
  while (true) {
    const auto answer = context.remote.get(std::string(kReplays) + in_path(id));
    if (!answer) {
      line.end();
      print_hint("The replay goes on without us: wrapup replay show " + id_word(id));
      return report_remote(answer.error());
    }
    const json::object& replay = answer->response;
    line.show(progress_words(replay));
    const std::string state = text_at(replay, "state");
    if (state == "completed" && completed_at == 0) completed_at = context.remote.now();
    const bool waiting = whole_at(object_at(replay, "progress"), "waiting") > 0;
    const bool patient = waiting && context.remote.now() < completed_at + kLastPatience;
    if (state != "running" && !(state == "completed" && patient)) {
      line.end();
      return report_end(context, *answer);
    }
    context.remote.wait(kLook);
    if (!context.remote.interrupted()) continue;
    line.end();
    print_hint(
        fmt::format("The replay goes on without us. To see it: wrapup replay show {0}\n"
                    "To hold it: wrapup replay pause {0}    To end it: wrapup replay cancel {0}",
                    id_word(id)));
    return kInterrupted;
  }
}

int replay_one(RemoteContext& context, const ReplayOptions& options) {
  json::object body;
  if (!options.url.empty()) body["url"] = options.url;
  const auto accepted = context.remote.send("POST", "/v2/logs" + in_path(options.id) + "/replay", body);
  if (!accepted) return report_remote(accepted.error());
  return watch_delivery(context, *accepted);
}

std::string question_words(const ReplayOptions& options, std::int64_t count) {
  const auto rate = options.rate.value_or(kUsualRate);
  return fmt::format("Send {} again to {}, {} a second (about {})?", shown_count(count, "webhook"),
                     options.url.empty() ? "where they were sent before" : options.url, rate,
                     shown_span(count * kSecond / std::max<std::int64_t>(1, rate)));
}

// True: go on. An exit code: end with it.
struct Decision {
  bool go = false;
  int code = kDone;
};

/// The count of what the filters name, and whether to go on.
Decision decide(RemoteContext& context, const ReplayOptions& options, const json::object& body) {
  if (options.yes && !options.dry_run) return {true, kDone};
  json::object dry = body;
  dry["dry_run"] = true;
  const auto counted = context.remote.send("POST", std::string(kReplays), dry);
  if (!counted) return {false, report_remote(counted.error())};
  const auto count = whole_at(counted->response, "count");
  if (options.dry_run) {
    if (context.json) return {false, print_json(context, counted->text) ? kDone : kFailed};
    print_out(fmt::format("{} would be sent again ({}).\n", shown_count(count, "webhook"),
                          filter_words(object_at(counted->response, "filter"))));
    return {false, kDone};
  }
  if (count == 0) {
    print_hint(
        "No webhook fits these filters: nothing to send. Their states: delivered, exhausted, canceled, pending.");
    return {false, kDone};
  }
  if (confirmed(question_words(options, count))) return {true, kDone};
  print_hint("Nothing was sent.");
  return {false, kFailed};
}

int replay_many(RemoteContext& context, const ReplayOptions& options) {
  if (!options.yes && !options.dry_run && !context.can_ask) {
    return report_wrong_argument(
        "nobody can be asked here whether to send many webhooks again: give --yes, or --dry-run to count them");
  }
  const auto body = request_body(context, options);
  if (!body) return report_remote(body.error());
  const Decision decision = decide(context, options, *body);
  if (!decision.go) return decision.code;
  const auto started = context.remote.send("POST", std::string(kReplays), *body);
  if (!started) return report_remote(started.error());
  if (context.json) print_json(context, started->text);
  const std::string id = text_at(started->response, "replay_id");
  print_hint("Replay " + id_word(id) + " has begun; Ctrl-C leaves it running.");
  return watch_replay(context, id);
}

void print_replay(RemoteContext& context, const Remote::Answer& answer) {
  const json::object& replay = answer.response;
  const std::string state = text_at(replay, "state");
  const std::string url = text_at(replay, "url");
  print_out(facts_text({{"replay", text_at(replay, "replay_id")},
                        {"state", state, state == "completed" ? Paint::green : Paint::yellow},
                        {"progress", progress_words(replay)},
                        {"what", filter_words(object_at(replay, "filter"))},
                        {"to", url.empty() ? "where each was sent before" : url},
                        {"rate", fmt::format("{} a second", whole_at(replay, "rate"))},
                        {"begun", long_time(text_at(replay, "created_at"), context.look)},
                        {"changed", long_time(text_at(replay, "updated_at"), context.look)}},
                       context.look));
}

int show(RemoteContext& context, const Result<Remote::Answer>& answer) {
  if (!answer) return report_remote(answer.error());
  if (context.json) return print_json(context, answer->text) ? kDone : kFailed;
  print_replay(context, *answer);
  return kDone;
}

}  // namespace

int replay_command(RemoteContext& context, const ReplayOptions& options) {
  const bool many = has_filter(options) || options.all;
  if (options.id.empty() && !many) {
    return report_wrong_argument(
        "which webhooks? Give the id of an attempt (`wrapup logs` shows them), or filters, or --all; see `wrapup "
        "replay --help`");
  }
  if (options.id.empty()) return replay_many(context, options);
  if (many || options.rate || options.dry_run)
    return report_wrong_argument("an id names one webhook; filters, --all, --rate and --dry-run are for many");
  // Ids are long; a short word is a slip.
  static constexpr std::array<std::string_view, 5> kVerbs{"list", "show", "pause", "resume", "cancel"};
  if (const auto near = nearest_name(options.id, kVerbs); !near.empty())
    return report_wrong_argument(options.id + " is no id; did you mean `wrapup replay " + std::string(near) + "`?");
  return replay_one(context, options);
}

int replay_list_command(RemoteContext& context, std::int64_t limit) {
  const auto page = context.remote.get(path_with(kReplays, {{"limit", std::to_string(limit)}}));
  if (!page) return report_remote(page.error());
  if (context.json) return print_json(context, page->text) ? kDone : kFailed;
  Table table({{time_title("BEGUN", context.look)},
               {"STATE"},
               {"SENT AGAIN"},
               {"DELIVERED", 1},
               {"GIVEN UP", 2},
               {"ID"},
               {"WHAT"}},
              context.look);
  each_object(array_at(page->response, "replays"), [&](const json::object& replay) {
    const json::object& progress = object_at(replay, "progress");
    const auto count = [&](std::string_view name) { return shown_count(whole_at(progress, name)); };
    table.add({{short_time(text_at(replay, "created_at"), context.remote.now(), context.look)},
               {text_at(replay, "state")},
               {count("queued") + " of " + count("total")},
               {count("delivered")},
               {count("exhausted")},
               {text_at(replay, "replay_id")},
               {filter_words(object_at(replay, "filter"))}});
  });
  if (table.empty()) {
    print_hint("No bulk replay yet. How many one would send: wrapup replay --status exhausted --dry-run");
    return kDone;
  }
  print_out(table.take());
  return kDone;
}

int replay_show_command(RemoteContext& context, const std::string& id) {
  return show(context, context.remote.get(std::string(kReplays) + in_path(id)));
}

int replay_move_command(RemoteContext& context, const std::string& id, const std::string& verb) {
  return show(context, context.remote.send("POST", std::string(kReplays) + in_path(id) + "/" + verb));
}

}  // namespace wrapup
