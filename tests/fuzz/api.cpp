// Any body sent to any route that takes one, through the whole API and a real store: the answer is JSON, and never a
// 5xx. The first byte picks the route.
#include "api/api.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/log.hpp"
#include "storage/access.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim_clock.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

constexpr const char* kKey = "fuzz-key-0123456789";
constexpr const char* kAgent = "019a0000-0000-7000-8000-000000000001";
constexpr auto kRoutes = std::to_array<std::pair<const char*, const char*>>({
    {"POST", "/v2/calls"},
    {"POST", "/v2/calls/report"},
    {"POST", "/v2/calls/inbound"},
    {"POST", "/v2/assistants"},
    {"PUT", "/v2/assistants/019a0000-0000-7000-8000-000000000001"},
    {"POST", "/v2/actions"},
    {"POST", "/v2/actions/attach"},
    {"POST", "/v2/actions/try"},
    {"PUT", "/v2/actions/019a0000-0000-7000-8000-000000000003"},
    {"POST", "/v2/calls/reanalyze"},
    {"POST", "/v2/inboxes"},
    {"POST", "/v2/endpoints"},
    {"PUT", "/v2/endpoints/019a0000-0000-7000-8000-000000000004"},
    {"POST", "/v2/logs/replay"},
    {"POST", "/v2/logs/019a0000-0000-7000-8000-000000000002/replay"},
    {"POST", "/v2/webhooks/test"},
    {"POST", "/v2/webhook-secrets"},
    {"POST", "/v2/keys"},
    {"POST", "/v2/workspaces"},
    {"PUT", "/v2/workspace"},
    {"POST", "/v2/session"},
    {"GET", "/v2/calls"},  // here the bytes are the query
    {"GET", "/v2/analytics/activity"},
    {"GET", "/v2/logs"},
    {"GET", "/v2/endpoints"},
    {"GET", "/v2/analytics"},
    {"GET", "/v2/audit"},
});

struct Server {
  Server() {
    set_log_level(LogLevel::error);
    AsyncStore::Options options;
    options.database = folder.path() + "/fuzz.db";
    options.durable = false;
    options.threads = false;
    store = std::move(*AsyncStore::open(io.get_executor(), std::move(options), clock.now()));
    live = std::make_unique<Live>(io.get_executor(), *store, clock);
    own.listening("127.0.0.1", 8787);
    api = std::make_unique<Api>(
        Services{.executor = io.get_executor(),
                 .store = *store,
                 .clock = clock,
                 .entropy = entropy,
                 .metrics = metrics,
                 .intake = intake,
                 .workers = workers,
                 .foresee = [](auto, auto, const std::string&) -> Task<std::function<Frozen()>> { co_return nullptr; },
                 .secrets = box,
                 .live = *live,
                 .relay = relay,
                 .inboxes = {own, {}, 65'536, [](auto&&...) { return json::object(); }},
                 .policy = *AddressPolicy::with_allowed({}),
                 .allow_http = true,
                 .behind_https = false,
                 .ask = [](Message, std::string) -> Task<Result<Asked>> { co_return Asked(); },
                 .try_actions = [](auto, auto) -> Task<Findings> { co_return Findings(); }},
        RateLimits::Settings{});
    const AccessTools tools{clock, entropy, box};
    const ApiKey key{"default", new_id(clock, entropy), "fuzz", "", clock.now(), {}, Scopes::all()};
    const auto access = [&]() -> Task<void> {
      auto made = co_await store->write([&](Store& inner) -> Status {
        auto first = ensure_default_access(inner, tools, {});
        if (!first) return fail(std::move(first.error()));
        return inner.add_key(key, hash_of_key(kKey));
      });
      if (!made) std::abort();
    };
    TaskGroup group(io.get_executor());
    group.spawn(access());
    io.run();
    (void)ask("PUT", std::string("/v2/assistants/") + kAgent, "",
              R"({"type":"outbound","name":"fuzz","agent":{"engine":"none"}})");
  }

  ServerReply ask(std::string method, std::string path, std::string query, std::string body) {
    ServerReply reply;
    TaskGroup group(io.get_executor());
    const auto run = [&]() -> Task<void> {
      ServerRequest request;
      request.method = std::move(method);
      request.path = std::move(path);
      request.query = std::move(query);
      request.headers = {{"Authorization", std::string("Bearer ") + kKey}};
      request.body = std::move(body);
      reply = co_await api->handle(std::move(request));
    };
    group.spawn(run());
    io.restart();
    io.run();
    return reply;
  }

  TempDir folder;
  asio::io_context io;
  SimClock clock;
  SeededEntropy entropy{1};
  const SecretBox box{{std::string(SecretBox::kKeySize, 'm')}};
  Metrics metrics;
  Intake intake{clock, entropy, {}};
  OwnInboxes own{""};
  InboxRelay relay{io.get_executor(), clock};
  Workers workers{0};
  std::unique_ptr<AsyncStore> store;
  std::unique_ptr<Live> live;
  std::unique_ptr<Api> api;
};

}  // namespace
}  // namespace wrapup

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wrapup;
  static std::unique_ptr<Server> server;
  static int requests = 0;
  if (size == 0) return 0;
  if (!server || ++requests % 2000 == 0) {
    server.reset();  // the database must not grow without end
    server = std::make_unique<Server>();
  }
  const auto& [method, path] = kRoutes[data[0] % kRoutes.size()];
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const bool query = std::string_view(method) == "GET";
  const ServerReply reply = server->ask(method, path, query ? text : "", query ? "" : text);
  if (reply.status < 200 || reply.status >= 500 || !parse_json(reply.body)) {
    std::fprintf(stderr, "%s %s: %d %s\n", method, path, reply.status, reply.body.c_str());
    std::abort();
  }
  return 0;
}
