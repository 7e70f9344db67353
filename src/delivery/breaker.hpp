// The circuit of an endpoint: opens when nothing but failures comes back, lets one probe through at a time, and closes
// by itself on the first success. Pure.
#pragma once

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "model/endpoint.hpp"

namespace wrapup {

/// Failures in a row that open the circuit. A time-out counts for three: it has held a connection for as long as one
/// may.
inline constexpr std::int64_t kOpensAt = 5;

/// No probe waits longer for its turn.
inline constexpr Duration kLongestProbeWait = 6 * kMinute;

void note_success(EndpointHealth& health);

/// `probe`: it was sent while the circuit was open. Probes follow 1 s, 2 s, 4 s… to 5 min after one another, each with
/// up to a fifth more by chance, so that many endpoints of one dead machine do not knock together.
void note_failure(EndpointHealth& health, bool timed_out, bool probe, Timestamp now, Entropy& entropy);

}  // namespace wrapup
