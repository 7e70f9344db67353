#include "api/api.hpp"

#include <algorithm>

#include "api/handlers.hpp"
#include "api/problem.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr Duration kKeyFor = kSecond;  // how long a key is taken as live without asking the store
constexpr std::size_t kKnownKeys = 10'000;
constexpr Duration kTouchEvery = 5 * kMinute;  // how exactly a session's last use is kept

Error unauthorized() {
  return {Code::unauthorized,
          "unauthorized",
          "the request needs a valid key: Authorization: Bearer <key> (make one with: wrapup key create)",
          "",
          {}};
}

/// The value of a cookie; empty when it is not there.
std::string cookie_of(const ServerRequest& request, std::string_view name) {
  const auto* header = request.header("Cookie");
  for (std::string_view rest = header ? *header : std::string_view(); !rest.empty();) {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
  }
  return {};
}

// The console routes its own pages, such as /calls/{id}: a browser that is sent to one gets the console.
bool is_console_page(const ServerRequest& request) {
  const auto* accept = request.header("Accept");
  return (request.method == "GET" || request.method == "HEAD") && accept &&
         accept->find("text/html") != std::string::npos && !request.path.starts_with("/v2/") &&
         !request.path.starts_with("/assets/") && !request.path.starts_with("/in/");
}

}  // namespace

Api::Api(Services services, RateLimits::Settings limits) : services_(std::move(services)), limits_(limits) {
  add_routes();
}

Task<ServerReply> Api::handle(ServerRequest request) {
  Headers headers;
  auto answered = co_await answer(std::move(request), headers);
  ServerReply reply = answered ? std::move(*answered) : problem_reply(answered.error(), services_.entropy);
  if (!answered && answered.error().code == Code::method_not_allowed)
    reply.headers.emplace_back("Allow", answered.error().detail);
  for (auto& header : headers) reply.headers.push_back(std::move(header));
  services_.metrics.count_answer(reply.status);
  co_return reply;
}

Task<Result<ServerReply>> Api::answer(ServerRequest request, Headers& headers) {
  const bool changes = request.method != "GET" && request.method != "HEAD";
  if (services_.store.read_only() && (changes || request.path.starts_with("/in/"))) co_return fail(read_only_error());
  if (request.path.starts_with("/in/")) co_return co_await api::receive(services_, request);
  auto match = router_.match(request.method == "HEAD" ? "GET" : request.method, request.path);
  if (!match.target) {
    if (match.allowed.empty() && is_console_page(request)) {
      ApiRequest page;
      page.http = std::move(request);
      co_return co_await api::console_index(services_, page);
    }
    if (match.allowed.empty())
      co_return fail(Code::not_found, "route_not_found",
                     "there is no route " + valid_utf8(request.path.substr(0, 200)));
    std::string allowed;
    for (const auto method : match.allowed) allowed.append(allowed.empty() ? "" : ", ").append(method);
    const std::string path = valid_utf8(request.path.substr(0, 200));
    co_return fail(Code::method_not_allowed, "method_not_allowed",
                   path + " takes " + allowed + ", not " + valid_utf8(request.method.substr(0, 20)), allowed);
  }
  for (const auto& [name, value] : match.params) {
    if (!is_utf8(value)) co_return fail(Code::not_found, "route_not_found", "the path is not UTF-8");
  }
  ApiRequest api;
  if (match.target->scope != Scope::none) {
    auto key = co_await key_of(request);
    if (!key) co_return fail(std::move(key.error()));
    if (limits_.on()) {
      auto may = limits_.take(key->key_id, key->workspace_id, services_.clock.now(), headers);
      if (!may) co_return fail(std::move(may.error()));
    }
    if (auto may = check_scope(key->scopes, match.target->scope); !may) co_return fail(std::move(may.error()));
    api.workspace_id = std::move(key->workspace_id);
    api.key_id = std::move(key->key_id);
    api.key_name = std::move(key->name);
    api.scopes = key->scopes;
    api.session = std::move(key->session);
  }
  auto query = parse_query(request.query);
  if (!query)
    co_return fail(Code::invalid, "invalid_query",
                   "the query string is not UTF-8, or has U+0000, or a % that is not followed by two hex digits");
  api.query = std::move(*query);
  api.params = std::move(match.params);
  api.http = std::move(request);
  if (match.target->audit.act.empty()) co_return co_await match.target->handler(services_, api);
  api.audit = &match.target->audit;
  api.request_id = new_request_id(services_.entropy);
  auto reply = co_await match.target->handler(services_, api);
  if (reply) reply->headers.emplace_back("X-Request-Id", api.request_id);
  co_return reply;
}

Task<Result<Api::KnownKey>> Api::key_of(const ServerRequest& request) {
  const auto* header = request.header("Authorization");
  if (!header && request.header("Cookie")) co_return co_await key_of_session(request);
  if (!header || header->size() < 8 || header->size() > 500) co_return fail(unauthorized());
  const std::string scheme = header->substr(0, 7);
  if (scheme != "Bearer " && scheme != "bearer ") co_return fail(unauthorized());
  // Looked up by its hash: nothing is compared with the key itself.
  const std::string hash = to_hex(sha256(std::string_view(*header).substr(7)));
  const auto known = keys_.find(hash);
  if (known != keys_.end() && services_.clock.now() - known->second.read_at < kKeyFor) co_return known->second;
  auto key = co_await services_.store.read([&](Store& store) { return store.find_key(hash); });
  if (!key) co_return fail(std::move(key.error()));
  if (!*key) {
    keys_.erase(hash);
    co_return fail(unauthorized());
  }
  if (keys_.size() >= kKnownKeys) keys_.clear();
  KnownKey found{(*key)->workspace_id, (*key)->key_id, (*key)->name, (*key)->scopes, services_.clock.now(), ""};
  keys_[hash] = found;
  co_return found;
}

// A browser sends the cookie along with whatever a page makes it send; the header only a script of our own pages sets.
Task<Result<Api::KnownKey>> Api::key_of_session(const ServerRequest& request) {
  const std::string token = cookie_of(request, kSessionCookie);
  if (token.empty()) co_return fail(unauthorized());
  const auto* console = request.header("X-Wrapup-Console");
  if (request.method != "GET" && (!console || *console != "1")) {
    co_return fail(Code::forbidden, "csrf",
                   "a request that changes something with a session of the console needs the header "
                   "X-Wrapup-Console: 1; programs send Authorization: Bearer <key>");
  }
  const std::string hash = to_hex(sha256(token));
  const Timestamp now = services_.clock.now();
  auto found =
      co_await services_.store.read([&](Store& store) { return store.find_session(hash, now - kSessionIdle); });
  if (!found) co_return fail(std::move(found.error()));
  if (!*found) {
    co_return fail(Code::unauthorized, "session_ended", "the session has ended: log in again with a key");
  }
  const auto& [session, key] = **found;
  if (now - session.used_at > kTouchEvery) {
    // When it cannot be written the session just ends sooner.
    co_await services_.store.write([&](Store& store) { return store.touch_session(hash, now); });
  }
  co_return KnownKey{key.workspace_id, key.key_id, key.name, key.scopes, now, hash};
}

ServerReply Api::refuse(int status, std::string_view why) {
  Error error{Code::invalid, "bad_request", std::string(why), "", {}};
  if (status == 413) error = {Code::too_large, "body_too_large", std::string(why), "", {}};
  if (status == 503) error = {Code::unavailable, "too_many_connections", std::string(why), "", {}};
  ServerReply reply = problem_reply(error, services_.entropy);
  reply.status = status;
  services_.metrics.count_answer(status);
  return reply;
}

}  // namespace wrapup
