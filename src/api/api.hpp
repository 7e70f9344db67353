// The HTTP API: takes a request to its handler. Checks the key, finds the route, turns errors into answers. One
// reactor.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "api/context.hpp"
#include "api/rate_limits.hpp"
#include "model/api_key.hpp"
#include "net/router.hpp"

namespace wrapup {

class Api {
 public:
  explicit Api(Services services, RateLimits::Settings limits = {});
  Task<ServerReply> handle(ServerRequest request);
  /// For requests that the server refused before a handler saw them.
  ServerReply refuse(int status, std::string_view why);

 private:
  using Handler = Task<Result<ServerReply>> (*)(Services&, const ApiRequest&);
  struct Target {
    Handler handler = nullptr;
    Scope scope = Scope::none;  // none: needs no key
    AuditRule audit;
  };
  struct KnownKey {
    std::string workspace_id;
    std::string key_id;
    std::string name;
    Scopes scopes;
    Timestamp read_at = 0;
    std::string session;  // see ApiRequest
  };

  void add_routes();
  /// `headers` stand in the answer, whatever it is.
  Task<Result<ServerReply>> answer(ServerRequest request, Headers& headers);
  Task<Result<KnownKey>> key_of(const ServerRequest& request);
  Task<Result<KnownKey>> key_of_session(const ServerRequest& request);

  Services services_;
  RateLimits limits_;
  Router<Target> router_;
  std::map<std::string, KnownKey> keys_;  // by hash
};

}  // namespace wrapup
