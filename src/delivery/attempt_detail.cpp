#include "delivery/attempt_detail.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

void write_text(JsonWriter& out, std::string_view text) {
  if (is_utf8(text)) {
    out.string(text);
  } else {
    out.string(valid_utf8(text));
  }
}

void write_header(JsonWriter& out, std::string_view name, std::string_view value) {
  out.begin_array();
  write_text(out, name);
  write_text(out, value);
  out.end_array();
}

}  // namespace

std::string shown_headers(const HttpRequest& request, const std::vector<EndpointHeader>& own) {
  std::string text;
  text.reserve(768);
  JsonWriter out(text);
  out.begin_array();
  for (const auto& [name, value] : request.headers) {
    const bool secret = std::any_of(own.begin(), own.end(), [&name = name](const EndpointHeader& header) {
      return header.secret && header.name == name;
    });
    write_header(out, name, secret ? std::string_view("***") : std::string_view(value));
  }
  if (request.body) write_header(out, "Content-Length", std::to_string(request.body->size()));
  out.end_array();
  return text;
}

std::string attempt_detail(std::string_view shown_headers, const HttpReply& reply, const std::string& error_text) {
  std::string text;
  text.reserve(1024 + shown_headers.size() + reply.body.size());
  JsonWriter out(text);
  out.begin_object();
  out.key("request_headers").raw(shown_headers);
  out.key("response_headers").begin_array();
  for (const auto& [name, value] : reply.headers) write_header(out, name, value);
  out.end_array();
  out.key("response_body");
  write_text(out, reply.body);
  out.member("response_truncated", reply.truncated);
  out.member("address", reply.address).member("tls_version", reply.tls_version);
  out.key("timings_us").begin_object();
  out.member("dns", reply.timings.dns).member("connect", reply.timings.connect).member("tls", reply.timings.tls);
  out.member("first_byte", reply.timings.first_byte).member("total", reply.timings.total);
  out.end_object();
  out.member("error_text", error_text);
  out.end_object();
  return text;
}

}  // namespace wrapup
