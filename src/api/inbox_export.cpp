#include "api/inbox_export.hpp"

#include <algorithm>
#include <array>

#include "api/inbox_json.hpp"
#include "base/crypto.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"
#include "base/version.hpp"

namespace wrapup {

namespace {

std::string whole_url(const InboxHead& head, const std::string& url) {
  return url + head.path + (head.query.empty() ? "" : "?" + head.query);
}

void write_entry(JsonWriter& out, const InboxRequest& request, const std::string& url) {
  const InboxHead head = read_inbox_head(request);
  out.begin_object().member("startedDateTime", format_utc(request.at)).member("time", 0);
  out.key("request").begin_object().member("method", head.method).member("url", whole_url(head, url));
  out.member("httpVersion", "HTTP/1.1").key("cookies").begin_array().end_array();
  out.key("headers").begin_array();
  for (const auto& [name, value] : head.headers)
    out.begin_object().member("name", name).member("value", value).end_object();
  out.end_array().key("queryString").begin_array().end_array();
  const auto* type = find_header(head.headers, "Content-Type");
  const bool text = is_utf8(request.body);
  out.key("postData").begin_object().member("mimeType", type ? *type : std::string());
  out.key("params").begin_array().end_array();
  out.member("text", text ? request.body : base64_encode(request.body));
  if (!text) out.member("encoding", "base64");
  out.end_object().member("headersSize", -1).member("bodySize", request.size).end_object();
  out.key("response").begin_object().member("status", request.answered.value_or(0)).member("statusText", "");
  out.member("httpVersion", "HTTP/1.1").key("cookies").begin_array().end_array().key("headers").begin_array();
  out.end_array().key("content").begin_object().member("size", 0).member("mimeType", "").end_object();
  out.member("redirectURL", "").member("headersSize", -1).member("bodySize", -1).end_object();
  out.key("cache").begin_object().end_object();
  out.key("timings").begin_object().member("send", 0).member("wait", 0).member("receive", 0).end_object().end_object();
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t' || (c >= ' ' && c <= '~'); });
}

bool is_line(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// What curl makes itself, and what belonged to the connection.
bool is_made_anew(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kNames{"host",       "content-length", "connection",
                                                          "keep-alive", "expect",         "transfer-encoding"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view known) {
    return find_header({{std::string(known), ""}}, name) != nullptr;
  });
}

}  // namespace

std::string har_of(const std::vector<InboxRequest>& requests, const std::string& url) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().key("log").begin_object().member("version", "1.2");
  out.key("creator").begin_object().member("name", "wrapup").member("version", std::string(kProgramVersion));
  out.end_object().key("entries").begin_array();
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) write_entry(out, *request, url);
  out.end_array().end_object().end_object();
  return text;
}

std::string curl_of(const InboxRequest& request, const std::string& url) {
  const InboxHead head = read_inbox_head(request);
  const bool plain = is_plain(request.body);
  std::string out;
  if (!plain) out = "printf %s " + quoted(base64_encode(request.body)) + " | base64 -d | ";
  out += "curl -sS -i --globoff -X " + quoted(is_line(head.method) ? head.method : "POST");
  const std::string target = whole_url(head, url);
  out += " --url " + quoted(is_line(target) ? target : url);
  for (const auto& [name, value] : head.headers) {
    // A header that is no line of ASCII would be no header to curl either.
    if (is_made_anew(name) || !is_line(name) || !is_line(value)) continue;
    out += " \\\n  -H " + quoted(name + (value.empty() ? ";" : ": " + value));
  }
  if (!request.body.empty()) out += plain ? " \\\n  --data-raw " + quoted(request.body) : " \\\n  --data-binary @-";
  return out + "\n";
}

}  // namespace wrapup
