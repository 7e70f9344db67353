// Sessions of the console: a key is exchanged for a cookie that scripts cannot read. The token is random and kept as a
// hash only; a session ends when it is not used for kSessionIdle, when it is ended, and with its key.
#include <array>

#include "api/handlers.hpp"

namespace wrapup::api {

namespace {

std::string session_body(std::string_view status, const std::string& workspace_id, const std::string& key_id,
                         const std::string& key_name, const Scopes& scopes) {
  return envelope(status, [&](JsonWriter& out) {
    out.member("workspace_id", workspace_id).member("key_id", key_id).member("key_name", key_name);
    write_scopes(out, scopes);
  });
}

ServerReply session_reply(std::string body) {
  ServerReply reply = json_reply(std::move(body));
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

// Without an age: the browser forgets it when it is closed, and the server when it is idle.
void set_cookie(ServerReply& reply, const Services& services, const std::string& value, std::string_view more) {
  std::string cookie = std::string(kSessionCookie) + "=" + value + "; Path=/; HttpOnly; SameSite=Strict";
  if (services.behind_https) cookie += "; Secure";
  reply.headers.emplace_back("Set-Cookie", cookie.append(more));
}

// A form of another site cannot send this type without being asked first, and it would not be let in.
bool is_json(const ApiRequest& request) {
  const auto* type = request.http.header("Content-Type");
  return type && std::string_view(*type).substr(0, type->find(';')) == "application/json";
}

}  // namespace

Answer create_session(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  if (!is_json(request))
    co_return fail(Code::invalid, "invalid_request", "the request must have the Content-Type application/json");
  auto body = request.object();
  if (!body) co_return fail(std::move(body.error()));
  std::vector<FieldError> errors;
  Fields fields(*body, "", errors);
  const std::string key_text = fields.required_text("key", 500).value_or("");
  fields.done();
  if (!errors.empty()) co_return fail(invalid_fields(std::move(errors)));
  const std::string key_hash = to_hex(sha256(key_text));
  auto key = co_await services.store.read([&](Store& store) { return store.find_key(key_hash); });
  if (!key) co_return fail(std::move(key.error()));
  if (!*key)
    co_return fail(Code::unauthorized, "unauthorized", "this is no valid key (make one with: wrapup key create)");
  if (auto may = check_scope((*key)->scopes, Scope::calls_read); !may) co_return fail(std::move(may.error()));
  std::array<unsigned char, 32> random{};
  services.entropy.fill(random);
  const std::string token = to_hex({reinterpret_cast<const char*>(random.data()), random.size()});
  const Timestamp now = services.clock.now();
  const ConsoleSession session{(*key)->workspace_id, to_hex(sha256(token)), (*key)->key_id, now};
  auto added =
      co_await services.store.write([&](Store& store) { return store.add_session(session, now - kSessionIdle); });
  if (!added) co_return fail(std::move(added.error()));
  const ApiKey& found = **key;
  ServerReply reply =
      session_reply(session_body("success", found.workspace_id, found.key_id, found.name, found.scopes));
  set_cookie(reply, services, token, "");
  co_return reply;
}

Answer get_session(Services&, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  co_return session_reply(session_body("ok", request.workspace_id, request.key_id, request.key_name, request.scopes));
}

// With a key instead of a session there is nothing to end.
Answer end_session(Services& services, const ApiRequest& request) {
  if (auto fine = request.no_query(); !fine) co_return fail(std::move(fine.error()));
  if (!request.session.empty()) {
    auto ended = co_await services.store.write([&](Store& store) { return store.end_session(request.session); });
    if (!ended) co_return fail(std::move(ended.error()));
    services.live.end_session(request.session);
  }
  ServerReply reply = session_reply(envelope("success", [](JsonWriter&) {}));
  set_cookie(reply, services, "", "; Max-Age=0");
  co_return reply;
}

}  // namespace wrapup::api
