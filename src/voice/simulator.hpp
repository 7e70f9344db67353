// The engine of a new install: acts out a call so that everything behind it can be seen working without a telephone.
// Like test cards, the number decides how the call goes (contract, section 11); any other number is a completed call by
// the agent's scenario. Reports each event as it happens, at the pace given, with ids that are the same in every run of
// the same call. One reactor.
#pragma once

#include "base/clock.hpp"
#include "voice/engine.hpp"

namespace wrapup {

class Simulator final : public VoiceEngine {
 public:
  struct Pace {
    Duration ring = 200 * kMillisecond;
    Duration turn = 120 * kMillisecond;  // between turns
    json::value scenario = nullptr;      // of agents that have none of their own; null: the default conversation
  };
  Simulator(Executor executor, Clock& clock, Pace pace, ReportEvents report);
  Task<bool> run(const Call& call, const Agent& agent) override;

 private:
  class Performance;

  Executor executor_;
  Clock& clock_;
  Pace pace_;
  ReportEvents report_;
};

}  // namespace wrapup
