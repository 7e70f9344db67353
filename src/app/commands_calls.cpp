#include <fmt/format.h>

#include "app/attempt_text.hpp"
#include "app/call_text.hpp"
#include "app/commands_remote.hpp"
#include "app/json_at.hpp"
#include "app/table.hpp"

namespace wrapup {

namespace {

std::string deliveries_text(RemoteContext& context, const json::object& call) {
  const auto page =
      context.remote.get(path_with("/v2/logs", {{"call_id", text_at(call, "call_id")}, {"page_size", "100"}}));
  if (!page) return {};
  Table table({{time_title("TIME", context.look)}, {"RESULT"}, {"TRY", 1}, {"ID"}, {"URL", 0, 0, true}}, context.look);
  each_object(array_at(page->response, "items"), [&](const json::object& attempt) {
    table.add({{short_time(text_at(attempt, "request_timestamp"), context.remote.now(), context.look)},
               result_cell(attempt),
               {std::to_string(whole_at(attempt, "attempt_number"))},
               {text_at(attempt, "webhook_log_id")},
               {text_at(attempt, "webhook_url")}});
  });
  return table.empty() ? "" : heading("Attempts to deliver its webhook, the latest first", context.look) + table.take();
}

Result<QueryPairs> calls_query(RemoteContext& context, const CallsOptions& options) {
  const auto from = time_argument(context, "--from", options.from);
  if (!from) return fail(from.error());
  const auto to = time_argument(context, "--to", options.to);
  if (!to) return fail(to.error());
  const auto number = [](const std::optional<std::int64_t>& n) { return n ? std::to_string(*n) : std::string(); };
  return QueryPairs{{"model_id", options.agent},
                    {"call_status", options.status},
                    {"end_call_reason", options.reason},
                    {"lead_phone_number", options.phone},
                    {"search", options.search},
                    {"from_date", *from},
                    {"to_date", *to},
                    {"duration_min", number(options.duration_min)},
                    {"duration_max", number(options.duration_max)},
                    {"cursor", options.cursor}};
}

}  // namespace

int calls_command(RemoteContext& context, const CallsOptions& options) {
  auto query = calls_query(context, options);
  if (!query) return report_remote(query.error());
  bool filtered = false;
  for (const auto& [name, value] : *query) filtered = filtered || !value.empty();
  query->emplace_back("limit", std::to_string(options.limit));
  const auto page = context.remote.get(path_with("/v2/calls", *query));
  if (!page) return report_remote(page.error());
  if (context.json) return print_json(context, page->text) ? kDone : kFailed;
  Table table({{time_title("BEGAN", context.look)},
               {"STATUS"},
               {"ENDED BY", 1},
               {"LENGTH", 2},
               {"ID"},
               {"NUMBER", 3},
               {"NAME"}},
              context.look);
  each_object(array_at(page->response, "calls"), [&](const json::object& call) {
    table.add({{short_time(call_start(call), context.remote.now(), context.look)},
               call_status_cell(call),
               {call_reason(call)},
               {call_length(call)},
               {text_at(call, "call_id")},
               {text_at(call, "lead_phone_number")},
               {text_at(call, "name")}});
  });
  if (table.empty()) {
    print_hint(filtered ? "No call fits these filters. `wrapup calls` shows the latest of all."
                        : "No call yet: POST /v2/calls places one, POST /v2/calls/report takes a finished one "
                          "(docs/api.md).");
    return kDone;
  }
  print_out(table.take());
  const json::object& pagination = object_at(page->response, "pagination");
  hint_at_more(whole_at(pagination, "total_records"), options.limit, text_at(pagination, "next_cursor"));
  return kDone;
}

int calls_show_command(RemoteContext& context, const std::string& id) {
  const auto answer = context.remote.get("/v2/calls" + in_path(id));
  if (!answer) return report_remote(answer.error());
  if (context.json) return print_json(context, answer->text) ? kDone : kFailed;
  const json::array& calls = array_at(answer->response, "calls");
  static const json::value kNothing;
  const json::object& call = as_object(calls.empty() ? kNothing : calls.front());
  print_out(call_text(call, context.look) + deliveries_text(context, call));
  return kDone;
}

}  // namespace wrapup
