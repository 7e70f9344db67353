// The events of the live stream and how they are read from the store. Called on the store's threads by api/live.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/feeds.hpp"
#include "storage/store.hpp"

namespace wrapup {

/// One event: `data` is JSON, once without bodies and, when they were asked for, once with them.
struct LiveEvent {
  std::string_view type;  // "call", "attempt", "inbox"
  Change::Kind kind = Change::Kind::call;
  std::string workspace_id;
  std::string call_id;
  std::string token;
  std::string data;
  std::string with_bodies;
};

/// What the changes come to; those that are gone already are left out.
Result<std::vector<LiveEvent>> live_events(Store& store, const std::vector<Change>& changes, bool bodies);

struct LiveBacklog {
  std::vector<LiveEvent> events;
  bool cut = false;  // there was more
};
/// What was stored at `since` or later and is wanted, oldest first within each kind.
Result<LiveBacklog> live_backlog(Store& store, const std::string& workspace_id, Timestamp since, bool calls,
                                 bool attempts, bool inbox, bool bodies);

}  // namespace wrapup
