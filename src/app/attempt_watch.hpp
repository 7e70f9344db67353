// Waits for what comes of a webhook that was just handed over, and says it. Used by `wrapup trigger` and `wrapup
// replay`, on the main thread.
#pragma once

#include "app/remote_context.hpp"
#include "base/json.hpp"

namespace wrapup {

/// `accepted`: the answer to the request that made the delivery. Waits up to 20 s for its first attempt and prints what
/// came of it, with the next step. kDone when the receiver answered 2xx, kFailed when not, or not yet.
int watch_delivery(RemoteContext& context, const Remote::Answer& accepted);

}  // namespace wrapup
