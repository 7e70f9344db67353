#include "voice/dialer.hpp"

#include "base/log.hpp"

namespace wrapup {

Dialer::Dialer(Executor executor, AsyncStore& store, Clock& clock, VoiceEngine& simulator, VoiceEngine& relay)
    : store_(store),
      clock_(clock),
      simulator_(simulator),
      relay_(relay),
      loop_(
          std::move(executor), clock, Loop::Settings{256, 4096}, [this](std::size_t limit) { return claim(limit); },
          [this](CallKey key) { return run(std::move(key)); }, [](const CallKey& key) { return key; }) {
  store_.feeds().dials.connect([this](CallKey key) { loop_.offer(std::move(key)); });
}

void Dialer::start(TaskGroup& group) { loop_.start(group); }

Task<Dialer::Loop::Claimed> Dialer::claim(std::size_t limit) {
  const Timestamp now = clock_.now();
  const Slots slots = store_.held(clock_.monotonic());
  auto claimed = co_await store_.read([limit, now, slots](Store& store) -> Result<Loop::Claimed> {
    auto keys = store.calls_to_dial(now, static_cast<std::int64_t>(limit), slots);
    if (!keys) return fail(std::move(keys.error()));
    auto next = store.next_dial(now, slots);
    if (!next) return fail(std::move(next.error()));
    return Loop::Claimed{true, std::move(*keys), *next};
  });
  if (!claimed) {
    log_warning("dialer_claim_failed", {{"error", claimed.error().detail}});
    co_return Loop::Claimed{false, {}, kNever};
  }
  co_return std::move(*claimed);
}

Task<bool> Dialer::run(CallKey key) {
  auto stored = co_await store_.read([key](Store& store) { return store.get_call(key.workspace_id, key.call_id); });
  if (!stored) {
    log_error("dialer_load_failed", {{"call", key.call_id}, {"error", stored.error().detail}});
    co_return false;
  }
  if (!stored->row.dial_at) co_return true;  // it ended, or was taken, meanwhile
  if (*stored->row.dial_at > clock_.now()) {
    loop_.wake_at(*stored->row.dial_at);
    co_return true;
  }
  auto call = record_of(*stored);
  if (!call) {
    log_error("dialer_load_failed", {{"call", key.call_id}, {"error", call.error().detail}});
    co_return false;
  }
  VoiceEngine& engine = stored->agent->engine == EngineKind::relay ? relay_ : simulator_;
  co_return co_await engine.run(*call, *stored->agent);
}

}  // namespace wrapup
