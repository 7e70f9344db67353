#include "api/analyze_with.hpp"
#include "api/handlers.hpp"
#include "base/time.hpp"
#include "model/payload.hpp"
#include "model/revision_diff.hpp"

namespace wrapup::api {

namespace {

Result<json::object> payload_of(const StoredRevision& stored) {
  auto parsed = parse_json(stored.payload);
  if (!parsed || !parsed->is_object()) return fail(Code::internal, "internal_error", "a stored payload is damaged");
  return std::move(parsed->get_object());
}

void write_changes(JsonWriter& out, const std::vector<PayloadChange>& changes) {
  out.begin_array();
  for (const auto& change : changes) {
    out.begin_object().member("path", change.path).member("old", change.before).member("new", change.after);
    out.end_object();
  }
  out.end_array();
}

// One revision, and what it changed of the one before it (null for the first).
void write_revision(JsonWriter& out, const std::string& call_id, const StoredRevision& stored,
                    const json::object& payload, const json::object* before) {
  out.begin_object().member("revision", stored.revision).member("webhook_id", webhook_id(call_id, stored.revision));
  out.member("created_at", format_utc(stored.created_at));
  const auto* event = payload.if_contains("event");
  for (const std::string_view name : {"complete", "missing"}) {
    const auto* value = event && event->is_object() ? event->get_object().if_contains(name) : nullptr;
    out.member(name, value ? *value : json::value(nullptr));
  }
  out.key("stages").raw(stored.stages.empty() ? "[]" : stored.stages);
  out.key("changes");
  if (before) {
    write_changes(out, changes_between(*before, payload));
  } else {
    out.null();
  }
  out.end_object();
}

Result<json::object> body_or_nothing(const ApiRequest& request) {
  if (request.http.body.empty()) return json::object();
  return request.object();
}

}  // namespace

Answer reanalyze_call(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = body_or_nothing(request);
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  Fields fields(*body, "", errors);
  const AnalyzeWith with = read_with(services, fields);
  fields.done();
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  Accepted accepted;
  auto reply = co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    const std::string& call_id = request.param("call_id");
    auto stored = store.get_call_outline(request.workspace_id, call_id);
    if (!stored) return fail(std::move(stored.error()));
    auto fine = check_with(services, store, request.workspace_id, stored->agent.get(), with);
    if (!fine) return fail(std::move(fine.error()));
    auto again = services.intake.reanalyze(store, request.workspace_id, call_id, with);
    if (!again) return fail(std::move(again.error()));
    accepted = std::move(*again);
    return envelope("success", [&](JsonWriter& out) {
      out.member("answer", "ok").member("call_id", accepted.call_id);
      out.member("revision", accepted.due->revision + 1);
    });
  });
  if (reply) Intake::announce(services.store.feeds(), request.workspace_id, accepted);
  co_return reply;
}

Answer list_revisions(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const auto offset = query.integer("offset", 0, INT64_MAX - 2).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  // With the one before the first, to compare it with.
  const std::int64_t first = offset + 1;
  auto page = co_await services.store.read([&](Store& store) {
    return store.list_revisions(request.workspace_id, request.param("call_id"), first - 1, limit + (first > 1 ? 1 : 0));
  });
  if (!page) co_return fail(std::move(page.error()));
  Status read;
  std::string answer = envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->first).member("limit", limit).member("offset", offset).end_object();
    out.key("revisions").begin_array();
    std::optional<json::object> before;
    for (const auto& stored : page->second) {
      auto payload = payload_of(stored);
      if (!payload) {
        read = fail(payload.error());
        break;
      }
      if (stored.revision >= first)
        write_revision(out, request.param("call_id"), stored, *payload, before ? &*before : nullptr);
      before = std::move(*payload);
    }
    out.end_array();
  });
  if (!read) co_return fail(std::move(read.error()));
  co_return json_reply(std::move(answer));
}

}  // namespace wrapup::api
