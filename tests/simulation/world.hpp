// The whole engine in virtual time, with receivers that are functions: everything but the HTTP server and the real
// clocks. It can be crashed after any commit and started again on the same files, as a machine that lost power would
// be.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/expiry.hpp"
#include "ingest/accept.hpp"
#include "ingest/retention.hpp"
#include "ingest/watchdog.hpp"
#include "pipeline/runner.hpp"
#include "pipeline/stages.hpp"
#include "testing/fake_network.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/test_database.hpp"
#include "voice/dialer.hpp"
#include "voice/relay.hpp"
#include "voice/simulator.hpp"

namespace wrapup {

inline const std::string kWorkspace = "default";
inline const std::string kOtherWorkspace = "other";
inline const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How many deliveries wait.
inline Result<std::int64_t> pending_of(Store& store) {
  auto classes = store.queue_classes(0);
  if (!classes) return fail(std::move(classes.error()));
  std::int64_t count = 0;
  for (const auto& each : *classes) count += each.deliveries;
  return count;
}

class World {
 public:
  explicit World(std::uint64_t seed = 1) : network(clock), entropy(seed) { set_log_level(LogLevel::error); }

  SimClock clock;
  FakeNetwork network;
  SeededEntropy entropy;
  const SecretBox box{{std::string(SecretBox::kKeySize, 'm')}};
  Retention::Settings retention;  // as the engine takes it at its next start
  Dispatcher::Settings delivery;  // likewise
  ChatModel* model = nullptr;     // likewise; null: the rules answer
  bool foresees = false;          // a report and what comes of it go in by one commit, as of an agent the API has seen

  /// Stops everything dead after so many more commits.
  void crash_after(std::optional<int> commits) { commits_left_ = commits; }
  bool crashed() const { return crashed_; }

  void start() {
    crashed_ = false;
    engine_ = std::make_unique<Engine>(*this);
    if (!crashed_) engine_->start();
  }
  void stop() { engine_.reset(); }

  /// Runs until `done`, a crash, or `span` of virtual time has passed. True when done.
  bool run(Duration span, const std::function<bool()>& done = {}) {
    clock.run_until(engine_->io, clock.now() + span, [&] { return crashed_ || (done && done()); });
    return !crashed_ && (!done || done());
  }

  /// Runs a task beside the engine.
  void spawn(Task<void> task) { engine_->group.spawn(std::move(task)); }

  /// Runs one write to its end; nothing when the engine crashed first.
  template <class Verb>
  auto write(Verb verb) -> std::optional<std::invoke_result_t<Verb&, Store&>> {
    std::optional<std::invoke_result_t<Verb&, Store&>> result;
    const auto task = [&]() -> Task<void> { result.emplace(co_await engine_->store->write(verb)); };
    engine_->group.spawn(task());
    run(kHour, [&] { return result.has_value(); });
    return result;
  }

  /// A finished call with that external id, as POST /v2/calls/report takes it. Its id once it was accepted.
  std::optional<std::string> report(const std::string& agent_id, const std::string& external_id, const std::string& url,
                                    const std::string& workspace_id = kWorkspace) {
    json::object body{{"model_id", agent_id},
                      {"phone", "+15550100123"},
                      {"external_id", external_id},
                      {"status", "completed"},
                      {"started_at", "2026-03-11T14:20:00Z"},
                      {"answered_at", "2026-03-11T14:20:05Z"},
                      {"ended_at", "2026-03-11T14:21:00Z"},
                      {"transcript", "bot: Hello, shall we come on Tuesday?\nhuman: Yes please. Goodbye!"},
                      {"external_webhook_url", url}};
    std::optional<std::string> call_id;
    bool answered = false;
    const auto task = [&]() -> Task<void> {
      call_id = co_await engine_->report(workspace_id, body, foresees);
      answered = true;
    };
    engine_->group.spawn(task());
    run(kHour, [&] { return answered; });
    return call_id;
  }

  std::optional<std::string> place(const std::string& agent_id, const std::string& external_id,
                                   const std::string& phone, const std::string& url) {
    json::object body{{"model_id", agent_id},
                      {"phone", phone},
                      {"name", "Ilse Varga"},
                      {"external_id", external_id},
                      {"external_webhook_url", url}};
    auto accepted = write([&](Store& store) {
      return engine_->intake.place(store, kWorkspace, *read_call_request(body), to_text(body));
    });
    if (!accepted || !*accepted) return {};
    Intake::announce(engine_->store->feeds(), kWorkspace, **accepted);
    return (*accepted)->call_id;
  }

  /// Makes an agent in each workspace, of the same id.
  std::string make_agent(bool send_revisions = false) {
    json::object document{
        {"type", "outbound"},
        {"name", "Mika"},
        {"agent", json::object{{"prompt", "You arrange visits."}, {"send_revisions", send_revisions}}}};
    Agent agent = *read_agent(document);
    agent.agent_id = "019a0000-0000-7000-8000-000000000001";
    agent.actions.push_back(
        {"a1", Extractor{ExtractorKind::yes_no, "wants_visit", "Does the customer want a visit?", {}, {}}});
    for (const auto& workspace_id : {kWorkspace, kOtherWorkspace}) {
      agent.workspace_id = workspace_id;
      (void)write([&](Store& store) { return store.put_agent(agent, clock.now()); });
    }
    return agent.agent_id;
  }

