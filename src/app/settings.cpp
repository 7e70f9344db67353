#include "app/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/json.hpp"
#include "base/units.hpp"
#include "net/address_policy.hpp"
#include "net/http_server.hpp"
#include "net/url.hpp"
#include "storage/database_url.hpp"

namespace wrapup {

namespace {

using Kind = SettingKind;
using Target = Setting::Target;

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;
constexpr std::int64_t kGiB = 1024 * kMiB;
constexpr std::size_t kMaxElements = 100;
constexpr std::size_t kMaxText = 1000;
constexpr Duration kLongestKept = 36'500 * kDay;

constexpr auto kSettings = std::to_array<Setting>({
    {"", "data", Kind::folder, 0, 0, "Folder of the database. Made at the first start.",
     [](Config& c) -> Target { return &c.data; }},
    {"", "database", Kind::database, 0, 0,
     "URL of a PostgreSQL database, such as \"postgres://wrapup:password@db.example.com/wrapup?sslmode=verify-full\". "
     "Empty: SQLite in the data folder.",
     [](Config& c) -> Target { return &c.database; }},
    {"", "read_only", Kind::flag, 0, 0,
     "Whether the server only reads: whatever would change something is answered with 503, and nothing is delivered. A "
     "PostgreSQL standby will do.",
     [](Config& c) -> Target { return &c.read_only; }},
    {"", "listen", Kind::listen, 0, 0, "Address and port of the API. Port 0 takes any free one.",
     [](Config& c) -> Target { return &c.listen; }},

    {"", "master_key_file", Kind::file, 0, 0,
     "File of the keys that secrets are sealed with, base64, one a line; the first seals. Empty: master.key in the "
     "data folder. WRAPUP_MASTER_KEY, the keys themselves with commas between, wins.",
     [](Config& c) -> Target { return &c.master_key_file; }},

    {"server", "max_body", Kind::size, kKiB, kGiB, "Largest body of a request; a larger one is answered with 413.",
     [](Config& c) -> Target { return &c.server.max_body; }},
    {"server", "max_connections", Kind::integer, 1, 1'000'000,
     "Connections at once; those above are answered with 503.",
     [](Config& c) -> Target { return &c.server.max_connections; }},
    {"server", "request_timeout", Kind::duration, 100 * kMillisecond, kHour,
     "How long a client may take to send one request.", [](Config& c) -> Target { return &c.server.request_timeout; }},
    {"server", "idle_timeout", Kind::duration, 100 * kMillisecond, kDay,
     "How long a connection is kept between requests.", [](Config& c) -> Target { return &c.server.idle_timeout; }},
    {"server", "drain", Kind::duration, 0, kHour, "How long running requests and deliveries may take to end at a stop.",
     [](Config& c) -> Target { return &c.server.drain; }},
    {"server", "public_url", Kind::url, 0, 0,
     "Where others reach this server, such as \"https://calls.example.com\": the URLs of inboxes begin with it, and "
     "with https the console's cookie is for https alone. Empty: the address that is listened on.",
     [](Config& c) -> Target { return &c.server.public_url; }},

    {"delivery", "retry_schedule", Kind::durations, kMillisecond, 30 * kDay,
     "Longest wait before each retry after 408, 425, 429, 5xx and network errors; the wait is drawn between 0 and it.",
     [](Config& c) -> Target { return &c.delivery.retry_schedule; }},
    {"delivery", "short_retry_schedule", Kind::durations, kMillisecond, 30 * kDay,
     "The same after any other 3xx and 4xx.", [](Config& c) -> Target { return &c.delivery.short_retry_schedule; }},
    {"delivery", "connect_timeout", Kind::duration, 10 * kMillisecond, 10 * kMinute,
     "How long a connection to a receiver may take.", [](Config& c) -> Target { return &c.delivery.connect_timeout; }},
    {"delivery", "timeout", Kind::duration, 10 * kMillisecond, 10 * kMinute,
     "How long a whole attempt may take, connecting and all.", [](Config& c) -> Target { return &c.delivery.timeout; }},
    {"delivery", "disable_after", Kind::duration, kMinute, 365 * kDay,
     "A receiver that has given nothing but failures for so long is disabled.",
     [](Config& c) -> Target { return &c.delivery.disable_after; }},
    {"delivery", "max_age", Kind::duration, kMinute, 365 * kDay,
     "A delivery as old is not tried again, and ended where nothing is sent to its receiver.",
     [](Config& c) -> Target { return &c.delivery.max_age; }},
    {"delivery", "response_cap", Kind::size, 0, 16 * kMiB, "How much of a receiver's answer is read and logged.",
     [](Config& c) -> Target { return &c.delivery.response_cap; }},
    {"delivery", "concurrency", Kind::integer, 1, 10'000, "Attempts at once to one receiver URL.",
     [](Config& c) -> Target { return &c.delivery.concurrency; }},
    {"delivery", "allow_http", Kind::flag, 0, 0, "Whether receivers may be plain http.",
     [](Config& c) -> Target { return &c.delivery.allow_http; }},
    {"delivery", "allow_addresses", Kind::networks, 0, 0,
     "Networks that may be dialled although they are private, loopback or otherwise special, such as \"10.20.0.0/16\".",
     [](Config& c) -> Target { return &c.delivery.allow_addresses; }},
    {"delivery", "proxy", Kind::proxy, 0, 0,
     "Proxy that all webhooks go out through, such as \"http://proxy.example.com:3128\". Of receivers' addresses only "
     "literal ones are judged then: the proxy resolves names.",
     [](Config& c) -> Target { return &c.delivery.proxy; }},
    {"delivery", "signature_header_compat", Kind::flag, 0, 0,
     "Whether the call-id signature is also sent as HTTP_SYNTHFLOW_SIGNATURE.",
     [](Config& c) -> Target { return &c.delivery.signature_header_compat; }},

    {"calls", "stuck_after", Kind::duration, kSecond, 30 * kDay,
     "A call without an event for so long is ended as failed.",
     [](Config& c) -> Target { return &c.calls.stuck_after; }},
    {"calls", "quiet_after_ended", Kind::duration, 0, kHour,
     "When an engine has announced more events after the end: how long without one until the call is evaluated.",
     [](Config& c) -> Target { return &c.calls.quiet_after_ended; }},
    {"calls", "take_within", Kind::duration, kSecond, kDay,
     "How long an engine of the kind relay may take to accept a call; then the call fails.",
     [](Config& c) -> Target { return &c.calls.take_within; }},
    {"calls", "inbound_timeout", Kind::duration, 10 * kMillisecond, kMinute,
     "How long an agent's inbound_call_webhook_url may take to answer one request; up to 3 more follow.",
     [](Config& c) -> Target { return &c.calls.inbound_timeout; }},

    {"limits", "key_requests", Kind::integer, 0, 1'000'000'000,
     "Requests of one API key in a window; more are answered with 429. 0: no limit.",
     [](Config& c) -> Target { return &c.limits.key_requests; }},
    {"limits", "workspace_requests", Kind::integer, 0, 1'000'000'000,
     "Requests of one workspace, over all its keys, in a window; more are answered with 429. 0: no limit.",
     [](Config& c) -> Target { return &c.limits.workspace_requests; }},
    {"limits", "window", Kind::duration, kSecond, kDay, "The window of both.",
     [](Config& c) -> Target { return &c.limits.window; }},

    {"model", "base_url", Kind::url, 0, 0,
     "Server of a language model that speaks the OpenAI protocol, such as \"http://127.0.0.1:8080/v1\"; empty: the "
     "rules "
     "answer.",
     [](Config& c) -> Target { return &c.model.base_url; }},
    {"model", "name", Kind::text, 0, 0, "The model's name on that server.",
     [](Config& c) -> Target { return &c.model.name; }},
    {"model", "api_key_file", Kind::file, 0, 0, "File that holds the server's key.",
     [](Config& c) -> Target { return &c.model.api_key_file; }},
    {"model", "api_key_env", Kind::text, 0, 0, "Environment variable that holds the server's key.",
     [](Config& c) -> Target { return &c.model.api_key_env; }},
    {"model", "deadline", Kind::duration, kSecond, kHour,
     "How long the model may take over a whole call; then the rules answer what it has not.",
     [](Config& c) -> Target { return &c.model.deadline; }},
    {"model", "timeout", Kind::duration, 100 * kMillisecond, kHour, "How long one request to the model may take.",
     [](Config& c) -> Target { return &c.model.timeout; }},
    {"model", "calls", Kind::integer, 1, 10'000, "Calls that are with the model at once.",
     [](Config& c) -> Target { return &c.model.calls; }},
    {"model", "concurrency", Kind::integer, 1, 10'000, "Requests at once to one server.",
     [](Config& c) -> Target { return &c.model.concurrency; }},
    {"model", "batch", Kind::integer, 1, 200, "Questions in one request; small models do better with 1.",
     [](Config& c) -> Target { return &c.model.batch; }},
    {"model", "window", Kind::size, 4 * kKiB, 4 * kMiB,
     "How much of a transcript one request holds; a longer one is asked about in parts.",
     [](Config& c) -> Target { return &c.model.window; }},
    {"model", "answer_cap", Kind::size, kKiB, 16 * kMiB, "Largest answer that is read; a longer one is refused.",
     [](Config& c) -> Target { return &c.model.answer_cap; }},
    {"model", "tokens_per_minute", Kind::integer, 0, 1'000'000'000, "Tokens a minute to one server; 0: no limit.",
     [](Config& c) -> Target { return &c.model.tokens_per_minute; }},
    {"model", "daily_tokens", Kind::integer, 0, 1'000'000'000'000,
     "Tokens a day (UTC) of all calls together; 0: no limit.",
     [](Config& c) -> Target { return &c.model.daily_tokens; }},
    {"model", "prompt_price", Kind::integer, 0, 100'000'000,
     "Price of a million prompt tokens, in hundredths (cents), to show costs with.",
     [](Config& c) -> Target { return &c.model.prompt_price; }},
    {"model", "completion_price", Kind::integer, 0, 100'000'000, "The same of a million tokens of answers.",
     [](Config& c) -> Target { return &c.model.completion_price; }},

    {"retention", "calls", Kind::duration, 0, kLongestKept,
     "How long calls are kept, with everything of them; 0s: for ever. Less than 1h counts as 1h.",
     [](Config& c) -> Target { return &c.retention.calls; }},
    {"retention", "logs", Kind::duration, 0, kLongestKept,
     "How long log entries of delivery attempts are kept, at most as long as their calls; 0s: as long as those.",
     [](Config& c) -> Target { return &c.retention.logs; }},
    {"retention", "max_bytes", Kind::size, 0, 1024 * 1024 * kGiB,
     "How large the database may grow; then the oldest goes first, and new calls are refused while nothing may go. 0: "
     "no limit.",
     [](Config& c) -> Target { return &c.retention.max_bytes; }},

    {"inbox", "max_requests", Kind::integer, 1, 10'000, "Requests kept in one inbox; the oldest goes first.",
     [](Config& c) -> Target { return &c.inbox.max_requests; }},
    {"inbox", "max_bytes", Kind::size, kKiB, kGiB, "Bytes kept in one inbox, compressed; the oldest goes first.",
     [](Config& c) -> Target { return &c.inbox.max_bytes; }},
    {"inbox", "max_age", Kind::duration, kMinute, kLongestKept, "How long requests are kept in an inbox.",
     [](Config& c) -> Target { return &c.inbox.max_age; }},
    {"inbox", "max_body", Kind::size, 0, 16 * kMiB, "How much of the body of a request is kept in an inbox.",
     [](Config& c) -> Target { return &c.inbox.max_body; }},

    {"simulator", "ring", Kind::duration, 0, kHour, "How long the simulated telephone rings.",
     [](Config& c) -> Target { return &c.simulator.ring; }},
    {"simulator", "turn", Kind::duration, 0, kHour, "The pause between the turns of a simulated call.",
     [](Config& c) -> Target { return &c.simulator.turn; }},
    {"simulator", "scenario", Kind::file, 0, 0,
     "File of the scenario, in JSON, for agents that have none of their own. Empty: the default conversation.",
     [](Config& c) -> Target { return &c.simulator.scenario; }},

    {"log", "level", Kind::level, 0, 0, "How much is logged.", [](Config& c) -> Target { return &c.log.level; }},
});

constexpr std::array<std::string_view, 5> kLevels{"debug", "info", "warning", "error", "off"};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::string quoted(std::string_view text) { return to_text(json::value(text)); }

std::string number_text(Kind kind, std::int64_t number) {
  switch (kind) {
    case Kind::duration:
    case Kind::durations: return format_duration(number);
    case Kind::size: return format_size(number);
    default: return std::to_string(number);
  }
}

/// What would be right, for error messages and for the comments of a printed file.
std::string expected(const Setting& setting) {
  const std::string range =
      " from " + number_text(setting.kind, setting.min) + " to " + number_text(setting.kind, setting.max);
  switch (setting.kind) {
    case Kind::folder: return "a path";
    case Kind::file: return "a path, or \"\"";
    case Kind::url: return "an http or https URL without a query, or \"\"";
    case Kind::proxy: return "the URL of an http proxy with its port, or \"\"";
    case Kind::database: return "a postgres:// URL, or \"\"";
    case Kind::text: return "a text";
    case Kind::listen: return "an address and port such as \"127.0.0.1:8787\" or \"[::1]:8787\"";
    case Kind::integer: return "a whole number" + range;
    case Kind::size: return "a size such as \"64KiB\" or \"4MiB\", or a number of bytes," + range;
    case Kind::flag: return "true or false";
    case Kind::duration: return "a duration such as \"200ms\", \"5s\", \"2m\", \"1h\" or \"1d\"," + range;
    case Kind::durations: return "a list of durations such as [\"5s\", \"2m\", \"1h\"], each" + range;
    case Kind::networks: return "a list of networks such as [\"10.20.0.0/16\", \"::1/128\"]";
    case Kind::level: return "one of debug, info, warning, error, off";
  }
  return {};
}

/// Applies one value; a part of it that is wrong is named by its own place.
class Application {
 public:
  Application(const Setting& setting, Config& config, std::vector<FieldError>& problems)
      : setting_(setting), target_(setting.target(config)), problems_(problems) {}

