// The configuration: defaults that work without a file, a TOML file, the environment, flags; the later wins. Read once,
// at the start of a command, and passed on by constructor. The only place that reads the environment. Everything that
// is wrong is reported at once, each with its place: "wrapup.toml:3:5", "WRAPUP_LISTEN", "--listen".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "model/delivery.hpp"
#include "model/inbox.hpp"

namespace wrapup {

/// What each setting is for, its bounds and its unit are said in app/settings.cpp; sizes are in bytes.
struct Config {
  std::string data = "./wrapup-data";
  std::string database;  // empty: SQLite in the data folder
  bool read_only = false;
  std::string listen = "127.0.0.1:8787";
  std::string master_key_file;  // empty: master.key in the data folder
  std::string master_key;       // of WRAPUP_MASTER_KEY alone: no setting, so that it is printed nowhere

  struct Server {
    std::int64_t max_body = 4 * 1024 * 1024;
    std::int64_t max_connections = 4096;
    Duration request_timeout = 30 * kSecond;
    Duration idle_timeout = 75 * kSecond;
    Duration drain = 10 * kSecond;
    std::string public_url;
  } server;

  struct Delivery {
    std::vector<Duration> retry_schedule = RetryPolicy().schedule;
    std::vector<Duration> short_retry_schedule = RetryPolicy().short_schedule;
    Duration connect_timeout = 5 * kSecond;
    Duration timeout = 15 * kSecond;
    Duration disable_after = 5 * kDay;
    Duration max_age = RetryPolicy().max_age;
    std::int64_t response_cap = 64 * 1024;
    std::int64_t concurrency = 8;
    bool allow_http = false;
    std::vector<std::string> allow_addresses;
    std::string proxy;
    bool signature_header_compat = false;
  } delivery;

  struct Calls {
    Duration stuck_after = 4 * kHour;
    Duration quiet_after_ended = 10 * kSecond;
    Duration take_within = 2 * kMinute;
    Duration inbound_timeout = 10 * kSecond;
  } calls;

  struct Limits {
    std::int64_t key_requests = 0;
    std::int64_t workspace_requests = 0;
    Duration window = kMinute;
  } limits;

  struct Model {
    std::string base_url;
    std::string name;
    std::string api_key_file;
    std::string api_key_env;
    std::string api_key;  // what these two name: no setting, so that it is printed nowhere
    Duration deadline = 2 * kMinute;
    Duration timeout = kMinute;
    std::int64_t calls = 16;
    std::int64_t concurrency = 4;
    std::int64_t batch = 50;
    std::int64_t window = 96 * 1024;
    std::int64_t answer_cap = 1024 * 1024;
    std::int64_t tokens_per_minute = 0;
    std::int64_t daily_tokens = 0;
    std::int64_t prompt_price = 0;
    std::int64_t completion_price = 0;
  } model;

  struct Retention {
    Duration calls = 90 * kDay;
    Duration logs = 30 * kDay;
    std::int64_t max_bytes = 0;
  } retention;

  struct Inbox {
    std::int64_t max_requests = InboxLimits().requests;
    std::int64_t max_bytes = InboxLimits().bytes;
    Duration max_age = InboxLimits().age;
    std::int64_t max_body = 1024 * 1024;
  } inbox;

  struct Simulator {
    Duration ring = 200 * kMillisecond;
    Duration turn = 120 * kMillisecond;
    std::string scenario;  // file; empty: none
  } simulator;

  struct Log {
    LogLevel level = LogLevel::info;
  } log;
};

using Environment = std::map<std::string, std::string>;

/// The environment of this process.
Environment read_environment();

struct ConfigSources {
  std::string file;  // empty: none
  Environment environment;
  std::vector<std::pair<std::string, std::string>>
      flags;  // name of a setting and its text; said as "--<name>" in errors
};

/// `invalid`, name "invalid_config": every problem in `fields`, its `path` being the place; all of them, a line each,
/// in the message.
Result<Config> load_config(const ConfigSources& sources);

}  // namespace wrapup
