// What the tests of delivery share: a world that runs, with an agent, and its owner's hand on the endpoints.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "world.hpp"

namespace wrapup {

inline const std::string kUrl = "https://receiver.example.com/hook";
inline const std::string kOther = "https://other.example.com/hook";
inline const std::string kOps = "https://ops.example.com/wrapup";

/// The endpoint of a URL; of an empty id when there is none.
inline Endpoint endpoint_of(World& world, const std::string& url, const std::string& workspace_id = kWorkspace) {
  EndpointFilter filter;
  filter.search = url;
  auto page = world.write([&](Store& store) { return store.list_endpoints(workspace_id, filter); });
  if (!page || !*page || (*page)->endpoints.empty()) return {};
  return (*page)->endpoints.front().endpoint;
}

/// Changes the endpoint of a URL as the API does: `set(Endpoint&)`, stored and told to delivery.
template <class Set>
void change_endpoint(World& world, const std::string& url, Set set, const std::string& workspace_id = kWorkspace) {
  const std::string id = endpoint_of(world, url, workspace_id).endpoint_id;
  auto changed = world.write([&](Store& store) -> Result<Endpoint> {
    auto endpoint = store.get_endpoint(workspace_id, id);
    if (!endpoint) return endpoint;
    set(*endpoint);
    if (auto kept = store.update_endpoint(*endpoint); !kept) return fail(std::move(kept.error()));
    return endpoint;
  });
  if (changed && *changed) world.store().feeds().endpoints.offer(**changed);
}

/// Settings as a client sends them, sealed as the API does it.
inline void give_settings(World& world, Endpoint& endpoint, const std::string& settings) {
  const auto read = stored_endpoint_settings(settings);
  ASSERT_TRUE(read) << settings;
  seal_settings(endpoint, *read, world.box, world.entropy);
}

inline void pause_endpoint(World& world, const std::string& url) {
  change_endpoint(world, url, [&](Endpoint& endpoint) {
    endpoint.state = EndpointState::paused;
    endpoint.state_reason = "paused by its owner";
    endpoint.state_at = world.clock.now();
  });
}

inline void resume_endpoint(World& world, const std::string& url) {
  change_endpoint(world, url, [&](Endpoint& endpoint) {
    endpoint.state = EndpointState::active;
    endpoint.state_reason.clear();
    endpoint.state_at = world.clock.now();
    const bool told_disabled = endpoint.health.told_disabled;
    endpoint.health = {};
    endpoint.health.told_disabled = told_disabled;
  });
}

inline void delete_endpoint(World& world, const std::string& url) {
  Endpoint endpoint = endpoint_of(world, url);
  const auto gone = world.write([&](Store& store) { return store.delete_endpoint(kWorkspace, endpoint.endpoint_id); });
  if (!gone || !*gone) return;
  endpoint.state = EndpointState::disabled;
  world.store().feeds().endpoints.offer(endpoint);
}

class DeliveryWorld : public testing::Test {
 protected:
  using Exchange = FakeNetwork::Exchange;

  void SetUp() override {
    world.start();
    agent = world.make_agent();
  }
  std::int64_t pending() {
    auto count = world.write([](Store& store) { return pending_of(store); });
    return count && *count ? **count : -1;
  }
  void restart() {
    world.stop();
    world.start();
  }
  /// From now on every request to `url` is answered so.
  void answer(const std::string& url, int status, Headers headers = {}, Duration delay = 10 * kMillisecond) {
    world.network.on(url, [=](const HttpRequest&) { return FakeNetwork::status(status, headers, delay); });
  }
  /// Reports finished calls whose webhooks go to `url`; their ids, in order.
  std::vector<std::string> report(int count, const std::string& url = kUrl,
                                  const std::string& workspace_id = kWorkspace) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      auto id = world.report(agent, "n-" + std::to_string(++reported_), url, workspace_id);
      EXPECT_TRUE(id);
      ids.push_back(id.value_or(""));
    }
    return ids;
  }
  /// Requests that arrived at `url`, in order, from `since` on.
  std::vector<Exchange> requests(const std::string& url = kUrl, Timestamp since = 0) const {
    std::vector<Exchange> out;
    for (const auto& exchange : world.network.exchanges()) {
      if (exchange.request.url == url && exchange.at >= since) out.push_back(exchange);
    }
    return out;
  }
  std::vector<Timestamp> times(const std::string& url = kUrl, Timestamp since = 0) const {
    std::vector<Timestamp> out;
    for (const auto& exchange : requests(url, since)) out.push_back(exchange.at);
    return out;
  }
  static std::string header(const Exchange& exchange, std::string_view name) {
    const auto* value = find_header(exchange.request.headers, name);
    return value ? *value : "";
  }
  static std::string call_of(const Exchange& exchange) {
    const std::string id = header(exchange, "webhook-id");  // evt_<call>_completed_1
    return id.size() > 40 ? id.substr(4, 36) : "";
  }
  /// The most requests in any span of that length.
  static std::size_t most_within(Duration span, const std::vector<Timestamp>& at) {
    std::size_t most = 0;
    for (std::size_t first = 0, last = 0; last < at.size(); ++last) {
      while (at[last] - at[first] >= span) ++first;
      most = std::max(most, last - first + 1);
    }
    return most;
  }
  void set_operations_url(const std::string& url) {
    const auto kept = world.write([&](Store& store) {
      return store.put_workspace_settings(kWorkspace, json::object{{"operations_url", url}});
    });
    ASSERT_TRUE(kept && *kept);
  }
  /// Operational webhooks of a type that arrived, each once.
  std::vector<Exchange> told(const std::string& type) const {
    std::vector<Exchange> out;
    for (const auto& exchange : requests(kOps)) {
      const bool again = std::any_of(out.begin(), out.end(), [&](const Exchange& other) {
        return header(other, "webhook-id") == header(exchange, "webhook-id");
      });
      if (!again && header(exchange, "X-Wrapup-Event") == type) out.push_back(exchange);
    }
    return out;
  }

  World world;
  std::string agent;

 private:
  int reported_ = 0;
};

}  // namespace wrapup