  void apply(const SettingValue& value) {
    switch (setting_.kind) {
      case Kind::folder:
      case Kind::file: return path(value);
      case Kind::url: return url(value);
      case Kind::proxy: return proxy(value);
      case Kind::database: return database(value);
      case Kind::text:
        if (value.kind != SettingValue::Kind::text || value.text.size() > kMaxText) return wrong(value);
        *std::get<std::string*>(target_) = value.text;
        return;
      case Kind::listen: return listen(value);
      case Kind::integer:
      case Kind::size:
      case Kind::duration:
        if (const auto found = number(value)) *std::get<std::int64_t*>(target_) = *found;
        return;
      case Kind::flag:
        if (value.kind != SettingValue::Kind::flag) return wrong(value);
        *std::get<bool*>(target_) = value.flag;
        return;
      case Kind::durations: return durations(value);
      case Kind::networks: return networks(value);
      case Kind::level: return level(value);
    }
  }

 private:
  void wrong(const SettingValue& value) { say(value, "must be " + expected(setting_) + ", not " + value.shown); }

  void say(const SettingValue& value, const std::string& words) {
    problems_.push_back({value.place, setting_.name() + " " + words});
  }

  // What is wrong is said without the value: it may hold a password.
  void proxy(const SettingValue& value) {
    const auto fine = value.kind == SettingValue::Kind::text ? check_proxy(value.text) : fail(Code::invalid, "", "");
    if (!value.text.empty() && !fine) return say(value, "must be " + expected(setting_));
    *std::get<std::string*>(target_) = value.text;
  }

