#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "app/table.hpp"
#include "base/time.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kPage = 100;
constexpr int kMostPages = 20;                      // of one look while following
constexpr Duration kLook = kSecond;                 // between two looks
constexpr Duration kLongestAttempt = 11 * kMinute;  // an entry comes when the attempt is over, under the time it began

Result<QueryPairs> log_query(RemoteContext& context, const LogsOptions& options) {
  const auto endpoint = endpoint_id_of(context, options.endpoint);
  if (!endpoint) return fail(endpoint.error());
  const auto from = time_argument(context, "--from", options.from);
  if (!from) return fail(from.error());
  const auto to = time_argument(context, "--to", options.to);
  if (!to) return fail(to.error());
  return QueryPairs{{"status", options.status},      {"call_id", options.call},      {"endpoint_id", *endpoint},
                    {"assistant_id", options.agent}, {"error_class", options.error}, {"event_type", options.event},
                    {"search", options.search},      {"from_date", *from},           {"to_date", *to}};
}

Table log_table(const Look& look, bool follow) {
  const std::size_t result = follow ? 13 : 0;  // "timeout_after" may still come
  const std::size_t took = follow ? 7 : 0;
  return Table({{time_title("TIME", look), 0, 15},
                {"RESULT", 0, result},
                {"TRY", 2},
                {"TOOK", 1, took},
                {"ID", 0, 36},
                {"URL", 0, 0, true}},
               look);
}

void add_row(Table& table, const json::object& attempt, Timestamp now, const Look& look) {
  table.add({{short_time(text_at(attempt, "request_timestamp"), now, look), Paint::none},
             result_cell(attempt),
             {std::to_string(whole_at(attempt, "attempt_number")), Paint::none},
             {shown_millis(number_at(attempt, "duration_ms")), Paint::none},
             {text_at(attempt, "webhook_log_id"), Paint::none},
             {text_at(attempt, "webhook_url"), Paint::none}});
}

bool has_filter(const LogsOptions& options) {
  for (const auto* text : {&options.status, &options.call, &options.endpoint, &options.agent, &options.error,
                           &options.event, &options.search, &options.from, &options.to, &options.cursor}) {
    if (!text->empty()) return true;
  }
  return false;
}

void say_empty(const LogsOptions& options) {
  if (has_filter(options)) {
    print_hint("No attempt fits these filters. `wrapup logs` shows the latest of all.");
  } else {
    print_hint(
        "No webhook was sent yet. To send a sample: wrapup trigger https://your-receiver.example.com/hook\n"
        "To see what waits, and why: wrapup endpoint list");
  }
}

int list_once(RemoteContext& context, const LogsOptions& options, QueryPairs query) {
  query.emplace_back("page_size", std::to_string(options.limit));
  query.emplace_back("cursor", options.cursor);
  const auto page = context.remote.get(path_with("/v2/logs", query));
  if (!page) return report_remote(page.error());
  if (context.json) return print_json(context, page->text) ? kDone : kFailed;
  Table table = log_table(context.look, false);
  each_object(array_at(page->response, "items"),
              [&](const json::object& attempt) { add_row(table, attempt, context.remote.now(), context.look); });
  if (table.empty()) {
    say_empty(options);
    return kDone;
  }
  print_out(table.take());
  hint_at_more(whole_at(page->response, "total"), options.limit, text_at(page->response, "next_cursor"));
  return kDone;
}

/// Prints attempts as they come, oldest first.
class Follower {
 public:
  Follower(RemoteContext& context, QueryPairs query, const LogsOptions& options)
      : context_(context), query_(std::move(query)), limit_(options.limit), table_(log_table(context.look, true)) {}

  int run() {
    if (const auto first = look(); !first) return report_remote(first.error());
    bool lost = false;
    while (true) {
      if (!show()) return kDone;
      context_.remote.wait(kLook);
      const auto seen = look();
      if (!seen && seen.error().code != Code::unavailable) return report_remote(seen.error());
      if (!seen && !lost) print_hint("The server does not answer; trying again until it does.");
      if (seen && lost) print_hint("The server answers again.");
      lost = !seen;
    }
  }

