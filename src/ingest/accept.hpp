// Reports in, one truthful call out. Each verb is one transaction's worth on a Store; what it returns is announced to
// the engines after the commit. Called by the API, by the simulator's events and by the watchdog. The checks that need
// no store are in `read_*` (model).
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "model/event.hpp"
#include "model/report.hpp"
#include "storage/async_store.hpp"
#include "storage/feeds.hpp"
#include "storage/store.hpp"

namespace wrapup {

/// A reported call as it will be stored, and what the pipeline makes of it, worked out before the commit that takes in
/// both.
struct Foreseen {
  CallRow row;
  std::optional<Timestamp> ended_at;
  std::shared_ptr<const Call> record;  // may be null where `frozen` is there
  std::shared_ptr<const Agent> agent;
  std::optional<Frozen> frozen;  // none: the pipeline runs when the call is stored
};

/// What was taken in, and who must hear of it.
struct Accepted {
  std::string call_id;
  std::string model_id;
  CallStatus status = CallStatus::pending;
  std::int64_t new_events = 0;
  std::optional<DueCall> due;           // the pipeline's
  std::optional<CallKey> dial;          // the simulator's, or the relay's
  std::optional<DueDelivery> delivery;  // the call's webhook, or the request to the engine of a relay
  std::shared_ptr<const Agent> agent;   // the newest, where it was looked up
};

/// An inbound call that an engine announced, and what was decided on it.
struct Announced {
  std::string call_id;
  CallRequest request;              // with the agent, the variables and the metadata as decided
  std::string note;                 // how that came, if it needs words
  std::optional<CallStatus> ended;  // nobody takes it
  std::string error_message;
};

class Intake {
 public:
  struct Settings {
    Duration quiet_after_ended = 10 * kSecond;
    Duration take_within = 2 * kMinute;  // an engine of one's own must have taken a call that is placed
  };
  Intake(Clock& clock, Entropy& entropy, Settings settings) : clock_(clock), entropy_(entropy), settings_(settings) {}

  /// While the database is as large as it may be, new calls are refused with `storage_full`; what is known already may
  /// go on. Any thread.
  void refuse_new(bool refuse) { refuses_new_.store(refuse, std::memory_order_relaxed); }
  bool refuses_new() const { return refuses_new_.load(std::memory_order_relaxed); }

  /// A call to be made. `body` is the JSON text that `request` was read from. `agent_not_found`; `external_id_taken`.
  Result<Accepted> place(Store& store, const std::string& workspace_id, CallRequest request, std::string body);

  /// An inbound call, stored as it was decided. `agent_not_found`.
  Result<Accepted> announce_inbound(Store& store, const std::string& workspace_id, Announced announced);

  /// A finished call. With an `external_id` that is known it is merged into that call: it fills what is not known yet;
  /// a status that contradicts is `illegal_transition`.
  Result<Accepted> report(Store& store, const std::string& workspace_id, Report report, const std::string& body);

  /// The same with what was foreseen of it. When the agent changed meanwhile, it is taken in as if nothing had been.
  Result<Accepted> report(Store& store, Foreseen& foreseen);
  /// What report() would store, `frozen` being left to the pipeline. None for an agent that was not heard of lately;
  /// else `report` is used up. On the reactor.
  std::optional<Foreseen> foresee(const std::string& workspace_id, Report& report, const std::string& body);

  /// Events of a call, all or none. `call_not_found`; `illegal_transition` when an `ended` contradicts the one before
  /// it.
  Result<Accepted> events(Store& store, const std::string& workspace_id, const std::string& call_id,
                          const std::vector<Event>& events);

  /// Ends a call that was not answered yet as `canceled`. `illegal_transition` when it was answered or has ended.
  Result<Accepted> cancel(Store& store, const std::string& workspace_id, const std::string& call_id);

  /// Has a call that ended analyzed once more; the result goes out as the next revision. `call_not_ended`.
  Result<Accepted> reanalyze(Store& store, const std::string& workspace_id, const std::string& call_id,
                             const AnalyzeWith& with = {});

  /// To be called on the reactor after the commit.
  static void announce(Feeds& feeds, const std::string& workspace_id, Accepted& accepted);
  /// What foresee() takes for the newest version of an agent. On the reactor.
  void remember(std::shared_ptr<const Agent> agent);

 private:
  Result<Accepted> merge_report(Store& store, const std::string& workspace_id, const std::string& call_id,
                                std::optional<Timestamp> ended_at, const std::string& body);
  Foreseen made_of(const std::string& workspace_id, std::shared_ptr<const Agent> agent, Report& report,
                   const std::string& body);
  Result<Accepted> take_report(Store& store, Foreseen& made);
  Result<Accepted> take_events(Store& store, StoredCall stored, const std::vector<Event>& events);
  Result<Accepted> keep_events(Store& store, StoredCall stored, const std::vector<Event>& events);
  Status check_room() const;
  void schedule(CallRow& row, const Agent& agent, const Facts& facts, bool was_terminal, Accepted& accepted);

  Clock& clock_;
  Entropy& entropy_;
  Settings settings_;
  std::atomic<bool> refuses_new_ = false;
  // The newest version of agents, as last seen, by workspace and id; never taken as true. On the reactor.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const Agent>> agents_;
};

}  // namespace wrapup
