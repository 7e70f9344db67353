#include "voice/simulator.hpp"

#include <algorithm>
#include <utility>

#include "base/time.hpp"
#include "voice/script.hpp"

namespace wrapup {

// One call being acted out. Event ids name their place in the script, so that a run after a crash reports the same
// ones.
class Simulator::Performance {
 public:
  Performance(Executor executor, Clock& clock, const Pace& pace, const ReportEvents& send, const Call& call)
      : clock_(clock), pace_(pace), send_(send), call_(call), timer_(clock.timer(std::move(executor))) {}

  Task<bool> act(const Script& script) {
    if (!script.note.empty() && !co_await report("sim-note", EventType::note, {{"text", script.note}})) co_return false;
    if (script.rings && !co_await report("sim-ringing", EventType::ringing, {})) co_return false;
    speed_ = script.speed;
    co_await pause(script.ring.value_or(pace_.ring));
    if (script.answer != Script::Answer::nobody && !co_await talk(script)) co_return false;
    co_return co_await report("sim-ended", EventType::ended, ending(script));
  }

 private:
  Task<bool> talk(const Script& script) {
    const bool human = script.answer == Script::Answer::human;
    // After a crash the call goes on: offsets count from the first answer.
    answered_at_ = call_.answered_at.value_or(clock_.now());
    if (!co_await report("sim-answered", EventType::answered, {{"by", human ? "human" : "machine"}})) co_return false;
    for (std::size_t i = 0; i < script.turns.size(); ++i) {
      if (!co_await run_actions(script, i)) co_return false;
      const auto& turn = script.turns[i];
      const std::int64_t start = offset();
      co_await pause(i < script.pauses.size() ? script.pauses[i].value_or(pace_.turn) : pace_.turn);
      json::object body{{"role", turn.role == Role::bot ? "bot" : "human"},
                        {"text", turn.text},
                        {"start_ms", start},
                        {"end_ms", offset()}};
      if (!co_await report("sim-turn-" + std::to_string(i), EventType::turn, std::move(body))) co_return false;
    }
    if (!co_await run_actions(script, script.turns.size())) co_return false;
    for (std::size_t i = 0; i < script.variables.size(); ++i) {
      const auto& variable = script.variables[i];
      json::object body{{"name", variable.name}, {"value", variable.value}, {"collected", true}};
      if (!co_await report("sim-variable-" + std::to_string(i), EventType::variable, std::move(body))) co_return false;
    }
    if (!script.recording_url.empty() &&
        !co_await report("sim-recording", EventType::recording, {{"url", script.recording_url}})) {
      co_return false;
    }
    co_await pause(script.ends_at_once ? std::min(pace_.turn, 500 * kMillisecond) : pace_.turn);
    co_return true;
  }

  Task<bool> run_actions(const Script& script, std::size_t turn) {
    for (std::size_t i = 0; i < script.actions.size(); ++i) {
      const auto& action = script.actions[i];
      if (action.after_turn != turn) continue;
      if (!co_await report("sim-action-" + std::to_string(i), EventType::action, action.event)) co_return false;
    }
    co_return true;
  }

  static json::object ending(const Script& script) {
    json::object body{{"status", to_string(script.status)}};
    const auto add = [&](const char* name, const std::string& text) {
      if (!text.empty()) body[name] = text;
    };
    add("reason", script.reason);
    add("custom_reason", script.custom_reason);
    add("hung_up_by", script.hung_up_by);
    add("error_message", script.error_message);
    return body;
  }

  std::int64_t offset() const { return std::max<Duration>(0, clock_.now() - answered_at_) / kMillisecond; }

  Task<void> pause(Duration length) {
    return timer_->wait_until(clock_.now() + static_cast<Duration>(static_cast<double>(length) / speed_));
  }

  Task<bool> report(std::string id, EventType type, json::object details) {
    Event event{std::move(id), type, clock_.now(), {}};
    event.body = {{"id", event.id}, {"type", to_string(type)}, {"at", format_utc(event.at)}};
    event.body.insert(details.begin(), details.end());
    std::vector<Event> events;
    events.push_back(std::move(event));
    const Status taken = co_await send_(call_.workspace_id, call_.call_id, std::move(events));
    co_return taken.has_value();
  }

  Clock& clock_;
  const Pace& pace_;
  const ReportEvents& send_;
  const Call& call_;
  std::unique_ptr<Timer> timer_;
  Timestamp answered_at_ = 0;
  double speed_ = 1;
};

Simulator::Simulator(Executor executor, Clock& clock, Pace pace, ReportEvents report)
    : executor_(std::move(executor)), clock_(clock), pace_(pace), report_(std::move(report)) {}

Task<bool> Simulator::run(const Call& call, const Agent& agent) {
  const Script script = script_for(call, agent, pace_.scenario);
  Performance performance(executor_, clock_, pace_, report_, call);
  co_return co_await performance.act(script);
}

}  // namespace wrapup
