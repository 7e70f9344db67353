// PostgreSQL (13 or later) through libpq, in pipeline mode: prepared statements, binary values. A connection that broke
// is made anew by the next begin(), with back-off in between; what ran on it is rolled back by the server. Every wait
// is bounded, also for a server that has stopped answering.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup::sql {

struct PostgresOptions {
  bool write = true;
  bool durable = true;  // false: commits do not wait for the disk; for tests only
  Duration statement_timeout = 30 * kSecond;
  Duration idle_timeout = 3 * kSecond;  // of a transaction whose program has stopped: the server ends it
  bool any_server = false;              // a standby does as well, and is preferred
};

/// Connects. `url` is a connection URI of libpq (PostgreSQL documentation, 34.1.1.2), with its options for TLS and
/// several hosts. `storage_unavailable` when the server cannot be reached or refuses; `invalid_config` when the URL is
/// not understood or the database does not hold UTF-8.
Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, PostgresOptions options = {});

/// Hears what is said with pg_notify on one channel. Its own connection and thread; connects again by itself.
class PostgresListener {
 public:
  /// On the listener's thread: each text that was said, and "" after each time that it had to connect, when something
  /// may have been missed.
  using Heard = std::function<void(std::string_view)>;
  PostgresListener(std::string url, std::string channel, Heard heard);
  PostgresListener(const PostgresListener&) = delete;
  PostgresListener& operator=(const PostgresListener&) = delete;
  ~PostgresListener();

 private:
  void run();
  bool pause(std::chrono::milliseconds length);

  const std::string url_;
  const std::string channel_;
  const Heard heard_;
  int stop_ = -1;  // an eventfd that can be read when it is to stop
  std::thread thread_;
};

}  // namespace wrapup::sql
