// One receiver URL of a workspace: what it is allowed, how it does, and what its owner set. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "model/delivery.hpp"

namespace wrapup {

enum class EndpointState {
  active,
  paused,    // by its owner; collects
  disabled,  // by a 410 or after days of failures; collects
};
std::string_view to_string(EndpointState state);
std::optional<EndpointState> endpoint_state_from(std::string_view text);

/// At most `count` requests in any span of `per`.
struct RateLimit {
  std::int64_t count = 0;
  Duration per = kSecond;
  bool operator==(const RateLimit&) const = default;
};

struct EndpointHeader {
  std::string name;
  std::string value;
  bool secret = false;  // masked wherever it is shown
};

/// What the owner of an endpoint set. What is absent is as the configuration says.
struct EndpointSettings {
  std::string name;
  std::string preset;  // whose limits apply where none are set: "zapier", "make", "n8n", "workato"
  std::optional<std::int64_t> concurrency;
  std::optional<std::vector<RateLimit>> rate_limits;
  std::optional<std::vector<Duration>> schedule;
  std::optional<std::vector<Duration>> short_schedule;
  std::optional<Duration> max_age;
  std::optional<Duration> connect_timeout;
  std::optional<Duration> timeout;
  std::optional<Duration> disable_after;
  std::vector<EndpointHeader> headers;
  std::string ca;           // PEM: trusted in place of the system's authorities
  std::string certificate;  // PEM: shown to the receiver
  std::string key;          // PEM: of the certificate; never shown

  /// Those set, else those of the preset; none: no limit.
  std::vector<RateLimit> limits() const;
};

/// Reads the settings of a request over `settings`: what is not sent stays, null takes back to the default, a masked
/// value means the one that is known. What is wrong is added to `errors`, which `fields` writes to as well.
void read_endpoint_settings(Fields& fields, std::vector<FieldError>& errors, EndpointSettings& settings);
/// Every setting, as read_endpoint_settings takes it. For people (`secrets` false) secret headers are masked, the key
/// is left out and the limits of a preset are spelled out.
json::object endpoint_settings_json(const EndpointSettings& settings, bool secrets);
/// From the text of endpoint_settings_json(…, true), or from none. `internal` when it is damaged.
Result<EndpointSettings> stored_endpoint_settings(std::string_view text);

/// How the receiver does, as the last attempts showed.
struct EndpointHealth {
  Timestamp held_until = 0;                // by Retry-After: nothing is sent before
  bool open = false;                       // the circuit: one probe at a time from probe_at on
  Timestamp probe_at = 0;                  //
  std::int64_t failures = 0;               // in a row
  std::optional<Timestamp> failing_since;  // the first of them
  bool told_disabled = false;              // its owner was told, and must hear of its recovery
  bool operator==(const EndpointHealth&) const = default;
};

struct Endpoint {
  std::string workspace_id;
  std::string endpoint_id;
  std::string url;
  EndpointState state = EndpointState::active;
  std::string state_reason;  // "gone", "failing", "paused by its owner"; empty when active
  Timestamp state_at = 0;
  EndpointHealth health;
  std::string settings;      // JSON, sealed; empty: all as the configuration says
  std::int64_t version = 1;  // counts what its owner changed
  Timestamp created_at = 0;
  Timestamp used_at = 0;  // when a delivery was last made for it, to the day
};

/// The place that an endpoint's settings are sealed for.
std::string settings_place(const std::string& workspace_id, const std::string& endpoint_id);
/// The settings of an endpoint as they are stored, sealed for its row. Errors as those of SecretBox::open and
/// stored_endpoint_settings.
Result<EndpointSettings> open_settings(const Endpoint& endpoint, const SecretBox& box);
void seal_settings(Endpoint& endpoint, const EndpointSettings& settings, const SecretBox& box, Entropy& entropy);

}  // namespace wrapup
