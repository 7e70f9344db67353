#include "delivery/attempt_detail.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace wrapup {

namespace {

void write_headers(JsonWriter& out, std::string_view name, const Headers& headers) {
  out.key(name).begin_array();
  for (const auto& [header, value] : headers) {
    out.begin_array().string(valid_utf8(header)).string(valid_utf8(value)).end_array();
  }
  out.end_array();
}

// Length of the UTF-8 sequence at the start of `text`; 0 when it is not one (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned first = at(0);
  if (first == 0) return 0;  // our own reader of JSON takes no U+0000
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

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