  // As with a proxy, and so that a path is not taken for a database by mistake.
  void database(const SettingValue& value) {
    const bool fine = value.kind == SettingValue::Kind::text && (value.text.empty() || is_postgres_url(value.text));
    if (!fine) return say(value, "must be " + expected(setting_));
    *std::get<std::string*>(target_) = value.text;
  }

  void url(const SettingValue& value) {
    const bool text = value.kind == SettingValue::Kind::text;
    const auto parsed = text ? parse_url(value.text) : fail(Code::invalid, "", "");
    const bool fine = parsed && parsed->target.find('?') == std::string::npos;
    if (!text || (!value.text.empty() && !fine)) return wrong(value);
    auto& target = *std::get<std::string*>(target_);
    target = value.text.empty() ? "" : parsed->text;
    while (target.ends_with('/')) target.pop_back();
  }

  void path(const SettingValue& value) {
    const bool nothing =
        value.kind != SettingValue::Kind::text || (value.text.empty() && setting_.kind == Kind::folder);
    if (nothing || value.text.find('\0') != std::string::npos) return wrong(value);
    *std::get<std::string*>(target_) = value.text;
  }

  void listen(const SettingValue& value) {
    if (!parse_listen(value.text)) return wrong(value);
    *std::get<std::string*>(target_) = value.text;
  }

