#include "app/server.hpp"

#include <csignal>
#include <cstdio>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "api/api.hpp"
#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "app/model_parts.hpp"
#include "app/sampler.hpp"
#include "app/server_parts.hpp"
#include "base/log.hpp"
#include "base/scheduling.hpp"
#include "base/version.hpp"
#include "delivery/asker.hpp"
#include "delivery/dispatcher.hpp"
#include "delivery/expiry.hpp"
#include "delivery/replayer.hpp"
#include "ingest/reanalyzer.hpp"
#include "ingest/retention.hpp"
#include "ingest/watchdog.hpp"
#include "net/file_limit.hpp"
#include "net/http_server.hpp"
#include "pipeline/runner.hpp"
#include "pipeline/stages.hpp"
#include "storage/access.hpp"
#include "storage/fleet.hpp"
#include "voice/dialer.hpp"
#include "voice/relay.hpp"
#include "voice/script.hpp"
#include "voice/simulator.hpp"

namespace wrapup {

namespace {

std::chrono::milliseconds millis(Duration span) { return std::chrono::milliseconds(span / kMillisecond); }

int give_up(const Error& error) {
  std::fprintf(stderr, "wrapup: %s%s%s\n", error.message.c_str(), error.detail.empty() ? "" : ": ",
               error.detail.c_str());
  return 1;
}

// An engine in this process reports as one outside does.
ReportEvents report_to(AsyncStore& store, Intake& intake) {
  return [&store, &intake](const std::string& workspace_id, const std::string& call_id,
                           std::vector<Event> events) -> Task<Status> {
    auto taken =
        co_await store.write([&](Store& inner) { return intake.events(inner, workspace_id, call_id, events); });
    if (!taken) co_return fail(std::move(taken.error()));
    Intake::announce(store.feeds(), workspace_id, *taken);
    co_return Status();
  };
}

void greet(const Config& config, std::uint16_t port, const NewAccess& access, bool dev) {
  const std::string host = config.listen.substr(0, config.listen.rfind(':'));
  std::printf("wrapup %s is ready on http://%s:%u  (data in %s%s%s)\n", std::string(kProgramVersion).c_str(),
              host.c_str(), unsigned{port}, config.data.c_str(), config.read_only ? "; only reads" : "",
              dev ? "; --dev: loopback and plain http receivers are allowed" : "");
  if (!access.api_key.empty())
    std::printf("API key, shown this once:         %s  (open the address above in a browser and log in with it)\n",
                access.api_key.c_str());
  if (!access.signing_secret.empty())
    std::printf("Signing secret, shown this once:  %s\n", access.signing_secret.c_str());
  std::fflush(stdout);
}

// Takes no new work, lets what runs end for a while, then stops the rest. What is cut off is in the store and goes on
// at the next start.
Task<void> shut_down(HttpServer& server, TaskGroup& group, const std::function<void()>& wake_all,
                     const std::function<void()>& stop_clients, Dispatcher& dispatcher, Clock& clock, Executor executor,
                     Duration grace) {
  const Timestamp deadline = clock.now() + grace;
  co_await server.drain(millis(grace));
  group.close();
  wake_all();
  const auto timer = clock.timer(executor);
  while (dispatcher.in_flight() > 0 && clock.now() < deadline)
    co_await timer->wait_until(clock.now() + 20 * kMillisecond);
  stop_clients();
  group.stop();
  co_await group.join();
}

}  // namespace

int serve(const Config& config, const ServeOptions& options) {
  set_log_level(config.log.level);
  raise_file_limit();
  SystemClock clock;
  SystemEntropy entropy;
  Metrics metrics;
  metrics.start_time.Set(static_cast<double>(clock.now()) / kSecond);

  // What the configuration asks for, checked before anything is made.
  auto address = parse_listen(config.listen);
  if (!address) return give_up(address.error());
  auto policy = address_policy(config, options.dev);
  if (!policy) return give_up(policy.error());
  if (auto taken = take_folder(config); !taken) return give_up(taken.error());
  const auto secrets = config.read_only ? existing_master_keys(config) : open_secret_box(config, clock, entropy);
  if (!secrets) return give_up(secrets.error());

  auto scenario = read_scenario(config.simulator.scenario);
  if (!scenario) return give_up(scenario.error());

  // One reactor, one store, and threads for what only computes.
  asio::io_context reactor(1);
  const Executor executor = reactor.get_executor();
  auto name = config.read_only ? std::string() : node_name(config.data, entropy);
  if (!name) return give_up(name.error());
  auto store =
      AsyncStore::open(executor, store_options(config, config.database.empty() ? "" : *name, metrics), clock.now());
  if (!store) return give_up(store.error());
  AsyncStore& db = **store;
  Workers workers(Workers::fitting());

  // The engines: they meet in the store.
  Intake intake(clock, entropy, {config.calls.quiet_after_ended, config.calls.take_within});
  Simulator simulator(executor, clock, {config.simulator.ring, config.simulator.turn, std::move(*scenario)},
                      report_to(db, intake));
  Relay relay(db, clock, report_to(db, intake));
  Dialer dialer(executor, db, clock, simulator, relay);
  Watchdog watchdog(executor, db, clock, intake, config.calls.stuck_after);
  OwnInboxes own(config.server.public_url);
  const std::string user_agent = "wrapup/" + std::string(kProgramVersion);
  CurlClient client({*policy, 512, std::chrono::seconds(60), "", user_agent, config.delivery.proxy});
  std::unique_ptr<CurlClient> model_client;  // dials what the operator named
  if (!config.model.base_url.empty())
    model_client.reset(new CurlClient({any_address(), 64, std::chrono::seconds(60), "", user_agent}));
  OpenAiModel model(executor, model_client ? *model_client : client, client, clock, entropy,
                    model_client_settings(config), &metrics);
  metrics.before_text([&] { model.show(metrics); });
  Evaluators evaluators(db, *secrets, standard_model(config));
  PipelineRunner runner(executor, workers, db, clock, entropy, metrics, rule_stages(),
                        {&model, &evaluators, model_settings(config)});
  Reanalyzer reanalyzer(executor, db, clock, intake);
  Dispatcher dispatcher(executor, db, client, clock, entropy, metrics, *secrets, delivery_settings(config, own));
  Asker::Settings asking;
  asking.timeout = config.calls.inbound_timeout;
  asking.own = &own;
  Asker asker(executor, client, dispatcher.signers(), clock, entropy, asking);
  Replayer replayer(executor, db, clock, entropy);
  Expiry expiry(executor, db, clock, entropy, metrics, *secrets, config.delivery.max_age);

  // What keeps it within bounds, and tells how it does.
  Retention retention(
      executor, db, clock, intake, metrics,
      {config.retention.calls, config.retention.logs, config.retention.max_bytes, config.inbox.max_age});
  Sampler sampler(executor, db, clock, metrics, config.data);

  // The way in.
  Live live(executor, db, clock);
  InboxRelay inbox_relay(executor, clock);
  Api api({executor,
           db,
           clock,
           entropy,
           metrics,
           intake,
           workers,
           [&runner](std::shared_ptr<const Call> call, std::shared_ptr<const Agent> agent, const std::string& request) {
             return runner.foresee(std::move(call), std::move(agent), request);
           },
           *secrets,
           live,
           inbox_relay,
           inbox_services(config, own, *secrets),
           *policy,
           config.delivery.allow_http || options.dev,
           config.server.public_url.starts_with("https://"),
           [&asker](Message question, std::string url) { return asker.ask(std::move(question), std::move(url)); },
           [&runner](std::shared_ptr<const Call> call, std::shared_ptr<const Agent> agent) {
             return runner.try_actions(std::move(call), std::move(agent));
           },
           !config.model.base_url.empty(),
           {std::string(kPromptVersion), "workspace"}},
          {config.limits.key_requests, config.limits.workspace_requests, config.limits.window});
  HttpServer server(
      executor, [&api](ServerRequest request) { return api.handle(std::move(request)); },
      [&api](int status, std::string_view why) { return api.refuse(status, why); }, server_limits(config));

  std::optional<Fleet> fleet;
  metrics.slots_held.Set(Slots::kCount);
  if (db.is_shared()) {
    fleet.emplace(executor, db, clock, entropy, fleet_settings(config, *name),
                  Fleet::Engines{[&](bool all) {
                                   metrics.slots_held.Set(static_cast<double>(db.held(clock.monotonic()).count()));
                                   runner.look();
                                   dialer.look();
                                   dispatcher.look(all);
                                   replayer.stop();
                                   reanalyzer.stop();
                                 },
                                 [&dispatcher](const Slots& slots) { return dispatcher.at_rest(slots); },
                                 [&metrics] { metrics.leases_lost.Increment(); }});
  }

  TaskGroup group(executor);
  const auto wake_all = [&] {
    runner.stop();
    dialer.stop();
    watchdog.stop();
    replayer.stop();
    reanalyzer.stop();
    dispatcher.stop();
    expiry.stop();
    retention.stop();
    sampler.stop();
    live.stop();
    if (fleet) fleet->stop();
  };
  int code = 0;
  const auto run = [&]() -> Task<void> {
    const FixedAccess fixed{options.api_key, options.webhook_secret};
    const AccessTools tools{clock, entropy, *secrets};
    if (fleet) {
      if (const auto joined = co_await fleet->join(); !joined) {
        code = give_up(joined.error());
        reactor.stop();
        co_return;
      }
    }
    Result<NewAccess> access;
    if (!config.read_only)
      access = co_await db.write([&](Store& inner) { return ensure_default_access(inner, tools, fixed); });
    if (const auto used = co_await db.read([&](Store& inner) { return inner.tokens_of_day(clock.now() / kDay); }))
      model.count_before(*used);
    auto listening = access ? server.listen(address->first, address->second) : fail(access.error());
    if (!listening) {
      code = give_up(listening.error());
      reactor.stop();
      co_return;
    }
    own.listening(address->first, server.port());
    if (!config.read_only) {
      runner.start(group);
      dispatcher.start(group);
      replayer.start(group);
      reanalyzer.start(group);
      dialer.start(group);
      watchdog.start(group);
      expiry.start(group);
      retention.start(group);
    }
    sampler.start(group);
    live.start(group);
    if (fleet) fleet->start(group);
    greet(config, server.port(), *access, options.dev);
    asio::signal_set signals(executor, SIGTERM, SIGINT);
    co_await signals.async_wait(asio::use_awaitable);
    log_info("stopping");
    const auto stop_clients = [&] {
      client.stop();
      if (model_client) model_client->stop();
    };
    co_await shut_down(server, group, wake_all, stop_clients, dispatcher, clock, executor, config.server.drain);
    if (fleet) co_await fleet->leave();
    reactor.stop();
  };
  TaskGroup root(executor);
  root.spawn(run());
  schedule_as(ThreadKind::reactor);
  reactor.run();
  return code;
}

}  // namespace wrapup
