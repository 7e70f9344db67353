// Kills the engine after its first commit, after its second, and so on until it gets through, and looks at what the
// receivers got.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "world.hpp"

namespace wrapup {
namespace {

const std::string kFlaky = "https://flaky.example.com/hook";
const std::string kGood = "https://good.example.com/hook";

struct Wanted {
  std::string external_id;
  std::string phone;  // empty: a finished call is reported
  std::string url;
  std::optional<std::string> call_id;  // once it was accepted
};

std::string header(const HttpRequest& request, std::string_view name) {
  const auto* value = find_header(request.headers, name);
  return value ? *value : std::string();
}

// Whether a receiver said 2xx to the webhook of a call.
bool delivered(const World& world, const std::string& call_id) {
  for (const auto& exchange : world.network.exchanges()) {
    const bool good =
        exchange.reply && exchange.reply->error == TransportError::none && exchange.reply->status / 100 == 2;
    if (good && exchange.request.body->find("\"call_id\":\"" + call_id + "\"") != std::string::npos) return true;
  }
  return false;
}

// Every request with one webhook-id has the same bytes, and attempts are counted up from 1.
void expect_exact(const World& world) {
  std::map<std::string, std::string> bodies;
  for (const auto& exchange : world.network.exchanges()) {
    const std::string id = header(exchange.request, "webhook-id");
    const auto [known, fresh] = bodies.emplace(id, *exchange.request.body);
    EXPECT_EQ(known->second, *exchange.request.body) << id;
    if (fresh) {
      EXPECT_EQ(header(exchange.request, "X-Wrapup-Attempt"), "1") << id;
    }
  }
}

// One whole life with a crash after `commits` commits; true when it got through without that crash.
bool live(int commits, bool foresees) {
  World world;
  world.foresees = foresees;
  int failures = 2;
  world.network.on(kFlaky, [&](const HttpRequest&) { return FakeNetwork::status(failures-- > 0 ? 500 : 200); });
  world.network.on(kGood, [](const HttpRequest&) { return FakeNetwork::status(200); });
  std::vector<Wanted> calls{{"ext-1", "", kFlaky, {}}, {"ext-2", "", kGood, {}}, {"ext-3", "+15005550007", kGood, {}}};
  world.start();
  std::string agent_id = world.make_agent();
  world.crash_after(commits);
  bool crashed = false;
  const auto all_done = [&] {
    return std::all_of(calls.begin(), calls.end(),
                       [&](const Wanted& call) { return call.call_id && delivered(world, *call.call_id); });
  };
  for (int life = 0; life < 3 && !all_done(); ++life) {
    if (world.crashed()) {
      crashed = true;
      world.stop();
      world.crash_after({});
      world.start();
    }
    for (auto& call : calls) {
      if (call.call_id || world.crashed()) continue;
      // A client whose request got no answer asks again, with the same external id; a call that was placed already is a
      // conflict.
      call.call_id = call.phone.empty() ? world.report(agent_id, call.external_id, call.url)
                                        : world.place(agent_id, call.external_id, call.phone, call.url);
      if (call.call_id || world.crashed()) continue;
      auto known = world.write([&](Store& store) { return store.call_by_external_id(kWorkspace, call.external_id); });
      if (known && *known && **known) call.call_id = ***known;
    }
    world.run(10 * kMinute, all_done);
  }
  EXPECT_TRUE(all_done()) << "crash after commit " << commits;
  expect_exact(world);
  // The crash may also come when all has arrived and only the log is written.
  world.run(kDay);
  if (world.crashed()) {
    crashed = true;
    world.stop();
    world.crash_after({});
    world.start();
    world.run(kDay);
  }
  world.crash_after({});
  auto pending = world.write([&](Store& store) { return pending_of(store); });
  if (!pending || !*pending) {
    ADD_FAILURE() << "the store does not answer";
    return true;
  }
  EXPECT_EQ(**pending, 0) << "crash after commit " << commits;
  std::set<std::string> ids;
  for (const auto& exchange : world.network.exchanges()) ids.insert(header(exchange.request, "webhook-id"));
  EXPECT_EQ(ids.size(), calls.size()) << "crash after commit " << commits;
  return !crashed;
}

// How many commits a life takes; one life is lived for each, with a crash after it.
int live_through(bool foresees) {
  int commits = 1;
  while (!live(commits, foresees) && commits < 200 && !testing::Test::HasFailure()) ++commits;
  EXPECT_LT(commits, 200);
  return commits;
}

TEST(Crash, AfterAnyCommitEverythingAcceptedArrivesUnderOneId) {
  EXPECT_GT(live_through(false), 10) << "the run should take many commits";
}

TEST(Crash, AfterAnyCommitOfReportsTakenInWithWhatComesOfThem) {
  EXPECT_GT(live_through(true), 8) << "the run should take many commits";
}

}  // namespace
}  // namespace wrapup
