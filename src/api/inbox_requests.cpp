// What came to an inbox: listed, looked at, exported, answered by somebody else.
#include "api/handlers.hpp"
#include "api/inbox_export.hpp"
#include "api/inbox_json.hpp"
#include "base/time.hpp"

namespace wrapup::api {

namespace {

// Of one inbox, which must be there.
Result<std::vector<InboxRequest>> requests_of(Store& store, const ApiRequest& request, const std::string& before,
                                              std::int64_t limit) {
  auto inbox = store.get_inbox(request.workspace_id, request.param("token"));
  if (!inbox) return fail(std::move(inbox.error()));
  return store.list_inbox_requests(request.workspace_id, inbox->token, before, limit);
}

Result<InboxRequest> request_of(Store& store, const ApiRequest& request) {
  return store.get_inbox_request(request.workspace_id, request.param("token"), request.param("request_id"));
}

// To be saved, never to be shown: a browser must not take it for a page.
ServerReply file_reply(std::string body, std::string_view type, const std::string& name) {
  ServerReply reply;
  reply.body = std::move(body);
  reply.content_type = type;
  reply.headers = {{"Content-Disposition", "attachment; filename=\"" + name + "\""},
                   {"X-Content-Type-Options", "nosniff"},
                   {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  return reply;
}

Result<InboxRelay::Reply> read_reply(const json::object& body) {
  std::vector<FieldError> errors;
  Fields fields(body, "", errors);
  InboxRelay::Reply reply;
  reply.status = static_cast<int>(fields.integer("status", 200, 599).value_or(200));
  reply.body = fields.text("body", kLargestRelayedBody).value_or("");
  const auto encoding = fields.text("body_encoding", 20).value_or("utf-8");
  if (encoding != "utf-8" && encoding != "base64") fields.wrong("body_encoding", "must be utf-8 or base64");
  if (encoding == "base64") {
    auto bytes = base64_decode(reply.body);
    if (!bytes) fields.wrong("body", "is not base64");
    reply.body = bytes.value_or("");
  }
  const auto* headers = fields.object("headers");
  for (const auto& [name, value] : headers ? *headers : json::object()) {
    // What the program elsewhere says beside is left out: it did not write for this server.
    const auto* text = value.if_string();
    if (text && inbox_header_problem(name, *text).empty())
      reply.headers.emplace_back(std::string(name), std::string(*text));
  }
  fields.done();
  if (!errors.empty()) return fail(invalid_fields(std::move(errors)));
  return reply;
}

}  // namespace

Answer list_inbox_requests(Services& services, const ApiRequest& request) {
  Query query(request.query);
  const auto limit = query.integer("limit", 1, 100).value_or(20);
  const std::string before = query.text("cursor");
  if (!before.empty() && !is_uuid(before)) query.wrong("cursor", "must be a next_cursor of an answer before");
  if (auto fine = query.done(); !fine) co_return fail(std::move(fine.error()));
  using Page = std::pair<std::int64_t, std::vector<InboxRequest>>;
  auto page = co_await services.store.read([&](Store& store) -> Result<Page> {
    auto requests = requests_of(store, request, before, limit);
    if (!requests) return fail(std::move(requests.error()));
    auto use = store.inbox_use(request.workspace_id, request.param("token"));
    if (!use) return fail(std::move(use.error()));
    return Page(use->requests, std::move(*requests));
  });
  if (!page) co_return fail(std::move(page.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("requests").begin_array();
    for (const auto& entry : page->second) write_inbox_request(out, entry, kListedBody);
    out.end_array().member("total", page->first).key("next_cursor");
    const bool full = std::ssize(page->second) == limit;
    full ? out.string(page->second.back().request_id) : out.null();
  }));
}

Answer get_inbox_request(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto found = co_await services.store.read([&](Store& store) { return request_of(store, request); });
  if (!found) co_return fail(std::move(found.error()));
  co_return json_reply(envelope("ok", [&](JsonWriter& out) {
    out.key("request");
    write_inbox_request(out, *found, std::string::npos);
  }));
}

Answer clear_inbox(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return co_await write_once(services, request, [&](Store& store) -> Result<std::string> {
    auto inbox = store.get_inbox(request.workspace_id, request.param("token"));
    if (!inbox) return fail(std::move(inbox.error()));
    auto gone = store.clear_inbox(request.workspace_id, inbox->token);
    if (!gone) return fail(std::move(gone.error()));
    return envelope("success", [&](JsonWriter& out) { out.member("answer", "ok").member("deleted", *gone); });
  });
}

Answer inbox_har(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  const std::string url = services.inboxes.own.url_of(request.param("token"));
  auto har = co_await services.store.read([&](Store& store) -> Result<std::string> {
    auto requests = requests_of(store, request, "", kMostExported);
    if (!requests) return fail(std::move(requests.error()));
    return har_of(*requests, url);
  });
  if (!har) co_return fail(std::move(har.error()));
  co_return file_reply(std::move(*har), "application/json", "inbox.har");
}

Answer inbox_curl(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto found = co_await services.store.read([&](Store& store) { return request_of(store, request); });
  if (!found) co_return fail(std::move(found.error()));
  const std::string url = services.inboxes.own.url_of(found->token);
  co_return file_reply(curl_of(*found, url), "text/plain; charset=utf-8", "request.sh");
}

Answer answer_inbox_request(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  auto reply = read_reply(*body);
  if (!reply) co_return fail(std::move(reply.error()));
  auto there = co_await services.store.read([&](Store& store) { return request_of(store, request); });
  if (!there) co_return fail(std::move(there.error()));
  const int status = reply->status;
  if (!services.relay.answer(there->request_id, std::move(*reply))) {
    co_return fail(Code::conflict, "not_waiting", "nobody waits for the answer to this request, or not any more");
  }
  co_await note_answered(services, *there, status);
  co_return json_reply(envelope("success", [](JsonWriter& out) { out.member("answer", "ok"); }));
}

}  // namespace wrapup::api
