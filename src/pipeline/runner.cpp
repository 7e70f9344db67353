#include "pipeline/runner.hpp"

#include <array>

#include <boost/asio/this_coro.hpp>

#include "base/compress.hpp"
#include "base/log.hpp"
#include "model/analytics.hpp"

namespace wrapup {

namespace {

constexpr Duration kStorageRetry = kSecond;
constexpr std::size_t kWaitForModel = 100'000;  // calls, without their records
// When a call whose model failed runs again, for agents that take revisions.
constexpr std::array<Duration, 4> kLateTries{kMinute, 10 * kMinute, kHour, 6 * kHour};

// Whether there is anything to ask a model about.
bool has_words(const Call& call) { return was_connected(call.status) && !call.transcript.empty(); }

bool answers_actions(const Stage& stage) { return stage.name() == "extract" || stage.name() == "evaluate"; }

// Begins the object that tells of a stage, and notes the one that failed.
void begin_stage(JsonWriter& out, const Stage& stage, Duration took, const Status& done, Findings& findings) {
  if (!done) findings.missing.emplace_back(stage.name());
  out.begin_object().member("stage", stage.name()).member("micros", took).key("error");
  done ? out.null() : out.string(done.error().message);
}

}  // namespace

PipelineRunner::PipelineRunner(Executor executor, Workers& workers, AsyncStore& store, Clock& clock, Entropy& entropy,
                               Metrics& metrics, std::vector<std::unique_ptr<Stage>> stages, PipelineModels models)
    : workers_(workers),
      store_(store),
      clock_(clock),
      entropy_(entropy),
      metrics_(metrics),
      stages_(std::move(stages)),
      models_(std::move(models)),
      loop_(
          executor, clock, Loop::Settings{}, [this](std::size_t limit) { return claim(limit); },
          [this](DueCall due) { return run(std::move(due)); }, [](const DueCall& due) { return due.key; }),
      model_loop_(
          executor, clock, Loop::Settings{models_.settings.running, kWaitForModel},
          [](std::size_t) -> Task<Loop::Claimed> { co_return Loop::Claimed{}; },
          [this](DueCall due) { return run_modelled(std::move(due)); }, [](const DueCall& due) { return due.key; }) {
  store_.feeds().calls.connect([this](DueCall due) { take(std::move(due)); });
}

void PipelineRunner::start(TaskGroup& group) {
  group_ = &group;
  loop_.start(group);
  model_loop_.start(group);
}

void PipelineRunner::take(DueCall due) {
  if (due.due_at > clock_.now()) {
    loop_.wake_at(due.due_at);
  } else {
    loop_.offer(std::move(due));
  }
}

Task<PipelineRunner::Loop::Claimed> PipelineRunner::claim(std::size_t limit) {
  const Timestamp now = clock_.now();
  // Those that wait for a model are still due: as many more are asked for, and left out.
  const auto most = static_cast<std::int64_t>(limit + model_loop_.size());
  const Slots slots = store_.held(clock_.monotonic());
  auto claimed = co_await store_.read([now, most, slots](Store& store) -> Result<Loop::Claimed> {
    Loop::Claimed out;
    auto keys = store.calls_due(now, most, slots);
    if (!keys) return fail(std::move(keys.error()));
    for (auto& key : *keys) out.items.push_back(DueCall{std::move(key), 0, 0, false, nullptr, nullptr});
    auto next = store.next_call_due(now, slots);
    if (!next) return fail(std::move(next.error()));
    out.next = *next;
    return out;
  });
  if (!claimed) {
    log_warning("pipeline_claim_failed", {{"error", claimed.error().detail}});
    co_return Loop::Claimed{false, {}, kNever};
  }
  std::erase_if(claimed->items, [this](const DueCall& due) { return model_loop_.holds(due.key); });
  co_return std::move(*claimed);
}

Task<bool> PipelineRunner::load(DueCall& due) {
  const CallKey key = due.key;
  auto stored = co_await store_.read([key](Store& store) { return store.get_call(key.workspace_id, key.call_id); });
  if (!stored) {
    log_error("pipeline_load_failed", {{"call", key.call_id}, {"error", stored.error().detail}});
    co_return false;
  }
  due.due_at = stored->row.due_at.value_or(0);
  due.revision = stored->row.revision;
  due.reanalyze = stored->row.reanalyze;
  due.with = stored->row.analyze_with;
  due.late_tries = stored->row.late_tries;
  due.agent = stored->agent;
  auto record = record_of(*stored);
  if (!record) {
    log_error("pipeline_load_failed", {{"call", key.call_id}, {"error", record.error().detail}});
    co_return false;
  }
  due.record = std::make_shared<const Call>(std::move(*record));
  co_return true;
}

Task<bool> PipelineRunner::run(DueCall due) {
  if (!due.record && !co_await load(due)) co_return false;
  if (due.due_at == 0) co_return true;  // another run was first
  if (due.due_at > clock_.now()) {
    loop_.wake_at(due.due_at);
    co_return true;
  }
  if (models_.model && has_words(*due.record) && co_await evaluator_of(due.key.workspace_id, *due.agent, due.with)) {
    if (model_loop_.holds(due.key)) co_return true;
    if (model_loop_.full()) co_return false;
    due.record.reset();  // read again when its turn comes
    model_loop_.offer(std::move(due));
    co_return true;
  }
  co_return co_await run_through(due, nullptr);
}

// What is not done here is claimed from the store by the other loop.
Task<bool> PipelineRunner::run_modelled(DueCall due) {
  const bool loaded = co_await load(due);
  if (loaded && due.due_at == 0) co_return true;
  if (!loaded || due.due_at > clock_.now()) {
    loop_.wake_at(std::max(due.due_at, clock_.now() + kSecond));
    co_return true;
  }
  bool done = false;
  if (auto evaluator = co_await evaluator_of(due.key.workspace_id, *due.agent, due.with)) {
    ModelRun model(*models_.model, &store_, clock_, models_.settings, due.key, std::move(*evaluator));
    co_await model.recall();
    done = co_await run_through(due, &model);
  } else {
    done = co_await run_through(due, nullptr);
  }
  if (!done) loop_.wake_at(clock_.now() + kSecond);
  co_return true;
}

Task<std::optional<Evaluator>> PipelineRunner::evaluator_of(const std::string& workspace_id, const Agent& agent,
                                                            const AnalyzeWith& with) {
  const auto* workspace = models_.evaluators->known(workspace_id);
  if (!workspace && co_await models_.evaluators->read(workspace_id))
    workspace = models_.evaluators->known(workspace_id);
  co_return models_.evaluators->of(workspace_id, workspace ? *workspace : ModelChoice{}, agent, with);
}

Task<bool> PipelineRunner::run_through(const DueCall& due, ModelRun* model) {
  Frozen frozen = co_await freeze(*due.record, *due.agent, due.revision + 1, model);
  if (model && model->canceled()) co_return false;
  RunAgain& again = frozen.call.again;
  const auto tries = static_cast<std::size_t>(due.late_tries);
  if (model && model->failed() && due.agent->send_revisions && tries < kLateTries.size())
    again = {frozen.revision.created_at + kLateTries[tries], due.late_tries + 1};
  if (again.at) loop_.wake_at(*again.at);
  // A late try that failed once more has nothing new to say.
  const bool in_vain = again.at && due.late_tries > 0;
  const bool may_be_old = due.revision > 0 && !due.reanalyze;
  if (may_be_old && (in_vain || co_await unchanged(due, frozen.revision.payload)))
    co_return co_await skip(due, again, model != nullptr);
  co_return co_await finish(due, std::move(frozen));
}

namespace {

Frozen frozen_of(const Call& call, const Agent& agent, const Findings& findings, std::int64_t revision,
                 std::string stages, Timestamp now, bool asked_model) {
  return {{call.workspace_id, call.call_id, revision, now, render_payload(call, agent, findings, revision, now),
           std::move(stages)},
          {call.model_id, call.webhook_url, call.ended_at, "", findings_digest(findings), asked_model, {}},
          {}};
}

}  // namespace

Task<std::function<Frozen()>> PipelineRunner::foresee(std::shared_ptr<const Call> call,
                                                      std::shared_ptr<const Agent> agent, const std::string& request) {
  if (models_.model && has_words(*call) && co_await evaluator_of(call->workspace_id, *agent, {})) co_return nullptr;
  std::string endpoint_id = new_endpoint_id(*call);
  co_return [this, call = std::move(call), agent = std::move(agent), &request, endpoint_id = std::move(endpoint_id)] {
    Frozen frozen = freeze_by_rules(*call, *agent, 1);
    frozen.call.new_endpoint_id = endpoint_id;
    frozen.pair = pack_pair(request, frozen.revision.payload);
    return frozen;
  };
}

// In case its receiver has none yet.
std::string PipelineRunner::new_endpoint_id(const Call& call) {
  return call.webhook_url.empty() ? std::string() : new_id(clock_, entropy_);
}

// Runs the stages and renders what they found. Any thread.
Frozen PipelineRunner::freeze_by_rules(const Call& call, const Agent& agent, std::int64_t revision) const {
  Findings findings;
  std::string stages = run_stages(call, agent, findings);
  return frozen_of(call, agent, findings, revision, std::move(stages), clock_.now(), false);
}

Task<Frozen> PipelineRunner::freeze(const Call& call, const Agent& agent, std::int64_t revision, ModelRun* model) {
  Frozen frozen;
  if (model) {
    Findings findings;
    std::string stages = co_await run_stages(call, agent, findings, *model);
    frozen = frozen_of(call, agent, findings, revision, std::move(stages), clock_.now(), true);
  } else {
    frozen = co_await workers_.run([&] { return freeze_by_rules(call, agent, revision); });
  }
  frozen.call.new_endpoint_id = new_endpoint_id(call);
  co_return frozen;
}

Task<bool> PipelineRunner::skip(const DueCall& due, const RunAgain& again, bool asked_model) {
  const auto skipped = co_await store_.write([&](Store& store) -> Status {
    if (asked_model && !again.at) {
      if (auto forgotten = store.forget_answers(due.key); !forgotten) return forgotten;
    }
    return store.skip_stages(due.key, due.due_at, again);
  });
  co_return skipped.has_value();
}

std::string PipelineRunner::run_stages(const Call& call, const Agent& agent, Findings& findings) const {
  std::string record;
  JsonWriter out(record);
  out.begin_array();
  for (const auto& stage : stages_) {
    const std::int64_t began = clock_.monotonic();
    const Status done = stage->run(call, agent, findings);
    begin_stage(out, *stage, clock_.monotonic() - began, done, findings);
    out.end_object();
  }
  out.end_array();
  return record;
}

Task<std::string> PipelineRunner::run_stages(const Call& call, const Agent& agent, Findings& findings,
                                             ModelRun& model) {
  std::string record;
  JsonWriter out(record);
  out.begin_array();
  for (const auto& stage : stages_) {
    const std::int64_t began = clock_.monotonic();
    const Status done = co_await stage->run_with(model, call, agent, findings);
    begin_stage(out, *stage, clock_.monotonic() - began, done, findings);
    model.write_use(out, done.has_value());
    out.end_object();
  }
  out.end_array();
  co_return record;
}

Task<Findings> PipelineRunner::try_actions(std::shared_ptr<const Call> call, std::shared_ptr<const Agent> agent) {
  Findings findings;
  std::optional<ModelRun> model;
  if (models_.model && has_words(*call)) {
    // Without a store: its answers are remembered nowhere.
    if (auto evaluator = co_await evaluator_of(agent->workspace_id, *agent, {}))
      model.emplace(*models_.model, nullptr, clock_, models_.settings, CallKey{agent->workspace_id, call->call_id},
                    std::move(*evaluator));
  }
  if (!model) {
    co_return co_await workers_.run([&] {
      for (const auto& stage : stages_) {
        if (!answers_actions(*stage)) continue;
        if (!stage->run(*call, *agent, findings)) findings.missing.emplace_back(stage->name());
      }
      return std::move(findings);
    });
  }
  for (const auto& stage : stages_) {
    if (!answers_actions(*stage)) continue;
    if (!co_await stage->run_with(*model, *call, *agent, findings)) findings.missing.emplace_back(stage->name());
  }
  co_return findings;
}

Task<bool> PipelineRunner::finish(const DueCall& due, Frozen frozen) {
  auto stored = co_await store(frozen, due.due_at);
  if (!stored) {
    if (stored.error().name != "superseded")
      log_error("pipeline_failed", {{"call", due.key.call_id}, {"error", stored.error().detail}});
    co_return false;
  }
  metrics_.webhooks_built.Increment();
  auto& feeds = store_.feeds();
  if (feeds.changes.wanted()) feeds.changes.offer({Change::Kind::call, due.key.workspace_id, due.key.call_id});
  if (*stored) {
    (*stored)->body = std::make_shared<const std::string>(std::move(frozen.revision.payload));
    feeds.deliveries.offer(std::move(**stored));
  }
  co_return true;
}

// On a full disk the result is kept and written again later: were the call claimed anew, the stages of all that are due
// would run again each second. Those that run now hold up the others.
Task<Result<std::optional<DueDelivery>>> PipelineRunner::store(const Frozen& frozen, Timestamp due_at) {
  const auto timer = clock_.timer(co_await asio::this_coro::executor);
  while (true) {
    auto stored =
        co_await store_.write([&](Store& inner) { return inner.finish_stages(frozen.revision, due_at, frozen.call); });
    if (stored || stored.error().code != Code::out_of_space || group_->stopping()) co_return stored;
    co_await timer->wait_until(clock_.now() + kStorageRetry);
  }
}

// Whether the newest payload says the same but for the `event` member, which names the revision and its time.
Task<bool> PipelineRunner::unchanged(const DueCall& due, const std::string& payload) {
  auto before = co_await store_.read([key = due.key, revision = due.revision](Store& store) {
    return store.payload(key.workspace_id, key.call_id, revision);
  });
  if (!before) co_return false;
  const auto said = [](const std::string& body) {
    return std::string_view(body).substr(0, body.rfind("\"event\":{\"id\":"));
  };
  co_return said(*before) == said(payload);
}

}  // namespace wrapup
