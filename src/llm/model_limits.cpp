#include "llm/model_limits.hpp"

#include <algorithm>
#include <utility>

namespace wrapup {

namespace {

constexpr std::size_t kMaxServers = 1000;

tl::unexpected<Error> limited(std::string why) { return fail(Code::unavailable, "model_limited", std::move(why)); }

}  // namespace

// A place in line, given up however the task that stands there ends.
class ModelLimits::Waiter {
 public:
  Waiter(Server& server, std::unique_ptr<Timer> timer) : server_(server), timer_(std::move(timer)) {
    server_.line.push_back(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    server_.line.remove(this);
    if (!server_.line.empty()) server_.line.front()->wake();
  }
  bool first() const { return server_.line.front() == this; }
  void wake() { timer_->cancel(); }
  Task<void> wait_until(Timestamp when) { return timer_->wait_until(when); }

 private:
  Server& server_;
  std::unique_ptr<Timer> timer_;
};

ModelLimits::ModelLimits(Executor executor, Clock& clock, Settings settings)
    : executor_(std::move(executor)), clock_(clock), settings_(settings), day_(clock.now() / kDay) {}

// Workspaces name servers: those at rest are forgotten when there are many.
ModelLimits::Server& ModelLimits::server_of(const std::string& name) {
  const auto known = servers_.find(name);
  if (known != servers_.end()) return known->second;
  if (servers_.size() >= kMaxServers) {
    std::erase_if(servers_, [&](const auto& entry) {
      const Server& server = entry.second;
      return server.running == 0 && server.line.empty() && server.held_until <= clock_.now();
    });
  }
  Server& server = servers_[name];
  server.tokens = static_cast<double>(settings_.tokens_per_minute);
  server.filled_at = clock_.now();
  return server;
}

void ModelLimits::turn_day() {
  const std::int64_t today = clock_.now() / kDay;
  if (today != day_) used_today_ = 0;
  day_ = today;
}

void ModelLimits::fill(Server& server) {
  const Timestamp now = clock_.now();
  const auto most = static_cast<double>(settings_.tokens_per_minute);
  const double since = static_cast<double>(std::max<Duration>(0, now - server.filled_at));
  server.tokens = std::min(most, server.tokens + most * since / static_cast<double>(kMinute));
  server.filled_at = now;
}

Timestamp ModelLimits::ready_at(Server& server, std::int64_t tokens) {
  if (server.running >= settings_.concurrency || server.probing) return kNever;
  Timestamp at = std::max(server.held_until, server.open_until);
  if (settings_.tokens_per_minute > 0) {
    fill(server);
    // One that is larger than a minute's worth goes when the bucket is full.
    const auto wanted = static_cast<double>(std::min(tokens, settings_.tokens_per_minute));
    const double lacking = wanted - server.tokens;
    if (lacking > 0) {
      const double wait = lacking / static_cast<double>(settings_.tokens_per_minute) * static_cast<double>(kMinute);
      at = std::max(at, clock_.now() + static_cast<Duration>(wait) + 1);
    }
  }
  return at;
}

Status ModelLimits::refusal(Server& server, Timestamp deadline, std::int64_t tokens) {
  turn_day();
  if (settings_.daily_tokens > 0 && used_today_ + tokens > settings_.daily_tokens)
    return limited("the model's budget of tokens for today is used up");
  if (server.open_until > clock_.now())
    return limited("the model's server only failed of late and is left alone for a while");
  if (server.held_until > deadline)
    return limited("the model's server asked to be left alone for longer than there is time");
  return {};
}

Task<Status> ModelLimits::enter(const std::string& name, std::int64_t tokens, Timestamp deadline) {
  Server& server = server_of(name);
  Waiter me(server, clock_.timer(executor_));
  while (true) {
    if (auto fine = refusal(server, deadline, tokens); !fine) co_return fine;
    const Timestamp ready = me.first() ? ready_at(server, tokens) : kNever;
    if (ready <= clock_.now()) break;
    if (clock_.now() >= deadline) co_return limited("the model was too busy to be asked in time");
    co_await me.wait_until(std::min(ready, deadline));
  }
  ++server.running;
  server.probing = server.failures >= settings_.failures;
  server.tokens -= static_cast<double>(tokens);
  used_today_ += tokens;
  co_return Status();
}

void ModelLimits::leave(const std::string& name, std::int64_t estimate, std::int64_t tokens, bool failed) {
  Server& server = server_of(name);
  --server.running;
  server.probing = false;
  server.tokens += static_cast<double>(estimate - tokens);
  turn_day();
  used_today_ = std::max<std::int64_t>(0, used_today_ + tokens - estimate);
  server.failures = failed ? server.failures + 1 : 0;
  server.open_until = server.failures >= settings_.failures ? clock_.now() + settings_.rest : 0;
  wake(server);
}

void ModelLimits::give_back(const std::string& name, std::int64_t estimate) {
  Server& server = server_of(name);
  --server.running;
  server.probing = false;
  server.tokens += static_cast<double>(estimate);
  used_today_ = std::max<std::int64_t>(0, used_today_ - estimate);
  wake(server);
}

void ModelLimits::hold(const std::string& name, Timestamp until) {
  Server& server = server_of(name);
  server.held_until = std::max(server.held_until, until);
}

std::optional<std::int64_t> ModelLimits::left_today() {
  if (settings_.daily_tokens <= 0) return {};
  turn_day();
  return std::max<std::int64_t>(0, settings_.daily_tokens - used_today_);
}

std::int64_t ModelLimits::open_breakers() const {
  return std::count_if(servers_.begin(), servers_.end(),
                       [&](const auto& entry) { return entry.second.failures >= settings_.failures; });
}

void ModelLimits::wake(Server& server) {
  if (!server.line.empty()) server.line.front()->wake();
}

}  // namespace wrapup
