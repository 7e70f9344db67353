#include "model/inbox.hpp"

#include <algorithm>
#include <array>

#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxHeaders = 20;
constexpr std::size_t kMaxHeaderValue = 1000;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

constexpr std::array<std::string_view, 4> kTypes{"text/plain", "application/json", "application/problem+json",
                                                 "application/octet-stream"};
constexpr std::array<std::string_view, 7> kPlain{
    "retry-after", "location", "etag", "cache-control", "last-modified", "server", "www-authenticate"};
// Of the names that begin with x- those that browsers and proxies act on.
constexpr std::array<std::string_view, 6> kActedOn{"x-accel-",   "x-sendfile", "x-lighttpd-",
                                                   "x-reproxy-", "x-frame-",   "x-content-type-options"};

}  // namespace

std::string inbox_header_problem(std::string_view name, std::string_view value) {
  const std::string low = lower(name);
  if (!is_token(name) || name.size() > 100) return "is not the name of a header";
  const bool line = std::all_of(value.begin(), value.end(), [](char c) { return c == '\t' || (c >= ' ' && c <= '~'); });
  if (!line || value.size() > kMaxHeaderValue) return "must be at most 1000 characters of ASCII on one line";
  if (low == "content-type") {
    const std::string type = lower(value.substr(0, value.find(';')));
    const bool known = std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
    return known ? "" : "must be text/plain, application/json, application/problem+json or application/octet-stream";
  }
  if (std::find(kPlain.begin(), kPlain.end(), low) != kPlain.end()) return {};
  const bool acted_on =
      std::any_of(kActedOn.begin(), kActedOn.end(), [&](std::string_view begin) { return low.starts_with(begin); });
  if (low.starts_with("x-") && !acted_on) return {};
  return "is not a header that an inbox answers with: Content-Type, Retry-After, Location, ETag, Cache-Control, "
         "Last-Modified, Server, WWW-Authenticate, and X-… but for those that proxies act on";
}

InboxAnswer read_inbox_answer(const json::object& answer, const std::string& path, std::vector<FieldError>& errors) {
  Fields fields(answer, path, errors);
  InboxAnswer out;
  out.status = fields.integer("status", 200, 599).value_or(200);
  out.delay_ms = fields.integer("delay_ms", 0, kLongestInboxDelayMs).value_or(0);
  out.body = fields.text("body", kLargestInboxAnswer).value_or("");
  out.times = fields.integer("times", 1, 1'000'000);
  const auto* headers = fields.object("headers");
  if (headers && headers->size() > kMaxHeaders) fields.wrong("headers", "has more than 20 members");
  for (const auto& [name, value] : headers ? *headers : json::object()) {
    const std::string place = path + "/headers/" + std::string(name);
    const auto* text = value.if_string();
    const std::string problem = text ? inbox_header_problem(name, *text) : "must be a string";
    if (!problem.empty()) errors.push_back({std::string(utf8_beginning(place, 200)), problem});
    if (text) out.headers.emplace_back(name, *text);
  }
  fields.done();
  return out;
}

json::object to_json(const InboxAnswer& answer) {
  json::object headers;
  for (const auto& [name, value] : answer.headers) headers[name] = value;
  json::object out{
      {"status", answer.status}, {"delay_ms", answer.delay_ms}, {"headers", std::move(headers)}, {"body", answer.body}};
  if (answer.times) out["times"] = *answer.times;
  return out;
}

}  // namespace wrapup
