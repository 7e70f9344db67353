// Inboxes: URLs of this server that store what is sent to them and answer as they are told, for the development of
// receivers. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/fields.hpp"
#include "base/json.hpp"

namespace wrapup {

/// What an inbox answers.
struct InboxAnswer {
  std::int64_t status = 200;
  std::int64_t delay_ms = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::int64_t> times;  // so many requests get it, then those that follow get 200; nothing: all of them
};

inline constexpr std::int64_t kLongestInboxDelayMs = 60'000;
inline constexpr std::size_t kLargestInboxAnswer = 64 * 1024;

/// Reads `answer` as clients write it, and as to_json() does.
InboxAnswer read_inbox_answer(const json::object& answer, const std::string& path, std::vector<FieldError>& errors);
json::object to_json(const InboxAnswer& answer);

/// Why an inbox must not answer with this header; empty when it may. An inbox shares its origin with the console:
/// nothing that it answers may run there, set cookies or steer a proxy.
std::string inbox_header_problem(std::string_view name, std::string_view value);

struct Inbox {
  std::string workspace_id;
  std::string token;
  std::string name;
  InboxAnswer answer;
  std::optional<std::int64_t> answers_left;  // of answer.times
  Timestamp created_at = 0;
};

/// What is in it.
struct InboxUse {
  std::int64_t requests = 0;
  std::int64_t bytes = 0;
  std::optional<Timestamp> last_at;
};

struct InboxRequest {
  std::string workspace_id;
  std::string token;
  std::string request_id;
  Timestamp at = 0;
  std::int64_t size = 0;                 // of the body as it came
  std::optional<std::int64_t> answered;  // status; nothing while nobody answered
  std::string head;                      // JSON: method, path, query, peer, headers as [[name, value]], signature
  std::string body;                      // cut where it was too large
};

struct InboxLimits {
  std::int64_t requests = 500;
  std::int64_t bytes = 16 * 1024 * 1024;
  Duration age = 7 * kDay;
};

}  // namespace wrapup
