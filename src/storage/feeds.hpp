// How the engines learn at once of what was just committed. A feed is a hint, never the truth: what is offered is in
// the store already, and an engine that missed it finds it there. All on one reactor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "model/call.hpp"
#include "storage/store.hpp"

namespace wrapup {

template <class T>
class Feed {
 public:
  void connect(std::function<void(T)> sink) { sink_ = std::move(sink); }
  /// Hears of each item before the sink does, and keeps it from there by answering false: it is another node's.
  void guard(std::function<bool(const T&)> guard) { guard_ = std::move(guard); }
  void offer(T item) const {
    if (guard_ && !guard_(item)) return;
    take(std::move(item));
  }
  /// What another node offered.
  void take(T item) const {
    if (sink_) sink_(std::move(item));
  }
  /// Whether anybody hears of it here.
  bool connected() const { return sink_ != nullptr; }
  /// Whether anybody hears of it: what nobody hears of need not be made.
  bool wanted() const { return connected() || wanted_elsewhere_; }
  void want_elsewhere(bool wanted) { wanted_elsewhere_ = wanted; }

 private:
  std::function<void(T)> sink_;
  std::function<bool(const T&)> guard_;
  bool wanted_elsewhere_ = false;
};

/// A call whose pipeline is due. `record` and `agent` may be null: then they are read from the store.
struct DueCall {
  CallKey key;
  Timestamp due_at = 0;
  std::int64_t revision = 0;  // the newest there is
  bool reanalyze = false;     // a revision is wanted even if it says the same
  std::shared_ptr<const Call> record;
  std::shared_ptr<const Agent> agent;
  AnalyzeWith with{};
  std::int64_t late_tries = 0;
};

/// Something that was stored and that people may watch.
struct Change {
  enum class Kind { call, attempt, inbox };
  Kind kind = Kind::call;
  std::string workspace_id;
  std::string id;  // of the call or the attempt; of a request in an inbox "<token>/<request id>"
  auto operator<=>(const Change&) const = default;
};

/// A workspace and the id of an endpoint in it.
using EndpointKey = std::pair<std::string, std::string>;

struct Feeds {
  Feed<DueCall> calls;
  Feed<DueDelivery> deliveries;
  Feed<CallKey> dials;           // calls that the simulator must run
  Feed<Endpoint> endpoints;      // that their owner changed
  Feed<std::string> replays;     // ids of bulk replays that were made or changed
  Feed<std::string> secrets;     // workspaces whose signing secrets changed
  Feed<Change> changes;          // wanted only while somebody watches
  Feed<std::string> workspaces;  // that their owner changed
  Feed<std::string> reanalyses;  // ids of jobs that were made or changed
  Feed<EndpointKey> lanes;       // endpoints of which another node changed something or made deliveries to
};

}  // namespace wrapup
