#include "delivery/outcome.hpp"

#include "net/retry_after.hpp"

namespace wrapup {

Outcome outcome_of(const HttpReply& reply) {
  if (reply.error == TransportError::blocked) return Outcome::retry_soon;
  if (reply.error != TransportError::none) return Outcome::retry;
  const int status = reply.status;
  if (status >= 200 && status < 300) return Outcome::delivered;
  if (status == 410) return Outcome::gone;
  if (status == 429 || status == 503) return Outcome::slow_down;
  if (status == 408 || status == 425 || status >= 500) return Outcome::retry;
  return Outcome::retry_soon;
}

std::optional<Timestamp> hold_until(const HttpReply& reply, Timestamp now, Duration longest) {
  if (reply.error != TransportError::none || reply.status < 300) return {};
  return retry_after(reply.headers, now, longest);
}

std::string_view failure_class(const HttpReply& reply) {
  return reply.error == TransportError::none ? failure_of_status(reply.status) : to_string(reply.error);
}

bool timed_out(TransportError error) {
  return error == TransportError::timeout_before || error == TransportError::timeout_after;
}

std::string failure_text(const HttpReply& reply) {
  if (reply.error != TransportError::none) {
    std::string text(to_string(reply.error));
    if (!reply.error_text.empty()) text += ": " + reply.error_text;
    return text;
  }
  if (reply.status >= 200 && reply.status < 300) return {};
  std::string text = "the receiver answered " + std::to_string(reply.status);
  if (reply.status >= 300 && reply.status < 400) text += ": redirects are not followed; give the final URL";
  if (reply.status == 410) text += ": the endpoint is disabled";
  return text;
}

}  // namespace wrapup