  std::optional<std::int64_t> number(const SettingValue& value) {
    const bool whole = value.kind == SettingValue::Kind::integer;
    std::optional<std::int64_t> found;
    if (setting_.kind == Kind::integer || (setting_.kind == Kind::size && whole)) {
      if (whole) found = value.integer;
    } else {
      found = setting_.kind == Kind::size ? parse_size(value.text) : parse_duration(value.text);
    }
    if (found && *found >= setting_.min && *found <= setting_.max) return found;
    wrong(value);
    return {};
  }

  bool is_list(const SettingValue& value) {
    if (value.kind != SettingValue::Kind::list) {
      wrong(value);
    } else if (value.elements.size() > kMaxElements) {
      say(value, "has more than " + std::to_string(kMaxElements) + " elements");
    } else {
      return true;
    }
    return false;
  }

  void durations(const SettingValue& value) {
    if (!is_list(value)) return;
    if (value.elements.empty()) return say(value, "must not be empty: it says when a failed delivery is tried again");
    std::vector<std::int64_t> found;
    const std::size_t before = problems_.size();
    for (const SettingValue& element : value.elements) found.push_back(number(element).value_or(0));
    if (problems_.size() == before) *std::get<std::vector<std::int64_t>*>(target_) = std::move(found);
  }

