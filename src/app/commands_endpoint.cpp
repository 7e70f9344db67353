#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/safe_text.hpp"
#include "app/table.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kEndpoints = "/v2/endpoints";

// "active", "paused", "disabled", "circuit open", "held": what keeps it from being sent to, first.
Cell state_cell(const json::object& endpoint) {
  const std::string state = text_at(endpoint, "state");
  if (state != "active") return {state, state == "disabled" ? Paint::red : Paint::yellow};
  const std::string circuit = text_at(object_at(endpoint, "circuit"), "state");
  if (circuit != "closed") return {"circuit " + (circuit == "half_open" ? "probing" : circuit), Paint::red};
  if (!text_at(endpoint, "held_until").empty()) return {"held", Paint::yellow};
  return {state, Paint::green};
}

// "204 ×4, 503"
std::string last_answers(const json::object& endpoint) {
  std::vector<std::pair<std::string, int>> runs;
  each_object(array_at(endpoint, "last_answers"), [&](const json::object& attempt) {
    const std::string result = result_cell(attempt).text;
    if (runs.empty() || runs.back().first != result) runs.emplace_back(result, 0);
    ++runs.back().second;
  });
  std::string words;
  for (const auto& [result, times] : runs) {
    words += (words.empty() ? "" : ", ") + result + (times == 1 ? "" : fmt::format(" ×{}", times));
  }
  return words;
}

std::string joined(const json::array& array) {
  std::string words;
  for (const auto& value : array) {
    words += words.empty() ? "" : ", ";
    words += value.is_string() ? std::string(value.get_string()) : to_text(value);
  }
  return words;
}

std::string rates_words(const json::object& endpoint) {
  std::string words;
  each_object(array_at(endpoint, "rate_limits"), [&](const json::object& limit) {
    words += fmt::format("{}{} in {}", words.empty() ? "" : ", ", shown_count(whole_at(limit, "count")),
                         text_at(limit, "per"));
  });
  return words;
}

std::vector<Fact> settings_of(const json::object& endpoint) {
  const json::object& retry = object_at(endpoint, "retry");
  const json::object& tls = object_at(endpoint, "tls");
  const auto concurrency = whole_at(endpoint, "concurrency");
  std::vector<Fact> facts{{"name", text_at(endpoint, "name")},
                          {"preset", text_at(endpoint, "preset")},
                          {"rate", rates_words(endpoint)},
                          {"concurrency", concurrency == 0 ? "" : std::to_string(concurrency)},
                          {"schedule", joined(array_at(retry, "schedule"))},
                          {"short schedule", joined(array_at(retry, "short_schedule"))},
                          {"max age", text_at(retry, "max_age")},
                          {"connect timeout", text_at(endpoint, "connect_timeout")},
                          {"timeout", text_at(endpoint, "timeout")},
                          {"disable after", text_at(endpoint, "disable_after")},
                          {"authority", text_at(tls, "ca").empty() ? "" : "one of its own, in place of the system's"},
                          {"certificate", text_at(tls, "certificate").empty() ? "" : "shown to the receiver"}};
  each_object(array_at(endpoint, "headers"), [&](const json::object& header) {
    facts.push_back({"header", text_at(header, "name") + ": " + text_at(header, "value")});
  });
  return facts;
}

std::string state_words(const json::object& endpoint, const Look& look) {
  std::string words = state_cell(endpoint).text;
  // The API's time is that of active, paused or disabled, not of the circuit.
  if (text_at(endpoint, "state") == "active") return words;
  if (const auto why = text_at(endpoint, "state_reason"); !why.empty()) words += " (" + why + ")";
  if (const auto since = long_time(text_at(endpoint, "state_since"), look); !since.empty()) words += ", since " + since;
  return words;
}

void print_endpoint(RemoteContext& context, const json::object& endpoint) {
  const Look& look = context.look;
  const json::object& circuit = object_at(endpoint, "circuit");
  const auto failures = whole_at(circuit, "failures_in_a_row");
  const auto pending = whole_at(endpoint, "pending");
  const std::string oldest = long_time(text_at(endpoint, "oldest_due_at"), look);
  std::string out =
      facts_text({{"endpoint", text_at(endpoint, "endpoint_id")},
                  {"url", text_at(endpoint, "url")},
                  {"state", state_words(endpoint, look), state_cell(endpoint).paint},
                  {"waiting", shown_count(pending, "webhook") + (oldest.empty() ? "" : ", the oldest due " + oldest)},
                  {"failures", failures == 0 ? ""
                                             : fmt::format("{} in a row, since {}", shown_count(failures),
                                                           long_time(text_at(circuit, "failing_since"), look))},
                  {"next probe", long_time(text_at(circuit, "next_probe_at"), look)},
                  {"held until", long_time(text_at(endpoint, "held_until"), look)},
                  {"last answers", last_answers(endpoint)},
                  {"known since", long_time(text_at(endpoint, "created_at"), look)}},
                 look);
  if (const auto settings = facts_text(settings_of(endpoint), look); !settings.empty()) {
    out += "\n" + painted(look.color, Paint::bold, "Settings") + "\n" + settings;
  } else {
    out += "\nAll settings are as the configuration says.\n";
  }
  print_out(out);
}

