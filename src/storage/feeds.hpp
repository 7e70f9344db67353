// How the engines learn at once of what was just committed. A feed is a hint, never the truth: what is offered is in
// the store already, and an engine that missed it finds it there. All on one reactor.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "model/call.hpp"
#include "storage/store.hpp"

namespace wrapup {

template <class T>
class Feed {
 public:
  void connect(std::function<void(T)> sink) { sink_ = std::move(sink); }
  void offer(T item) const {
    if (sink_) sink_(std::move(item));
  }

 private:
  std::function<void(T)> sink_;
};

/// A call whose pipeline is due. `record` and `agent` may be null: then they are read from the store.
struct DueCall {
  CallKey key;
  Timestamp due_at = 0;
  std::int64_t revision = 0;  // the newest there is
  bool reanalyze = false;     // a revision is wanted even if it says the same
  std::shared_ptr<const Call> record;
  std::shared_ptr<const Agent> agent;
};

struct Feeds {
  Feed<DueCall> calls;
  Feed<DueDelivery> deliveries;
  Feed<CallKey> dials;        // calls that the simulator must run
  Feed<Endpoint> endpoints;   // that their owner changed
  Feed<std::string> replays;  // ids of bulk replays that were made or changed
  Feed<std::string> secrets;  // workspaces whose signing secrets changed
};

}  // namespace wrapup