  void networks(const SettingValue& value) {
    if (!is_list(value)) return;
    std::vector<std::string> found;
    const std::size_t before = problems_.size();
    for (const SettingValue& element : value.elements) {
      const auto known = AddressPolicy::with_allowed({element.text});
      if (!known) say(element, "must be " + expected(setting_) + "; there stands " + element.shown);
      found.push_back(element.text);
    }
    if (problems_.size() == before) *std::get<std::vector<std::string>*>(target_) = std::move(found);
  }

  void level(const SettingValue& value) {
    const auto* found = std::find(kLevels.begin(), kLevels.end(), value.text);
    if (found == kLevels.end()) return wrong(value);
    *std::get<LogLevel*>(target_) = static_cast<LogLevel>(found - kLevels.begin());
  }

  const Setting& setting_;
  const Target target_;
  std::vector<FieldError>& problems_;
};

/// Writes a value as TOML.
struct Printer {
  Kind kind;

  std::string operator()(const std::string* text) const {
    if (kind == Kind::database && !text->empty()) return quoted(without_password(*text));
    const std::size_t at = kind == Kind::proxy ? text->rfind('@') : std::string::npos;
    // The user and the password of a proxy are not shown.
    return quoted(at == std::string::npos ? *text : "http://***" + text->substr(at));
  }
  std::string operator()(const std::int64_t* number) const {
    const std::string text = number_text(kind, *number);
    return kind == Kind::integer ? text : quoted(text);
  }
  std::string operator()(const bool* flag) const { return *flag ? "true" : "false"; }
  std::string operator()(const LogLevel* level) const { return quoted(kLevels[static_cast<std::size_t>(*level)]); }
  std::string operator()(const std::vector<std::int64_t>* numbers) const {
    return list(*numbers, [this](std::int64_t number) { return number_text(kind, number); });
  }
  std::string operator()(const std::vector<std::string>* texts) const {
    return list(*texts, [](const std::string& text) { return text; });
  }

