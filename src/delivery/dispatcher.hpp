// Sends what is due, logs every attempt, and decides when to try again. It moves frozen bytes and knows nothing of
// calls. Fresh deliveries come from the feed with their bytes; after a start the lanes are filled from the store. Each
// endpoint has a lane of its own, so that a slow or dead receiver delays nobody else; when more could be sent than may
// be under way, workspaces and lanes take turns, and lanes whose last answer was no success share half of the places.
// The outcome of an attempt and what is due next are one commit; when it fails it is tried again until it is stored.
// One reactor.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/metrics.hpp"
#include "base/task.hpp"
#include "delivery/fair_queue.hpp"
#include "delivery/lane.hpp"
#include "delivery/signers.hpp"
#include "net/http_client.hpp"
#include "net/own_inboxes.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Dispatcher {
 public:
  struct Settings {
    LanePolicy lane;
    std::size_t reply_cap = 64 * 1024;
    std::size_t at_once = 4000;         // attempts under way or not yet stored
    std::size_t kept_bytes = 32 << 20;  // bodies kept in memory; others are read when they are sent
    std::size_t idle_lanes = 10'000;    // kept for their pace; more are forgotten
    bool compat_header = false;         // HTTP_SYNTHFLOW_SIGNATURE too
    std::string user_agent = "wrapup";
    const OwnInboxes* own = nullptr;  // are always reached
  };

  Dispatcher(Executor executor, AsyncStore& store, HttpClient& client, Clock& clock, Entropy& entropy, Metrics& metrics,
             const SecretBox& secrets, Settings settings);
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  /// Fills the lanes from the store and runs until the group stops. The group must be joined before this is destroyed.
  void start(TaskGroup& group);
  /// Wakes the loop so that it sees that its group stops.
  void stop();
  /// This node holds other slots now, or may have missed something: lets go of the lanes that are another's, and looks
  /// for deliveries in the store: of lanes that have nothing to do, or of all.
  void look(bool all);
  std::size_t in_flight() const { return in_flight_; }
  /// Whether nothing is under way to an endpoint in these slots.
  bool at_rest(const Slots& slots) const;
  /// For others who sign; on the same reactor.
  SignerCache& signers() { return signers_; }

 private:
  using LaneKey = EndpointKey;
  struct Line {
    Line(Endpoint endpoint, std::shared_ptr<const LanePolicy> policy, const Clock& clock)
        : lane(std::move(endpoint), std::move(policy), clock) {}
    Lane lane;
    Timestamp planned = kNever;  // when to look at it
    bool queued = false;         // for a place
    bool gone = false;           // another node's now
    std::int64_t epoch = 0;      // of the store, when it was this node's
  };
  using LinePtr = std::shared_ptr<Line>;
  struct Settled;

  void take(DueDelivery due);
  void changed(Endpoint endpoint);
  Task<void> changed_elsewhere(EndpointKey key);
  bool holds(const std::string& endpoint_id) const;
  void let_go();
  LinePtr line_of(const Endpoint& endpoint);
  std::shared_ptr<const LanePolicy> policy_of(const Endpoint& endpoint);
  void serve(const LinePtr& line);
  bool has_place(bool proven) const;
  FairQueue<LinePtr>& waiting_for_place(bool proven);
  void queue(const LinePtr& line);
  void send(const LinePtr& line, Timestamp now);
  void give_places();
  void plan(const LinePtr& line);
  void forget_if_idle(const LinePtr& line);
  Task<void> loop();
  Task<void> pause(Duration wait);
  Task<bool> load();
  Task<void> refill(LinePtr line);
  Task<void> attempt(LinePtr line, DueDelivery due, bool proven);
  Task<Result<std::shared_ptr<const std::string>>> body_of(const DueDelivery& due, Duration max_age);
  HttpRequest request_for(const Lane& lane, const Delivery& delivery, const Signers& signers,
                          std::shared_ptr<const std::string> body, Timestamp now);
  Task<void> settle(LinePtr line, DueDelivery due, Timestamp began, std::string sent, HttpReply reply);
  Settled judge(Lane& lane, Delivery& after, Timestamp began, const std::string& sent, const HttpReply& reply);
  Task<void> record(const LinePtr& line, const Settled& settled);
  void release(const LinePtr& line, bool proven);
  void count(const Delivery& after, const HttpReply& reply);
  void keep(DueDelivery& due, std::shared_ptr<const std::string> body);

  Executor executor_;
  AsyncStore& store_;
  HttpClient& client_;
  Clock& clock_;
  const SecretBox& secrets_;
  Entropy& entropy_;
  Metrics& metrics_;
  Settings settings_;
  std::shared_ptr<const LanePolicy> plain_policy_;  // of endpoints without settings
  std::unique_ptr<Timer> timer_;
  TaskGroup* group_ = nullptr;
  std::map<LaneKey, LinePtr> lines_;
  std::set<EndpointKey> asked_;                          // for what changed elsewhere
  std::array<std::size_t, Slots::kCount> running_in_{};  // attempts under way or not yet stored, by slot
  std::set<std::pair<Timestamp, LinePtr>> plan_;         // when to look at which line
  FairQueue<LinePtr> proven_waiting_;                    // for a place
  FairQueue<LinePtr> others_waiting_;                    //
  SignerCache signers_;
  std::size_t in_flight_ = 0;
  std::size_t unstored_ = 0;          // attempts whose outcome could not be stored yet
  std::size_t others_in_flight_ = 0;  // of lanes that are not proven
  std::shared_ptr<std::size_t> kept_bytes_ = std::make_shared<std::size_t>(0);  // shared with whoever holds a body
  bool proven_turn_ = true;
  bool woken_ = false;
  bool look_due_ = true;
  bool look_at_all_ = true;
};

}  // namespace wrapup
