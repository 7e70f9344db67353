#include "voice/dialer.hpp"

#include "base/log.hpp"

namespace wrapup {

Dialer::Dialer(Executor executor, AsyncStore& store, Clock& clock, VoiceEngine& engine)
    : store_(store),
      engine_(engine),
      loop_(
          std::move(executor), clock, Loop::Settings{256, 4096}, [this](std::size_t limit) { return claim(limit); },
          [this](CallKey key) { return run(std::move(key)); }, [](const CallKey& key) { return key; }) {
  store_.feeds().dials.connect([this](CallKey key) { loop_.offer(std::move(key)); });
}

void Dialer::start(TaskGroup& group) { loop_.start(group); }

Task<Dialer::Loop::Claimed> Dialer::claim(std::size_t limit) {
  auto keys =
      co_await store_.read([limit](Store& store) { return store.calls_to_dial(static_cast<std::int64_t>(limit)); });
  if (!keys) {
    log_warning("dialer_claim_failed", {{"error", keys.error().detail}});
    co_return Loop::Claimed{false, {}, kNever};
  }
  co_return Loop::Claimed{true, std::move(*keys), kNever};
}

Task<bool> Dialer::run(CallKey key) {
  auto stored = co_await store_.read([key](Store& store) { return store.get_call(key.workspace_id, key.call_id); });
  if (!stored) {
    log_error("dialer_load_failed", {{"call", key.call_id}, {"error", stored.error().detail}});
    co_return false;
  }
  if (!stored->row.dial_at) co_return true;  // it ended meanwhile
  auto call = record_of(*stored);
  if (!call) {
    log_error("dialer_load_failed", {{"call", key.call_id}, {"error", call.error().detail}});
    co_return false;
  }
  co_return co_await engine_.run(*call, *stored->agent);
}

}  // namespace wrapup