  template <class T, class Text>
  static std::string list(const std::vector<T>& elements, Text text) {
    std::string out;
    for (const auto& element : elements) out += (out.empty() ? "" : ", ") + quoted(text(element));
    return "[" + out + "]";
  }
};

}  // namespace

std::string Setting::name() const {
  return section.empty() ? std::string(key) : std::string(section) + "." + std::string(key);
}

std::string Setting::variable() const {
  std::string out = "WRAPUP_";
  for (const char c : name()) out += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

std::span<const Setting> settings() { return kSettings; }

SettingValue setting_value(const Setting& setting, std::string place, std::string_view text) {
  SettingValue value{SettingValue::Kind::text, std::move(place), std::string(text), quoted(text), 0, false, {}};
  if (setting.kind == Kind::flag && (text == "true" || text == "false")) {
    value.kind = SettingValue::Kind::flag;
    value.flag = text == "true";
  } else if (setting.kind == Kind::integer || setting.kind == Kind::size) {
    const auto number = parse_whole_number(text);
    if (number) value.kind = SettingValue::Kind::integer;
    value.integer = number.value_or(0);
  } else if (setting.kind == Kind::durations || setting.kind == Kind::networks) {
    value.kind = SettingValue::Kind::list;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t comma = rest.find(',');
      const std::string element(trimmed(rest.substr(0, comma)));
      value.elements.push_back({SettingValue::Kind::text, value.place, element, quoted(element), 0, false, {}});
      rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    }
  }
  return value;
}

void apply_setting(const Setting& setting, const SettingValue& value, Config& config,
                   std::vector<FieldError>& problems) {
  Application(setting, config, problems).apply(value);
}

std::string print_config(const Config& config) {
  Config effective = config;  // a target is writable
  Config defaults;
  std::string out =
      "# The configuration of wrapup as it is in effect. Flags win over the environment, the environment over the "
      "file.\n";
  std::string_view section;
  for (const Setting& setting : kSettings) {
    if (setting.section != section) {
      section = setting.section;
      out += "\n[" + std::string(section) + "]\n";
    }
    const std::string value = std::visit(Printer{setting.kind}, setting.target(effective));
    const std::string standard = std::visit(Printer{setting.kind}, setting.target(defaults));
    out += "\n# " + std::string(setting.help) + "\n# " + setting.variable() + ": " + expected(setting);
    if (value != standard) out += "; default " + standard;
    out += "\n" + std::string(setting.key) + " = " + value + "\n";
  }
  return out;
}

}  // namespace wrapup
