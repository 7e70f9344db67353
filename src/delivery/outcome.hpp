// What an attempt came to, and what the receiver asked for (contract, section 10). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/delivery.hpp"
#include "net/http_client.hpp"

namespace wrapup {

Outcome outcome_of(const HttpReply& reply);

/// Until when the receiver asks to be left alone: Retry-After (RFC 9110, section 10.2.3), in seconds or as a date, at
/// most `longest` from now. Nothing when it does not ask, or asks in a way that is no time.
std::optional<Timestamp> hold_until(const HttpReply& reply, Timestamp now, Duration longest);

/// The class of failure, as logs and filters name it: that of the network, or of the status; empty for success.
std::string_view failure_class(const HttpReply& reply);
/// Whether time ran out, before or after the request was written.
bool timed_out(TransportError error);

/// One line for people: "503 Service Unavailable", "timed out after 15.0 s", …; empty for success.
std::string failure_text(const HttpReply& reply);

}  // namespace wrapup
