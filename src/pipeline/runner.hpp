// Takes each call that ended through the stages and freezes the webhook's body. What it reads (the record) and what it
// writes (payload, delivery, "not due any more", in one commit) are in the store: a crash at any point runs the stages
// again from the record. One reactor.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/claim_loop.hpp"
#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "pipeline/stage.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class PipelineRunner {
 public:
  PipelineRunner(Executor executor, AsyncStore& store, Clock& clock, Entropy& entropy, Metrics& metrics,
                 std::vector<std::unique_ptr<Stage>> stages);
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop() { loop_.wake_at(0); }
  std::size_t running() const { return loop_.size(); }
  /// The first revision of a call, worked out before the call is stored. None where a stage waits for something
  /// outside: then the call is stored first and run() does it.
  Task<std::optional<Frozen>> foresee(const Call& call, const Agent& agent);

 private:
  using Loop = ClaimLoop<DueCall, CallKey>;

  void take(DueCall due);
  Task<Loop::Claimed> claim(std::size_t limit);
  Task<bool> run(DueCall due);
  Task<bool> load(DueCall& due);
  Task<Frozen> freeze(const Call& call, const Agent& agent, std::int64_t revision);
  Task<bool> finish(const DueCall& due, Frozen frozen);
  Task<std::string> run_stages(const Call& call, const Agent& agent, Findings& findings);
  Task<Result<std::optional<DueDelivery>>> store(const Frozen& frozen, Timestamp due_at);
  Task<bool> unchanged(const DueCall& due, const std::string& payload);

  AsyncStore& store_;
  Clock& clock_;
  Entropy& entropy_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<Stage>> stages_;
  Loop loop_;
  TaskGroup* group_ = nullptr;
};

}  // namespace wrapup
