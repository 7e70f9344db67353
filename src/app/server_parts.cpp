#include "app/server_parts.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/data_folder.hpp"
#include "app/signature_verdict.hpp"
#include "app/text_file.hpp"
#include "voice/script.hpp"

namespace wrapup {

namespace {

std::chrono::milliseconds millis(Duration span) { return std::chrono::milliseconds(span / kMillisecond); }

}  // namespace

Status lock_folder(const std::string& folder) {
  if (auto made = make_data_folder(folder); !made) return made;
  const int file = ::open((folder + "/wrapup.lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return fail(Code::unavailable, "data_folder", "cannot write to the data folder " + folder);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    ::close(file);
    return fail(
        Code::unavailable, "data_folder_in_use",
        "the data folder " + folder + " is in use by another wrapup; stop that one, or give this one another --data");
  }
  return {};  // the file stays open until the process ends
}

Status take_folder(const Config& config) {
  return config.read_only ? check_database(config) : lock_folder(config.data);
}

Result<AddressPolicy> address_policy(const Config& config, bool dev) {
  std::vector<std::string> allowed = config.delivery.allow_addresses;
  if (dev) allowed.insert(allowed.end(), {"127.0.0.0/8", "::1/128"});
  return AddressPolicy::with_allowed(allowed);
}

Dispatcher::Settings delivery_settings(const Config& config, const OwnInboxes& own) {
  Dispatcher::Settings settings;
  settings.lane.retry.schedule = config.delivery.retry_schedule;
  settings.lane.retry.short_schedule = config.delivery.short_retry_schedule;
  settings.lane.retry.max_age = config.delivery.max_age;
  settings.lane.disable_after = config.delivery.disable_after;
  settings.lane.connect_timeout = config.delivery.connect_timeout;
  settings.lane.timeout = config.delivery.timeout;
  settings.lane.concurrency = static_cast<std::size_t>(config.delivery.concurrency);
  settings.reply_cap = static_cast<std::size_t>(config.delivery.response_cap);
  settings.compat_header = config.delivery.signature_header_compat;
  settings.own = &own;
  return settings;
}

InboxServices inbox_services(const Config& config, const OwnInboxes& own, const SecretBox& secrets) {
  const InboxLimits limits{config.inbox.max_requests, config.inbox.max_bytes, config.inbox.max_age};
  return {own, limits, config.inbox.max_body,
          [&secrets](const std::vector<SigningSecret>& live, const Headers& headers, std::string_view body,
                     Timestamp now) { return signature_verdict(live, secrets, headers, body, now); }};
}

ServerLimits server_limits(const Config& config) {
  ServerLimits limits;
  limits.body_bytes = static_cast<std::size_t>(config.server.max_body);
  limits.connections = static_cast<std::size_t>(config.server.max_connections);
  limits.request_time = millis(config.server.request_timeout);
  limits.idle_time = millis(config.server.idle_timeout);
  return limits;
}

Fleet::Settings fleet_settings(const Config& config, std::string name) {
  Fleet::Settings settings;
  settings.database = config.database;
  settings.name = std::move(name);
  return settings;
}

AsyncStore::Options store_options(const Config& config, std::string name, Metrics& metrics) {
  AsyncStore::Options options;
  options.node = std::move(name);
  options.database = database_of(config);
  options.read_only = config.read_only;
  options.on_group = [&metrics](std::size_t writes) { metrics.commit_writes.Observe(static_cast<double>(writes)); };
  options.on_failure = [&metrics] { metrics.commits_failed.Increment(); };
  return options;
}

Result<json::value> read_scenario(const std::string& path) {
  if (path.empty()) return json::value(nullptr);
  const auto said = [&](const std::string& why) {
    return fail(Code::invalid, "invalid_config", "simulator.scenario: " + path + " " + why);
  };
  const auto text = read_text_file(path, 4 << 20);
  if (!text) return said(text.error().message);
  auto scenario = parse_json(*text);
  if (!scenario) return said(scenario.error().message);
  if (const auto wrong = check_scenario(*scenario); !wrong.empty()) return said(wrong);
  return scenario;
}

}  // namespace wrapup
