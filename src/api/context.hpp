// What every handler gets: the services it may use and the request it answers. One reactor.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/inbox_relay.hpp"
#include "api/live.hpp"
#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/entropy.hpp"
#include "base/fields.hpp"
#include "base/metrics.hpp"
#include "base/secret_box.hpp"
#include "ingest/accept.hpp"
#include "model/api_key.hpp"
#include "model/payload.hpp"
#include "net/address_policy.hpp"
#include "net/http_server.hpp"
#include "net/own_inboxes.hpp"
#include "net/router.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// Asks a receiver a question whose answer steers a call.
using Ask = std::function<Task<Result<Asked>>(Message question, std::string url)>;

/// What works out, on any thread, what the pipeline makes of a call that is not stored yet; `request` is its report.
/// None when it must wait for something.
using Foresee = std::function<Task<std::function<Frozen()>>(std::shared_ptr<const Call>, std::shared_ptr<const Agent>,
                                                            const std::string& request)>;

/// What the signatures of a webhook are worth by these secrets, as a JSON object. Thread-safe.
using CheckSignatures = std::function<json::object(const std::vector<SigningSecret>&, const Headers&,
                                                   std::string_view body, Timestamp now)>;

/// What the stages answer to the actions of `agent` about a call; nothing is stored.
using TryActions = std::function<Task<Findings>(std::shared_ptr<const Call>, std::shared_ptr<const Agent>)>;

struct InboxServices {
  const OwnInboxes& own;
  InboxLimits limits;
  std::int64_t max_body = 0;  // bytes kept of a request
  CheckSignatures check;
};

struct Services {
  Executor executor;
  AsyncStore& store;
  Clock& clock;
  Entropy& entropy;
  Metrics& metrics;
  Intake& intake;
  Workers& workers;
  Foresee foresee;
  const SecretBox& secrets;
  Live& live;
  InboxRelay& relay;
  InboxServices inboxes;
  AddressPolicy policy;       // which literal addresses a receiver's URL may name
  bool allow_http = false;    // receivers without TLS
  bool behind_https = false;  // browsers reach this server by https
  Ask ask;
  TryActions try_actions;
  bool has_model = false;                      // the configuration names one
  std::vector<std::string> prompt_versions{};  // that an analysis may ask for
};

inline constexpr std::string_view kSessionCookie = "wrapup_session";
/// A session of the console that is not used for so long ends.
inline constexpr Duration kSessionIdle = 12 * kHour;

/// Reads query parameters, and names the unknown ones with the nearest known name.
class Query {
 public:
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  explicit Query(const Pairs& pairs) : pairs_(pairs) {}

  std::string text(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  /// ISO 8601, a date, or epoch milliseconds.
  std::optional<Timestamp> time(std::string_view name);
  void wrong(std::string_view name, std::string message);
  /// An error when anything was wrong or unknown.
  Status done();

 private:
  const std::string* find(std::string_view name);

  const Pairs& pairs_;
  std::vector<std::string_view> known_;
  std::vector<FieldError> errors_;
};

/// How an administrative act stands in the audit log: "agent.create", and the parameter of the path, or the member of
/// the answer, that says on which object.
struct AuditRule {
  std::string_view act;
  std::string_view object_id;
};

struct ApiRequest {
  ServerRequest http;
  std::string workspace_id;
  std::string key_id;
  std::string key_name;
  Scopes scopes;
  std::string session;               // its hash when a session of the console asks; empty: the key itself
  std::string request_id;            // only where `audit` is set
  const AuditRule* audit = nullptr;  // null: nothing that the audit log tells of
  PathParams params;
  Query::Pairs query;

  /// The value of a `{name}` in the route.
  const std::string& param(std::string_view name) const;
  /// The body as a JSON object. Errors: `invalid_json`, or `invalid_request` when it is something else.
  Result<json::object> object() const;
  /// No query parameters are known here.
  Status no_query() const;
};

/// {"status":"success","response":{…}}, with `write` filling the response object.
template <class Write>
std::string envelope(std::string_view status, Write write) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().key("status").string(status).key("response").begin_object();
  write(out);
  out.end_object().end_object();
  return body;
}

inline ServerReply json_reply(std::string body) {
  ServerReply reply;
  reply.body = std::move(body);
  return reply;
}

/// Checks a receiver's URL: form, scheme, and a literal address against the policy. Errors are `invalid_request` at
/// `path`.
Status check_webhook_url(const Services& services, const std::string& url, const std::string& path);

struct OnceKey {
  std::string key;
  std::string request_hash;
};
/// The Idempotency-Key of a request, if it has one.
Result<std::optional<OnceKey>> once_key(const ApiRequest& request);

/// The body of an answer, and what is kept of it to be given again: all of it, unless a part is shown only once.
struct OnceBody {
  OnceBody(std::string all = {}) : body(std::move(all)) {}
  OnceBody(std::string all, std::string without) : body(std::move(all)), kept(std::move(without)) {}
  std::string body;
  std::optional<std::string> kept;
};

struct OnceAnswer {
  std::string body;
  bool replayed = false;
};
/// Runs `make` and keeps its answer under `key`, or gives the answer kept before. Part of the caller's transaction.
Result<OnceAnswer> answer_once(Store& store, const std::string& workspace_id, const std::optional<OnceKey>& key,
                               Timestamp now, const std::function<Result<OnceBody>(Store&)>& make);

/// Writes down what `request` did, with `body` its answer. Nothing when it is no administrative act.
Status audit_act(Store& store, Services& services, const ApiRequest& request, const std::string& body);

/// A write whose answer is given again for the same Idempotency-Key. `verb(Store&)` returns the body of the answer, as
/// text or as a OnceBody. `write(verb)` is asked to do it: by default AsyncStore::write.
template <class Verb, class Write>
Task<Result<ServerReply>> write_once(Services& services, const ApiRequest& request, Verb verb, Write write) {
  auto key = once_key(request);
  if (!key) co_return fail(std::move(key.error()));
  const auto once = [&services, &request, &verb, &key](Store& store) -> Result<OnceAnswer> {
    return answer_once(store, request.workspace_id, *key, services.clock.now(), [&](Store& inner) -> Result<OnceBody> {
      Result<OnceBody> made = verb(inner);
      if (!made || !request.audit) return made;
      auto noted = audit_act(inner, services, request, made->body);
      if (!noted) return fail(std::move(noted.error()));
      return made;
    });
  };
  auto answer = co_await write(once);
  if (!answer) co_return fail(std::move(answer.error()));
  ServerReply reply = json_reply(std::move(answer->body));
  if (answer->replayed) reply.headers.emplace_back("Idempotent-Replayed", "true");
  co_return reply;
}
template <class Verb>
Task<Result<ServerReply>> write_once(Services& services, const ApiRequest& request, Verb verb) {
  return write_once(services, request, std::move(verb),
                    [&services](const auto& once) { return services.store.write(once); });
}

}  // namespace wrapup