 private:
  struct Engine {
    // An engine in this process reports as one outside does.
    ReportEvents reporter() {
      return [this](const std::string& workspace_id, const std::string& call_id,
                    std::vector<Event> events) -> Task<Status> {
        auto taken =
            co_await store->write([&](Store& inner) { return intake.events(inner, workspace_id, call_id, events); });
        if (!taken) co_return fail(std::move(taken.error()));
        Intake::announce(store->feeds(), workspace_id, *taken);
        co_return Status();
      };
    }

    explicit Engine(World& world)
        : intake(world.clock, world.entropy, {}),
          simulator(io.get_executor(), world.clock, {}, reporter()),
          group(io.get_executor()) {
      AsyncStore::Options options;
      options.database = world.database();
      options.durable = false;
      options.threads = false;
      options.after_commit = [&world] { return world.survives_commit(); };
      options.on_failure = [this] { metrics.commits_failed.Increment(); };
      store = std::move(*AsyncStore::open(io.get_executor(), std::move(options), world.clock.now()));
      dispatcher = std::make_unique<Dispatcher>(io.get_executor(), *store, world.network, world.clock, world.entropy,
                                                metrics, world.box, world.delivery);
      evaluators = std::make_unique<Evaluators>(*store, world.box,
                                                ModelSpec{"https://models.example.com/v1", "scripted-1", "", true});
      runner = std::make_unique<PipelineRunner>(io.get_executor(), workers, *store, world.clock, world.entropy, metrics,
                                                rule_stages(), PipelineModels{world.model, evaluators.get(), {}});
      relay = std::make_unique<Relay>(*store, world.clock, reporter());
      dialer = std::make_unique<Dialer>(io.get_executor(), *store, world.clock, simulator, *relay);
      watchdog = std::make_unique<Watchdog>(io.get_executor(), *store, world.clock, intake, 4 * kHour);
      expiry = std::make_unique<Expiry>(io.get_executor(), *store, world.clock, world.entropy, metrics, world.box,
                                        world.delivery.lane.retry.max_age);
      retention = std::make_unique<Retention>(io.get_executor(), *store, world.clock, intake, metrics, world.retention);
      seed(world);
    }

    // As the API takes it.
    Task<std::optional<std::string>> report(std::string workspace_id, json::object body, bool ahead) {
      const std::string text = to_text(body);
      Report report = *read_report(body);
      std::optional<Foreseen> foreseen;
      if (ahead) {
        auto agent =
            co_await store->read([&](Store& inner) { return inner.latest_agent(workspace_id, report.call.model_id); });
        if (agent) intake.remember(*agent);
        foreseen = intake.foresee(workspace_id, report, text);
      }
      std::function<Frozen()> work_out;
      if (foreseen) work_out = co_await runner->foresee(foreseen->record, foreseen->agent, foreseen->row.request);
      const auto prepare = [&] {
        if (!work_out) return;
        foreseen->frozen = work_out();
        foreseen->record = nullptr;
      };
      auto accepted = co_await store->write_prepared(workers, prepare, [&](Store& inner) {
        return foreseen ? intake.report(inner, *foreseen) : intake.report(inner, workspace_id, std::move(report), text);
      });
      if (!accepted) co_return std::nullopt;
      if (accepted->delivery)
        accepted->delivery->body = std::make_shared<const std::string>(std::move(foreseen->frozen->revision.payload));
      Intake::announce(store->feeds(), workspace_id, *accepted);
      co_return accepted->call_id;
    }

    void seed(World& world) {
      const auto task = [&]() -> Task<void> {
        (void)co_await store->write([&](Store& inner) -> Status {
          auto known = inner.live_signing_secrets(kWorkspace, world.clock.now());
          if (known && !known->empty()) return {};
          for (const auto& workspace_id : {kWorkspace, kOtherWorkspace}) {
            if (auto made = inner.ensure_workspace(workspace_id, world.clock.now()); !made) return made;
            SigningSecret secret;
            secret.workspace_id = workspace_id;
            secret.secret_id = "s1";
            secret.created_at = world.clock.now();
            seal(secret, kSecret, world.box, world.entropy);
            if (auto added = inner.add_signing_secret(secret); !added) return added;
          }
          return {};
        });
      };
      group.spawn(task());
      world.clock.run_until(io, world.clock.now(), [] { return false; });
    }

    void start() {
      runner->start(group);
      dispatcher->start(group);
      dialer->start(group);
      watchdog->start(group);
      expiry->start(group);
      retention->start(group);
    }

    asio::io_context io{1};  // goes last: what still waits is dropped with it
    Workers workers{0};
    Metrics metrics;
    Intake intake;
    std::unique_ptr<AsyncStore> store;
    Simulator simulator;
    std::unique_ptr<Relay> relay;
    std::unique_ptr<Evaluators> evaluators;
    std::unique_ptr<PipelineRunner> runner;
    std::unique_ptr<Dispatcher> dispatcher;
    std::unique_ptr<Dialer> dialer;
    std::unique_ptr<Watchdog> watchdog;
    std::unique_ptr<Expiry> expiry;
    std::unique_ptr<Retention> retention;
    TaskGroup group;
  };

  bool survives_commit() {
    if (!commits_left_ || --*commits_left_ > 0) return true;
    crashed_ = true;
    return false;
  }

  TestDatabase database_;
  std::optional<int> commits_left_;
  bool crashed_ = false;
  std::unique_ptr<Engine> engine_;

 public:
  AsyncStore& store() { return *engine_->store; }
  Intake& intake() { return engine_->intake; }
  Metrics& metrics() { return engine_->metrics; }
  /// The file of the database, to look into.
  const std::string& database() const { return database_.place(); }
};

}  // namespace wrapup
