#include "model/endpoint.hpp"

#include <algorithm>
#include <array>

#include "base/units.hpp"

namespace wrapup {

namespace {

constexpr std::array kStates{EndpointState::active, EndpointState::paused, EndpointState::disabled};
constexpr std::size_t kMaxPem = 64 * 1024;
constexpr std::size_t kMaxSteps = 100;
constexpr std::size_t kMaxHeaders = 32;
constexpr std::string_view kMask = "***";

// What their vendors let in. Where they name no number (n8n, Make), the one that is known to be safe.
struct Preset {
  std::string_view name;
  std::vector<RateLimit> limits;
};
const std::array<Preset, 4> kPresets{{{"zapier", {{30, kSecond}, {10'000, 5 * kMinute}}},
                                      {"make", {{20, kSecond}}},
                                      {"n8n", {{20, kSecond}}},
                                      {"workato", {{20, kSecond}}}}};

const Preset* preset_named(std::string_view name) {
  const auto* found = std::find_if(kPresets.begin(), kPresets.end(), [&](const Preset& p) { return p.name == name; });
  return found == kPresets.end() ? nullptr : found;
}

bool is_token(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

std::string lower_case(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

// Headers that say what is sent and how: not for others to set.
bool is_ours(std::string_view name) {
  const std::string lower = lower_case(name);
  constexpr std::array<std::string_view, 13> kOurs{
      "host",    "content-length", "content-type", "transfer-encoding",        "connection",          "expect", "te",
      "upgrade", "keep-alive",     "user-agent",   "http_synthflow_signature", "synthflow-signature", "trailer"};
  return std::find(kOurs.begin(), kOurs.end(), lower) != kOurs.end() || lower.starts_with("webhook-") ||
         lower.starts_with("x-wrapup-") || lower.starts_with("proxy-");
}

bool is_header_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
}

std::string range_text(Duration min, Duration max) {
  return "must be a duration such as \"5s\", from " + format_duration(min) + " to " + format_duration(max);
}

std::optional<Duration> duration_in(const json::value& value, Duration min, Duration max) {
  const auto found = value.is_string() ? parse_duration(value.get_string()) : std::nullopt;
  return found && *found >= min && *found <= max ? found : std::nullopt;
}

// Reads the members of one object over what is set: absent leaves it, null takes it back.
class Reader {
 public:
  explicit Reader(Fields& fields) : fields_(fields) {}

  bool is_null(std::string_view name) const {
    const auto* value = fields_.object().if_contains(name);
    return value && value->is_null();
  }

  void duration(std::string_view name, Duration min, Duration max, std::optional<Duration>& target) {
    const auto* value = fields_.find(name);
    if (is_null(name)) target.reset();
    if (!value) return;
    if (const auto found = duration_in(*value, min, max)) {
      target = found;
    } else {
      fields_.wrong(name, range_text(min, max));
    }
  }

  void durations(std::string_view name, std::optional<std::vector<Duration>>& target) {
    const auto* values = fields_.array(name, kMaxSteps);
    if (is_null(name)) target.reset();
    if (!values) return;
    std::vector<Duration> found;
    for (const auto& value : *values) {
      const auto step = duration_in(value, kMillisecond, 30 * kDay);
      if (!step) return fields_.wrong(name, "each step " + range_text(kMillisecond, 30 * kDay));
      found.push_back(*step);
    }
    target = std::move(found);
  }

  void text(std::string_view name, std::size_t max, std::string& target) {
    const auto found = fields_.text(name, max);
    if (is_null(name)) target.clear();
    if (found) target = *found;
  }

  void integer(std::string_view name, std::int64_t min, std::int64_t max, std::optional<std::int64_t>& target) {
    const auto found = fields_.integer(name, min, max);
    if (is_null(name)) target.reset();
    if (found) target = found;
  }

 private:
  Fields& fields_;
};

void read_limits(Fields& fields, EndpointSettings& settings) {
  if (Reader(fields).is_null("rate_limits")) settings.rate_limits.reset();
  const auto* array = fields.array("rate_limits", 4);
  if (!array) return;
  std::vector<RateLimit> limits;
  constexpr std::string_view kRight =
      "each limit must be {\"count\": 1 to 100000, \"per\": a duration from \"100ms\" to \"1d\"}";
  for (const auto& value : *array) {
    const auto* limit = value.if_object();
    const auto* count = limit ? limit->if_contains("count") : nullptr;
    const auto* per = limit ? limit->if_contains("per") : nullptr;
    const auto span = per ? duration_in(*per, 100 * kMillisecond, kDay) : std::nullopt;
    const bool counted = count && count->is_int64() && count->get_int64() >= 1 && count->get_int64() <= 100'000;
    if (!counted || !span || limit->size() != 2) return fields.wrong("rate_limits", std::string(kRight));
    limits.push_back({count->get_int64(), *span});
  }
  settings.rate_limits = std::move(limits);
}

void read_headers(Fields& fields, std::vector<FieldError>& errors, EndpointSettings& settings) {
  if (Reader(fields).is_null("headers")) settings.headers.clear();
  const auto* array = fields.array("headers", kMaxHeaders);
  if (!array) return;
  std::vector<EndpointHeader> headers;
  for (std::size_t i = 0; i < array->size(); ++i) {
    const std::string path = fields.path_of("headers") + "/" + std::to_string(i);
    const auto* object = (*array)[i].if_object();
    if (!object)
      return fields.wrong("headers", "each header must be {\"name\": …, \"value\": …, \"secret\": true or false}");
    Fields inner(*object, path, errors);
    EndpointHeader header;
    header.name = inner.required_text("name", 100).value_or("x");
    header.value = inner.required_text("value", 4000, 0).value_or("");
    header.secret = inner.boolean("secret").value_or(false);
    inner.done();
    if (!is_token(header.name)) inner.wrong("name", "must be the name of a header (RFC 9110, section 5.1)");
    if (is_ours(header.name)) inner.wrong("name", "is a header that wrapup sets itself; use another name");
    if (!is_header_value(header.value)) inner.wrong("value", "must be printable ASCII");
    const auto same_name = [name = lower_case(header.name)](const EndpointHeader& other) {
      return lower_case(other.name) == name;
    };
    if (std::any_of(headers.begin(), headers.end(), same_name)) inner.wrong("name", "stands here twice");
    // A masked value that was read is sent back as it was: it means the one that is known.
    const auto known = std::find_if(settings.headers.begin(), settings.headers.end(), same_name);
    if (header.value == kMask) {
      if (!header.secret)
        inner.wrong("value", "is masked: what is no secret any more must be sent as it is");
      else if (known == settings.headers.end())
        inner.wrong("value", "is masked, and no value is known");
      else
        header.value = known->value;
    }
    headers.push_back(std::move(header));
  }
  settings.headers = std::move(headers);
}

void read_retry(Fields& fields, std::vector<FieldError>& errors, EndpointSettings& settings) {
  if (Reader(fields).is_null("retry")) {
    settings.schedule.reset();
    settings.short_schedule.reset();
    settings.max_age.reset();
  }
  const auto* object = fields.object("retry");
  if (!object) return;
  Fields inner(*object, fields.path_of("retry"), errors);
  Reader reader(inner);
  reader.durations("schedule", settings.schedule);
  reader.durations("short_schedule", settings.short_schedule);
  reader.duration("max_age", kMinute, 365 * kDay, settings.max_age);
  inner.done();
}

void read_tls(Fields& fields, std::vector<FieldError>& errors, EndpointSettings& settings) {
  if (Reader(fields).is_null("tls")) {
    settings.ca.clear();
    settings.certificate.clear();
    settings.key.clear();
  }
  const auto* object = fields.object("tls");
  if (!object) return;
  Fields inner(*object, fields.path_of("tls"), errors);
  Reader reader(inner);
  reader.text("ca", kMaxPem, settings.ca);
  reader.text("certificate", kMaxPem, settings.certificate);
  reader.text("key", kMaxPem, settings.key);
  inner.done();
  if (settings.certificate.empty() != settings.key.empty())
    inner.wrong("", "a client certificate needs both certificate and key, each in PEM");
}

json::value duration_value(const std::optional<Duration>& duration) {
  return duration ? json::value(format_duration(*duration)) : json::value(nullptr);
}

json::value durations_value(const std::optional<std::vector<Duration>>& durations) {
  if (!durations) return nullptr;
  json::array array;
  for (const Duration duration : *durations) array.emplace_back(format_duration(duration));
  return array;
}

}  // namespace

std::string_view to_string(EndpointState state) {
  switch (state) {
    case EndpointState::active: return "active";
    case EndpointState::paused: return "paused";
    case EndpointState::disabled: return "disabled";
  }
  return "";
}

std::optional<EndpointState> endpoint_state_from(std::string_view text) {
  for (const auto state : kStates) {
    if (text == to_string(state)) return state;
  }
  return {};
}

std::vector<RateLimit> EndpointSettings::limits() const {
  if (rate_limits) return *rate_limits;
  const auto* known = preset_named(preset);
  return known ? known->limits : std::vector<RateLimit>();
}

void read_endpoint_settings(Fields& fields, std::vector<FieldError>& errors, EndpointSettings& settings) {
  Reader reader(fields);
  reader.text("name", 200, settings.name);
  reader.text("preset", 100, settings.preset);
  if (!settings.preset.empty() && !preset_named(settings.preset))
    fields.wrong("preset", "must be one of zapier, make, n8n, workato, or null");
  reader.integer("concurrency", 1, 1000, settings.concurrency);
  read_limits(fields, settings);
  read_retry(fields, errors, settings);
  reader.duration("connect_timeout", 10 * kMillisecond, 10 * kMinute, settings.connect_timeout);
  reader.duration("timeout", 10 * kMillisecond, 10 * kMinute, settings.timeout);
  reader.duration("disable_after", kMinute, 365 * kDay, settings.disable_after);
  read_headers(fields, errors, settings);
  read_tls(fields, errors, settings);
}

json::object endpoint_settings_json(const EndpointSettings& settings, bool secrets) {
  json::array limits;
  for (const auto& limit : settings.limits()) {
    limits.push_back(json::object{{"count", limit.count}, {"per", format_duration(limit.per)}});
  }
  const bool own_limits = settings.rate_limits.has_value() || !settings.preset.empty();
  json::array headers;
  for (const auto& header : settings.headers) {
    headers.push_back(json::object{{"name", header.name},
                                   {"value", header.secret && !secrets ? std::string(kMask) : header.value},
                                   {"secret", header.secret}});
  }
  json::object tls{{"ca", settings.ca}, {"certificate", settings.certificate}};
  if (secrets) tls["key"] = settings.key;
  // Stored, the limits of a preset stay the preset's.
  const bool show_limits = secrets ? settings.rate_limits.has_value() : own_limits;
  return {{"name", settings.name},
          {"preset", settings.preset.empty() ? json::value(nullptr) : json::value(settings.preset)},
          {"concurrency", settings.concurrency ? json::value(*settings.concurrency) : json::value(nullptr)},
          {"rate_limits", show_limits ? json::value(std::move(limits)) : json::value(nullptr)},
          {"retry", json::object{{"schedule", durations_value(settings.schedule)},
                                 {"short_schedule", durations_value(settings.short_schedule)},
                                 {"max_age", duration_value(settings.max_age)}}},
          {"connect_timeout", duration_value(settings.connect_timeout)},
          {"timeout", duration_value(settings.timeout)},
          {"disable_after", duration_value(settings.disable_after)},
          {"headers", std::move(headers)},
          {"tls", std::move(tls)}};
}

namespace {

std::string place_of(const Endpoint& endpoint) { return settings_place(endpoint.workspace_id, endpoint.endpoint_id); }

}  // namespace

std::string settings_place(const std::string& workspace_id, const std::string& endpoint_id) {
  return "endpoint/" + workspace_id + "/" + endpoint_id;
}

Result<EndpointSettings> open_settings(const Endpoint& endpoint, const SecretBox& box) {
  if (endpoint.settings.empty()) return EndpointSettings();
  auto text = box.open(endpoint.settings, place_of(endpoint));
  if (!text) return fail(std::move(text.error()));
  return stored_endpoint_settings(*text);
}

void seal_settings(Endpoint& endpoint, const EndpointSettings& settings, const SecretBox& box, Entropy& entropy) {
  endpoint.settings = box.seal(to_text(endpoint_settings_json(settings, true)), place_of(endpoint), entropy);
}

Result<EndpointSettings> stored_endpoint_settings(std::string_view text) {
  EndpointSettings settings;
  if (text.empty()) return settings;
  const auto parsed = parse_json(text);
  if (!parsed || !parsed->is_object())
    return fail(Code::internal, "internal_error", "an endpoint's settings are damaged");
  std::vector<FieldError> errors;
  Fields fields(parsed->get_object(), "", errors);
  read_endpoint_settings(fields, errors, settings);
  if (!errors.empty()) {
    return fail(Code::internal, "internal_error", "an endpoint's settings are damaged",
                errors.front().path + " " + errors.front().message);
  }
  return settings;
}

}  // namespace wrapup
