#include "net/reply_head.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace wrapup {

namespace {

/// Statuses that are in use here; the phrase is for people and may be empty (RFC 9112, section 4).
std::string_view reason(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 507: return "Insufficient Storage";
    default: return {};
  }
}

bool fits_in_a_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

std::string http_date(std::int64_t second) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds at{std::chrono::seconds(second)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[std::chrono::weekday(day).c_encoding()],
                static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text;
}

void append_reply_head(std::string& out, const ServerReply& reply, std::string_view date, std::string_view connection) {
  const bool bodyless = reply.status == 204 || reply.status == 304;
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::size_t>(reply.status));
  out.append(" ").append(reason(reply.status)).append("\r\nDate: ").append(date).append("\r\n");
  if (!bodyless) {
    const bool has_body = !reply.body.empty() || reply.stream;
    if (has_body && !reply.content_type.empty() && !find_header(reply.headers, "Content-Type")) {
      out.append("Content-Type: ").append(reply.content_type).append("\r\n");
    }
    if (!reply.stream) {
      out += "Content-Length: ";
      append_number(out, reply.body.size());
      out += "\r\n";
    }
  }
  for (const auto& [name, value] : reply.headers) {
    if (!fits_in_a_line(name) || !fits_in_a_line(value)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!connection.empty()) out.append("Connection: ").append(connection).append("\r\n");
  out += "\r\n";
}

}  // namespace wrapup
