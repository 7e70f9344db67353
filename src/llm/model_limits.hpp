// How much may be asked of models, and when: requests at once, tokens a minute, a pause that a server asked for, a
// breaker on a server that only fails, and tokens a day over all of them. Used by OpenAiModel; on its reactor. Whoever
// cannot go before its deadline is told so at once, with the reason.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"

namespace wrapup {

class ModelLimits {
 public:
  struct Settings {
    std::int64_t concurrency = 4;        // requests at once to one server
    std::int64_t tokens_per_minute = 0;  // to one server; 0: no limit
    std::int64_t daily_tokens = 0;       // over all servers, by UTC day; 0: no limit
    int failures = 5;                    // in a row that open the breaker
    Duration rest = 30 * kSecond;        // for so long; then one request tries
  };
  ModelLimits(Executor executor, Clock& clock, Settings settings);

  /// Waits in line for leave to send one request of about `tokens` to `server`. Whoever has it calls leave() once.
  Task<Status> enter(const std::string& server, std::int64_t tokens, Timestamp deadline);
  /// The request is over. `tokens`: what it used of those announced by `estimate`.
  void leave(const std::string& server, std::int64_t estimate, std::int64_t tokens, bool failed);
  /// The request was not sent after all.
  void give_back(const std::string& server, std::int64_t estimate);
  /// The server asked for a pause.
  void hold(const std::string& server, Timestamp until);
  /// Tokens that were used today before this process began.
  void count_before(std::int64_t tokens) { used_today_ += tokens; }

  std::int64_t used_today() const { return used_today_; }
  /// Of today's budget; none when there is no limit.
  std::optional<std::int64_t> left_today();
  /// Servers that only failed of late.
  std::int64_t open_breakers() const;

 private:
  class Waiter;
  struct Server {
    std::int64_t running = 0;
    std::list<Waiter*> line;
    Timestamp held_until = 0;
    double tokens = 0;         // that may go now
    Timestamp filled_at = 0;   // when `tokens` was right
    int failures = 0;          // in a row
    Timestamp open_until = 0;  // the breaker; 0: closed
    bool probing = false;
  };

  Server& server_of(const std::string& name);
  void turn_day();
  void fill(Server& server);
  /// When the first in line may go; now or earlier: at once. kNever: when one that runs is over.
  Timestamp ready_at(Server& server, std::int64_t tokens);
  void wake(Server& server);
  Status refusal(Server& server, Timestamp deadline, std::int64_t tokens);

  Executor executor_;
  Clock& clock_;
  Settings settings_;
  std::map<std::string, Server> servers_;
  std::int64_t day_ = 0;
  std::int64_t used_today_ = 0;
};

}  // namespace wrapup
