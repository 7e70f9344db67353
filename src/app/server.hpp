// The running program: what `wrapup serve` starts and ends. Called once, by the command, on the main thread.
#pragma once

#include <string>

#include "app/config.hpp"

namespace wrapup {

struct ServeOptions {
  bool dev = false;            // loopback receivers and plain http are allowed
  std::string api_key;         // of the workspace "default"; empty: made at the first start. Only with `dev`
  std::string webhook_secret;  // likewise
};

/// Runs until SIGTERM or SIGINT; returns the exit code.
int serve(const Config& config, const ServeOptions& options);

}  // namespace wrapup
