#include "api/handlers.hpp"
#include "base/time.hpp"

namespace wrapup::api {

namespace {

void write_entry(JsonWriter& out, const AuditEntry& entry) {
  out.begin_object().member("audit_id", entry.audit_id).member("at", format_utc(entry.at));
  out.member("act", entry.act).member("object_id", entry.object_id).key("key_id");
  entry.key_id.empty() ? out.null() : out.string(entry.key_id);
  out.member("via", entry.key_id.empty() ? "command_line" : "api").key("request_id");
  entry.request_id.empty() ? out.null() : out.string(entry.request_id);
  out.end_object();
}

}  // namespace

Answer list_audit(Services& services, const ApiRequest& request) {
  Query query(request.query);
  AuditFilter filter;
  filter.key_id = query.text("key_id");
  filter.act = query.text("act");
  filter.object_id = query.text("object_id");
  filter.from = query.time("from_date");
  filter.to = query.time("to_date");
  filter.before = query.text("cursor");
  if (!filter.before.empty() && !is_uuid(filter.before))
    query.wrong("cursor", "must be a next_cursor of an answer before");
  filter.limit = query.integer("limit", 1, 100).value_or(20);
  filter.offset = query.integer("offset", 0, INT64_MAX).value_or(0);
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  auto page =
      co_await services.store.read([&](Store& store) { return store.list_audit(request.workspace_id, filter); });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("pagination").begin_object();
    out.member("total_records", page->total).member("limit", filter.limit).member("offset", filter.offset);
    out.key("next_cursor");
    const bool full = static_cast<std::int64_t>(page->entries.size()) == filter.limit;
    full ? out.string(page->entries.back().audit_id) : out.null();
    out.end_object().key("entries").begin_array();
    for (const auto& entry : page->entries) write_entry(out, entry);
    out.end_array();
  }));
}

}  // namespace wrapup::api
