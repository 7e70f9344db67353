#include "delivery/attempt_detail.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

void write_headers(JsonWriter& out, std::string_view name, const Headers& headers) {
  out.key(name).begin_array();
  for (const auto& [header, value] : headers) {
    out.begin_array().string(valid_utf8(header)).string(valid_utf8(value)).end_array();
  }
  out.end_array();
}

}  // namespace

std::string attempt_detail(const Headers& sent, const std::vector<EndpointHeader>& own, const HttpReply& reply,
                           const std::string& error_text) {
  std::string text;
  text.reserve(1024 + reply.body.size());
  JsonWriter out(text);
  out.begin_object();
  Headers shown = sent;
  for (auto& [name, value] : shown) {
    const bool secret = std::any_of(own.begin(), own.end(),
                                    [&](const EndpointHeader& header) { return header.secret && header.name == name; });
    if (secret) value = "***";
  }
  write_headers(out, "request_headers", shown);
  write_headers(out, "response_headers", reply.headers);
  out.member("response_body", valid_utf8(reply.body)).member("response_truncated", reply.truncated);
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