void print_next_step(const json::object& endpoint) {
  const std::string id = id_word(text_at(endpoint, "endpoint_id"));
  if (text_at(endpoint, "state") != "active") {
    print_hint("\nTo send what waits: wrapup endpoint resume " + id);
  } else if (text_at(object_at(endpoint, "circuit"), "state") != "closed") {
    print_hint("\nWhy it fails: wrapup logs --endpoint " + id +
               " --status failed    It is well again: wrapup endpoint "
               "resume " +
               id);
  }
}

int show(RemoteContext& context, const Result<Remote::Answer>& answer) {
  if (!answer) return report_remote(answer.error());
  if (context.json) return print_json(context, answer->text) ? kDone : kFailed;
  print_endpoint(context, answer->response);
  print_next_step(answer->response);
  return kDone;
}

// "/v2/endpoints/{id}" of an id or a URL.
Result<std::string> endpoint_path(RemoteContext& context, const std::string& id_or_url) {
  auto id = endpoint_id_of(context, id_or_url);
  if (!id) return id;
  return std::string(kEndpoints) + in_path(*id);
}

}  // namespace

int endpoint_list_command(RemoteContext& context, const EndpointsOptions& options) {
  const auto page = context.remote.get(path_with(kEndpoints, {{"state", options.state},
                                                              {"circuit", options.circuit},
                                                              {"search", options.search},
                                                              {"limit", std::to_string(options.limit)},
                                                              {"cursor", options.cursor}}));
  if (!page) return report_remote(page.error());
  if (context.json) return print_json(context, page->text) ? kDone : kFailed;
  Table table({{"STATE"}, {"WAITING", 1}, {"LAST ANSWERS", 2}, {"NAME", 3}, {"ID"}, {"URL", 0, 0, true}}, context.look);
  each_object(array_at(page->response, "endpoints"), [&](const json::object& endpoint) {
    table.add({state_cell(endpoint),
               {shown_count(whole_at(endpoint, "pending"))},
               {last_answers(endpoint)},
               {text_at(endpoint, "name")},
               {text_at(endpoint, "endpoint_id")},
               {text_at(endpoint, "url")}});
  });
  if (table.empty()) {
    const bool filtered = !(options.state + options.circuit + options.search + options.cursor).empty();
    print_hint(filtered ? "No endpoint fits these filters. `wrapup endpoint list` shows all."
                        : "No endpoint yet: the first webhook to a URL makes one, and so does: wrapup endpoint set URL "
                          "--name NAME");
    return kDone;
  }
  print_out(table.take());
  const json::object& pagination = object_at(page->response, "pagination");
  hint_at_more(whole_at(pagination, "total_records"), options.limit, text_at(pagination, "next_cursor"));
  return kDone;
}

int endpoint_show_command(RemoteContext& context, const std::string& id_or_url) {
  const auto path = endpoint_path(context, id_or_url);
  return path ? show(context, context.remote.get(*path)) : report_remote(path.error());
}

int endpoint_move_command(RemoteContext& context, const std::string& id_or_url, const std::string& verb) {
  const auto path = endpoint_path(context, id_or_url);
  return path ? show(context, context.remote.send("POST", *path + "/" + verb)) : report_remote(path.error());
}

int endpoint_delete_command(RemoteContext& context, const std::string& id_or_url, bool yes) {
  if (!yes && !context.can_ask)
    return report_wrong_argument("nobody can be asked here whether to delete the endpoint: give --yes");
  const auto path = endpoint_path(context, id_or_url);
  if (!path) return report_remote(path.error());
  if (!yes) {
    const auto endpoint = context.remote.get(*path);
    if (!endpoint) return report_remote(endpoint.error());
    const std::string question =
        fmt::format("Delete {}, its settings, and the {} that wait for it?", text_at(endpoint->response, "url"),
                    shown_count(whole_at(endpoint->response, "pending"), "webhook"));
    if (!confirmed(question)) {
      print_hint("Nothing was deleted.");
      return kFailed;
    }
  }
  const auto answer = context.remote.send("DELETE", *path);
  if (!answer) return report_remote(answer.error());
  if (context.json) return print_json(context, answer->text) ? kDone : kFailed;
  print_out(fmt::format("Deleted. {} canceled.\n", shown_count(whole_at(answer->response, "canceled"), "webhook")));
  return kDone;
}

int endpoint_set_command(RemoteContext& context, const std::string& id_or_url, const EndpointChange& change) {
  const auto id = endpoint_id_of(context, id_or_url);
  const bool is_new = !id && id.error().code == Code::not_found;
  if (!id && !is_new) return report_remote(id.error());
  json::array known;
  if (!is_new && !(change.headers.empty() && change.secret_headers.empty())) {
    const auto endpoint = context.remote.get(std::string(kEndpoints) + in_path(*id));
    if (!endpoint) return report_remote(endpoint.error());
    known = array_at(endpoint->response, "headers");
  }
  auto body = endpoint_change_body(change, known);
  if (!body) return report_remote(body.error());
  if (body->empty() && !is_new)
    return report_wrong_argument("what is to be set? `wrapup endpoint set --help` shows the settings");
  if (!is_new) return show(context, context.remote.send("PUT", std::string(kEndpoints) + in_path(*id), *body));
  (*body)["url"] = id_or_url;
  const int code = show(context, context.remote.send("POST", std::string(kEndpoints), *body));
  if (code == kDone) print_hint("The endpoint is new: no webhook had this URL yet.");
  return code;
}

}  // namespace wrapup
