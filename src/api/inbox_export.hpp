// Requests in inboxes for other programs: an HTTP archive, and a command for a shell. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/inbox.hpp"

namespace wrapup {

inline constexpr std::int64_t kMostExported = 10'000;

/// HAR 1.2. `url`: of the inbox. Bodies that are no text are base64, as in `content` of that format.
std::string har_of(const std::vector<InboxRequest>& requests, const std::string& url);

/// A curl command that sends the same bytes again. Whatever the request holds stays data of that command: it is quoted
/// for a POSIX shell, and a body that is no plain text goes through base64.
std::string curl_of(const InboxRequest& request, const std::string& url);

}  // namespace wrapup
