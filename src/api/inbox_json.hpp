// Requests in inboxes as JSON. What they hold came from outside: it leaves as strings in JSON and as nothing else.
#pragma once

#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/inbox.hpp"
#include "net/http.hpp"

namespace wrapup {

/// How much of a body a list shows.
inline constexpr std::size_t kListedBody = 64 * 1024;

/// The parts of InboxRequest::head.
struct InboxHead {
  std::string method;
  std::string path;  // behind the token: "" or "/…"
  std::string query;
  std::string peer;
  Headers headers;
  json::object signature;
  bool body_truncated = false;
};
std::string to_text(const InboxHead& head);
/// What is damaged is empty.
InboxHead read_inbox_head(const InboxRequest& request);

/// The members of a request but its headers and body.
void write_inbox_summary(JsonWriter& out, const InboxRequest& request, const InboxHead& head);
/// All members; of the body at most `most` bytes.
void write_inbox_request(JsonWriter& out, const InboxRequest& request, std::size_t most);

}  // namespace wrapup