 private:
  // Takes what is new, page by page, until a page holds something known.
  Status look() {
    const bool first = !begun_;
    std::string cursor;
    for (int pages = 0; pages < kMostPages; ++pages) {
      QueryPairs query = query_;
      // The server need not count what is long over.
      if (latest_ > 0) set_from(query, latest_ - kLongestAttempt);
      query.emplace_back("page_size", std::to_string(first ? limit_ : kPage));
      query.emplace_back("cursor", cursor);
      const auto page = context_.remote.get(path_with("/v2/logs", query));
      if (!page) return fail(page.error());
      const bool met = take(array_at(page->response, "items"));
      if (first && !known_.empty()) floor_ = *known_.begin();
      begun_ = true;
      cursor = text_at(page->response, "next_cursor");
      if (met || first || cursor.empty()) break;
    }
    while (known_.size() > std::size_t{4} * kMostPages * kPage) known_.erase(known_.begin());
    return {};
  }

  static void set_from(QueryPairs& query, Timestamp from) {
    const auto given = std::ranges::find(query, "from_date", &QueryPairs::value_type::first);
    given->second = format_utc(std::max(from, parse_time(given->second).value_or(0)));
  }

  // Whether one of them was known, or older than all that are.
  bool take(const json::array& items) {
    bool met = false;
    each_object(items, [&](const json::object& attempt) {
      const std::string id = text_at(attempt, "webhook_log_id");
      const bool is_new = id > floor_ && known_.insert(id).second;
      if (is_new) fresh_.push_back(attempt);
      met = met || !is_new;
      latest_ = std::max(latest_, parse_time(text_at(attempt, "request_timestamp")).value_or(0));
    });
    return met;
  }

  bool show() {
    std::reverse(fresh_.begin(), fresh_.end());
    bool read = true;
    for (const auto& attempt : fresh_) {
      if (context_.json) {
        read = read && print_json(context_, to_text(attempt));
      } else {
        add_row(table_, attempt, context_.remote.now(), context_.look);
      }
    }
    if (!context_.json && (!fresh_.empty() || !titled_)) read = print_out(table_.take());
    titled_ = true;
    fresh_.clear();
    return read;
  }

  RemoteContext& context_;
  QueryPairs query_;
  std::int64_t limit_;
  Table table_;
  std::set<std::string> known_;  // in order of time: ids begin with it
  std::string floor_;            // the oldest of the first look
  std::vector<json::object> fresh_;
  Timestamp latest_ = 0;
  bool begun_ = false;
  bool titled_ = false;
};

// All attempts of the delivery that `attempt` is of.
json::array siblings_of(RemoteContext& context, const json::object& attempt) {
  const auto page = context.remote.get(path_with("/v2/logs", {{"call_id", text_at(attempt, "call_id")},
                                                              {"endpoint_id", text_at(attempt, "endpoint_id")},
                                                              {"search", text_at(attempt, "delivery_id")},
                                                              {"page_size", "100"}}));
  return page ? array_at(page->response, "items") : json::array();
}

}  // namespace

int logs_command(RemoteContext& context, const LogsOptions& options) {
  if (options.follow && !options.cursor.empty())
    return report_wrong_argument("--follow begins with the latest; it does not go with --cursor");
  auto query = log_query(context, options);
  if (!query) return report_remote(query.error());
  if (options.follow) return Follower(context, std::move(*query), options).run();
  return list_once(context, options, std::move(*query));
}

int logs_show_command(RemoteContext& context, const std::string& id, bool curl) {
  const auto found = context.remote.get("/v2/logs" + in_path(id));
  if (!found) {
    const int code = report_remote(found.error());
    if (found.error().code == Code::not_found)
      print_hint("Attempts of a call, webhook, delivery or endpoint: wrapup logs --search ID");
    return code;
  }
  if (curl) {
    const std::string command = curl_command(found->response);
    print_out(command);
    if (command.find(": ***") != std::string::npos) print_hint("Put in the values of the headers that are ***.");
    print_hint("Its signature is as old as the attempt; `wrapup replay " + id_word(id) + "` sends it with a new one.");
    return kDone;
  }
  if (context.json) return print_json(context, found->text) ? kDone : kFailed;
  print_out(attempt_text(found->response, siblings_of(context, found->response), context.remote.now(), context.look));
  print_hint(fmt::format("\nOnce more: wrapup replay {0}    As a command: wrapup logs show {0} --curl", id_word(id)));
  return kDone;
}

}  // namespace wrapup
