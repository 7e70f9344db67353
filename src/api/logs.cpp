#include <algorithm>

#include "api/handlers.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "model/inbound.hpp"

namespace wrapup::api {

namespace {

std::string_view webhook_type(const Attempt& attempt) {
  return attempt.type == kCallInbound ? "inbound_webhook" : "external_webhook";
}

void write_summary(JsonWriter& out, const Attempt& attempt) {
  out.member("webhook_log_id", attempt.attempt_id).member("request_timestamp", format_utc(attempt.at));
  out.member("model_id", attempt.model_id).member("status", attempt.status).member("webhook_url", attempt.url);
  out.key("response_status_code");
  attempt.response_code == 0 ? out.null() : out.integer(attempt.response_code);
  out.member("http_method", "post").member("webhook_type", webhook_type(attempt)).member("call_id", attempt.call_id);
  out.member("webhook_id", attempt.webhook_id).member("delivery_id", attempt.delivery_id);
  out.member("endpoint_id", attempt.endpoint_id).member("event_type", attempt.type);
  out.member("attempt_number", attempt.number).member("error_class", attempt.error);
  out.key("duration_ms").number(double(attempt.duration_us) / kMillisecond);
  out.member("maybe_delivered", attempt.maybe_delivered);
}

// [[name, value], …] as an object; a name that stands twice has its values joined (RFC 9110, section 5.3).
void write_headers(JsonWriter& out, std::string_view name, const json::object& detail) {
  std::vector<std::pair<std::string, std::string>> joined;
  const auto* headers = detail.if_contains(name);
  for (const auto& header : headers && headers->is_array() ? headers->get_array() : json::array()) {
    const std::string key(header.at(0).get_string());
    const std::string value(header.at(1).get_string());
    const auto known = std::find_if(joined.begin(), joined.end(), [&](const auto& pair) { return pair.first == key; });
    if (known == joined.end()) {
      joined.emplace_back(key, value);
    } else {
      known->second += ", " + value;
    }
  }
  out.key(name).begin_object();
  for (const auto& [key, value] : joined) out.member(key, value);
  out.end_object();
}

std::int64_t number_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

void write_detail(JsonWriter& out, const Attempt& attempt, const json::object& detail, const std::string& payload) {
  const auto* timings = detail.if_contains("timings_us");
  const json::object phases = timings && timings->is_object() ? timings->get_object() : json::object();
  const std::int64_t total = number_in(phases, "total");
  const std::string body = text_in(detail, "response_body");
  std::size_t header_bytes = 0;
  if (const auto* headers = detail.if_contains("response_headers"); headers && headers->is_array()) {
    for (const auto& header : headers->get_array())
      header_bytes += header.at(0).get_string().size() + header.at(1).get_string().size() + 4;
  }
  write_summary(out, attempt);
  out.member("workspace_id", attempt.workspace_id).key("action_id").null();
  out.member("revision", attempt.revision);
  write_headers(out, "request_headers", detail);
  out.member("request_payload", payload).key("request_query_params").begin_object().end_object();
  out.member("request_origin", "wrapup");
  out.member("response_timestamp", format_utc(attempt.at + total));
  write_headers(out, "response_headers", detail);
  out.member("response_payload", body);
  out.key("response_truncated")
      .value(detail.contains("response_truncated") ? detail.at("response_truncated") : json::value(false));
  out.key("response_ttfb_ms").number(double(number_in(phases, "first_byte")) / kMillisecond);
  out.member("response_size_total", static_cast<std::int64_t>(header_bytes + body.size()));
  out.member("response_size_body", static_cast<std::int64_t>(body.size()));
  const std::string error = text_in(detail, "error_text");
  out.key("error_message");
  error.empty() ? out.null() : out.string(error);
  out.key("flow_location").null();
  out.member("address", text_in(detail, "address")).member("tls_version", text_in(detail, "tls_version"));
  out.member("timings_us", phases);
}

// Filters of the original. True when nothing here passes them.
bool excludes_all(Query& query, AttemptFilter& filter) {
  const std::string type = query.text("webhook_type");
  if (!type.empty() && type != "external_webhook" && type != "inbound_webhook" && type != "custom_action") {
    query.wrong("webhook_type", "must be one of external_webhook, inbound_webhook, custom_action");
  }
  if (type == "inbound_webhook") filter.type = kCallInbound;
  if (type == "external_webhook") filter.not_type = kCallInbound;
  const std::string method = query.text("http_method");
  return type == "custom_action" || (!method.empty() && method != "post" && method != "POST");
}

Status check_workspace(Query& query, const ApiRequest& request) {
  const std::string workspace = query.text("workspace_id");
  if (workspace.empty() || workspace == request.workspace_id) return {};
  return fail(Code::not_found, "workspace_not_found",
              "there is no workspace " + std::string(utf8_beginning(workspace, 100)) + " for this key");
}

}  // namespace

Answer list_logs(Services& services, const ApiRequest& request) {
  Query query(request.query);
  AttemptFilter filter;
  const auto workspace = check_workspace(query, request);
  const auto page_number = query.integer("page_number", 1, 1'000'000).value_or(1);
  const auto page_size = query.integer("page_size", 1, 100).value_or(20);
  filter.search = query.text("search");
  const bool none = excludes_all(query, filter);
  filter.status = query.text("status");
  if (!filter.status.empty() && filter.status != "pending" && filter.status != "success" && filter.status != "failed") {
    query.wrong("status", "must be one of pending, success, failed");
  }
  filter.from = query.time("from_date");
  filter.to = query.time("to_date");
  filter.model_id = query.text("assistant_id");
  filter.call_id = query.text("call_id");
  filter.endpoint_id = query.text("endpoint_id");
  filter.error = query.text("error_class");
  const std::string event_type = query.text("event_type");
  const bool nothing = !event_type.empty() && !filter.type.empty() && event_type != filter.type;
  if (!event_type.empty()) filter.type = event_type;
  const std::string maybe = query.text("maybe_delivered");
  if (!maybe.empty() && maybe != "true" && maybe != "false") query.wrong("maybe_delivered", "must be true or false");
  if (!maybe.empty()) filter.maybe_delivered = maybe == "true";
  filter.before = query.text("cursor");
  if (!filter.before.empty() && !is_uuid(filter.before))
    query.wrong("cursor", "must be a next_cursor of an answer before");
  filter.limit = page_size;
  filter.offset = (page_number - 1) * page_size;
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  if (!workspace) co_return fail(workspace.error());
  Result<AttemptPage> page = AttemptPage();
  if (!none && !nothing)
    page =
        co_await services.store.read([&](Store& store) { return store.list_attempts(request.workspace_id, filter); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("items").begin_array();
    for (const auto& attempt : page->attempts) {
      out.begin_object();
      write_summary(out, attempt);
      out.end_object();
    }
    out.end_array().member("total", page->total).member("page_size", page_size).member("page_number", page_number);
    out.key("next_cursor");
    const bool full = static_cast<std::int64_t>(page->attempts.size()) == page_size;
    full ? out.string(page->attempts.back().attempt_id) : out.null();
  }));
}

Answer get_log(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto workspace = check_workspace(query, request);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  if (!workspace) co_return fail(workspace.error());
  using Found = std::pair<Attempt, std::string>;
  auto found = co_await services.store.read([&](Store& store) -> Result<Found> {
    auto attempt = store.get_attempt(request.workspace_id, request.param("log_id"));
    if (!attempt) return fail(std::move(attempt.error()));
    Delivery sent;
    sent.workspace_id = attempt->workspace_id;
    sent.webhook_id = attempt->webhook_id;
    sent.call_id = attempt->call_id;
    sent.revision = attempt->revision;
    auto payload = store.body_of(sent);
    if (!payload) return fail(std::move(payload.error()));
    return Found(std::move(*attempt), std::move(*payload));
  });
  if (!found) co_return fail(std::move(found.error()));
  auto detail = parse_json(found->first.detail);
  if (!detail || !detail->is_object())
    co_return fail(Code::internal, "internal_error", "a stored log entry is damaged");
  co_return json_reply(
      envelope("ok", [&](JsonWriter& out) { write_detail(out, found->first, detail->get_object(), found->second); }));
}

}  // namespace wrapup::api
