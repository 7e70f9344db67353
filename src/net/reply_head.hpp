// The head of an HTTP/1.1 reply as bytes. Used by the server for each reply; pure functions of what is passed in.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/http_server.hpp"

namespace wrapup {

/// IMF-fixdate (RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". `second` counts from 1970.
std::string http_date(std::int64_t second);

/// Appends status line and headers with the empty line after them. Content-Length is that of `reply.body`, sent or not.
/// `connection` is the value of the Connection header, or empty for none. A header that would break out of its line is
/// left out.
void append_reply_head(std::string& out, const ServerReply& reply, std::string_view date, std::string_view connection);

}  // namespace wrapup
