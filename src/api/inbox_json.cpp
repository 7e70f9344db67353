#include "api/inbox_json.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/time.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

std::string text_in(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

// A name that stands twice has its values joined (RFC 9110, section 5.3).
void write_headers(JsonWriter& out, const Headers& headers) {
  std::vector<std::pair<std::string_view, std::string>> joined;
  for (const auto& [name, value] : headers) {
    const auto known = std::find_if(joined.begin(), joined.end(), [&](const auto& pair) { return pair.first == name; });
    if (known == joined.end()) {
      joined.emplace_back(name, value);
    } else {
      known->second += ", " + value;
    }
  }
  out.key("headers").begin_object();
  for (const auto& [name, value] : joined) out.member(name, value);
  out.end_object();
}

}  // namespace

std::string to_text(const InboxHead& head) {
  std::string text;
  JsonWriter out(text);
  out.begin_object().member("method", valid_utf8(head.method)).member("path", valid_utf8(head.path));
  out.member("query", valid_utf8(head.query)).member("peer", head.peer).member("signature", head.signature);
  out.member("body_truncated", head.body_truncated).key("headers").begin_array();
  for (const auto& [name, value] : head.headers)
    out.begin_array().string(valid_utf8(name)).string(valid_utf8(value)).end_array();
  out.end_array().end_object();
  return text;
}

InboxHead read_inbox_head(const InboxRequest& request) {
  InboxHead head;
  const auto parsed = parse_json(request.head);
  if (!parsed || !parsed->is_object()) return head;
  const auto& object = parsed->get_object();
  head.method = text_in(object, "method");
  head.path = text_in(object, "path");
  head.query = text_in(object, "query");
  head.peer = text_in(object, "peer");
  const auto* signature = object.if_contains("signature");
  if (signature && signature->is_object()) head.signature = signature->get_object();
  const auto* cut = object.if_contains("body_truncated");
  head.body_truncated = cut && cut->is_bool() && cut->get_bool();
  const auto* headers = object.if_contains("headers");
  for (const auto& pair : headers && headers->is_array() ? headers->get_array() : json::array()) {
    const auto* both = pair.if_array();
    if (both && both->size() == 2 && (*both)[0].is_string() && (*both)[1].is_string())
      head.headers.emplace_back(std::string((*both)[0].get_string()), std::string((*both)[1].get_string()));
  }
  return head;
}

void write_inbox_summary(JsonWriter& out, const InboxRequest& request, const InboxHead& head) {
  out.member("id", request.request_id).member("token", request.token).member("at", format_utc(request.at));
  out.member("method", head.method).member("path", head.path).member("query", head.query);
  out.member("peer", head.peer).member("size", request.size).key("answered");
  request.answered ? out.integer(*request.answered) : out.null();
  out.member("signature", head.signature);
}

void write_inbox_request(JsonWriter& out, const InboxRequest& request, std::size_t most) {
  const InboxHead head = read_inbox_head(request);
  out.begin_object();
  write_inbox_summary(out, request, head);
  write_headers(out, head.headers);
  const bool text = is_utf8(request.body);
  const std::string_view shown =
      text ? utf8_beginning(request.body, most) : std::string_view(request.body).substr(0, most);
  text ? out.member("body", shown) : out.member("body", base64_encode(shown));
  out.member("body_encoding", text ? "utf-8" : "base64");
  out.member("body_truncated", head.body_truncated || shown.size() < request.body.size()).end_object();
}

}  // namespace wrapup
