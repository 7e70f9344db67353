// Sends what is due, logs every attempt, and decides when to try again. It moves frozen bytes and knows nothing of
// calls. Fresh deliveries come from the feed with their bytes; after a start the lanes are filled from the store. Each
// endpoint has a lane of its own, so that a slow or dead receiver delays nobody else. The outcome of an attempt and
// what is due next are one commit; when it fails it is tried again until it is stored. One reactor.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "delivery/lane.hpp"
#include "delivery/signature.hpp"
#include "net/http_client.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Dispatcher {
 public:
  struct Settings {
    RetryPolicy retry;
    std::chrono::milliseconds connect_timeout{5'000};
    std::chrono::milliseconds total_timeout{15'000};
    std::size_t reply_cap = 64 * 1024;
    std::size_t concurrency = 8;        // of each endpoint
    std::size_t kept_bytes = 32 << 20;  // bodies kept in memory; others are read when they are sent
    bool compat_header = false;         // HTTP_SYNTHFLOW_SIGNATURE too
  };

  Dispatcher(Executor executor, AsyncStore& store, HttpClient& client, Clock& clock, Entropy& entropy, Metrics& metrics,
             Settings settings);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Fills the lanes from the store and runs until the group stops. The group must be joined before this is destroyed.
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop();
  std::size_t in_flight() const { return in_flight_; }

 private:
  using LaneKey = std::pair<std::string, std::string>;  // workspace, endpoint
  struct Signers {
    std::vector<Signer> live;
    Timestamp read_at = 0;
  };

  void take(DueDelivery due);
  Lane& lane_of(const Endpoint& endpoint);
  void serve(Lane& lane);
  void plan(Lane& lane);
  Task<void> loop();
  Task<void> pause();
  Task<bool> load();
  Task<void> refill(LaneKey key);
  Task<void> attempt(LaneKey key, DueDelivery due);
  Task<Result<std::shared_ptr<const std::string>>> body_of(const DueDelivery& due);
  Task<Result<std::shared_ptr<const Signers>>> signers_of(const std::string& workspace_id);
  HttpRequest request_for(const Endpoint& endpoint, const Delivery& delivery, const Signers& signers,
                          std::shared_ptr<const std::string> body);
  Task<void> settle(LaneKey key, DueDelivery due, Timestamp began, const Headers& sent, const HttpReply& reply);
  void count(const Delivery& after, const HttpReply& reply);
  void keep(DueDelivery& due, std::shared_ptr<const std::string> body);

  Executor executor_;
  AsyncStore& store_;
  HttpClient& client_;
  Clock& clock_;
  Entropy& entropy_;
  Metrics& metrics_;
  Settings settings_;
  std::unique_ptr<Timer> timer_;
  TaskGroup* group_ = nullptr;
  std::map<LaneKey, Lane> lanes_;
  std::set<std::pair<Timestamp, LaneKey>> plan_;  // when to look at which lane
  std::map<LaneKey, Timestamp> planned_;
  std::map<std::string, std::shared_ptr<const Signers>> signers_;
  std::size_t in_flight_ = 0;
  std::shared_ptr<std::size_t> kept_bytes_ = std::make_shared<std::size_t>(0);  // shared with whoever holds a body
  bool woken_ = false;
};

}  // namespace wrapup
