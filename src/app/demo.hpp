// `wrapup demo`: a phone call becomes a webhook before the user's eyes. Starts this program as a server on a temporary
// folder, plays a receiver, places a simulated call and shows what comes. Called by the command on the main thread.
// Leaves nothing running or lying about.
#pragma once

#include <string>

namespace wrapup {

struct DemoOptions {
  std::string program = "/proc/self/exe";  // what is started as the server
  bool color = false;
};

/// Returns the exit code: 0 when the webhook came and was right.
int run_demo(const DemoOptions& options);

}  // namespace wrapup
