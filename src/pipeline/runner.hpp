// Takes each call that ended through the stages and freezes the webhook's body. What it reads (the record) and what it
// writes (payload, delivery, "not due any more", in one commit) are in the store: a crash at any point runs the stages
// again from the record. Calls that have a model wait for it in a line of their own, so that they hold up no other.
// One reactor.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/claim_loop.hpp"
#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "base/workers.hpp"
#include "pipeline/evaluator.hpp"
#include "pipeline/model_run.hpp"
#include "pipeline/stage.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

/// Who answers beside the rules. Without a model every call is left to them.
struct PipelineModels {
  ChatModel* model = nullptr;
  Evaluators* evaluators = nullptr;
  ModelSettings settings{};
};

class PipelineRunner {
 public:
  /// What is worked out by rules is worked out by `workers`.
  PipelineRunner(Executor executor, Workers& workers, AsyncStore& store, Clock& clock, Entropy& entropy,
                 Metrics& metrics, std::vector<std::unique_ptr<Stage>> stages, PipelineModels models = {});
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop() {
    loop_.wake_at(0);
    model_loop_.wake_at(0);
  }
  /// Looks in the store for what is due.
  void look() { loop_.wake_at(0); }
  std::size_t running() const { return loop_.size() + model_loop_.size(); }
  /// What works out the first revision of a call that is not stored yet, on any thread; `request`, its report, must
  /// live until then. None where a stage waits for something outside: then the call is stored first and run() does it.
  Task<std::function<Frozen()>> foresee(std::shared_ptr<const Call> call, std::shared_ptr<const Agent> agent,
                                        const std::string& request);
  /// What the stages answer to the actions of `agent` about a call; nothing is stored.
  Task<Findings> try_actions(std::shared_ptr<const Call> call, std::shared_ptr<const Agent> agent);

 private:
  using Loop = ClaimLoop<DueCall, CallKey>;

  void take(DueCall due);
  Task<Loop::Claimed> claim(std::size_t limit);
  Task<bool> run(DueCall due);
  Task<bool> run_modelled(DueCall due);
  Task<bool> run_through(const DueCall& due, ModelRun* model);
  Task<bool> load(DueCall& due);
  Task<Frozen> freeze(const Call& call, const Agent& agent, std::int64_t revision, ModelRun* model);
  Frozen freeze_by_rules(const Call& call, const Agent& agent, std::int64_t revision) const;
  std::string new_endpoint_id(const Call& call);
  Task<bool> finish(const DueCall& due, Frozen frozen);
  Task<bool> skip(const DueCall& due, const RunAgain& again, bool asked_model);
  std::string run_stages(const Call& call, const Agent& agent, Findings& findings) const;
  Task<std::string> run_stages(const Call& call, const Agent& agent, Findings& findings, ModelRun& model);
  Task<std::optional<Evaluator>> evaluator_of(const std::string& workspace_id, const Agent& agent,
                                              const AnalyzeWith& with);
  Task<Result<std::optional<DueDelivery>>> store(const Frozen& frozen, Timestamp due_at);
  Task<bool> unchanged(const DueCall& due, const std::string& payload);

  Workers& workers_;
  AsyncStore& store_;
  Clock& clock_;
  Entropy& entropy_;
  Metrics& metrics_;
  std::vector<std::unique_ptr<Stage>> stages_;
  PipelineModels models_;
  Loop loop_;
  Loop model_loop_;  // takes calls over from the other
  TaskGroup* group_ = nullptr;
};

}  // namespace wrapup
