#include "app/attempt_text.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "app/json_at.hpp"
#include "app/safe_text.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kBarWidth = 32;

// Whether the answer's status is all there is to say of it: it came whole.
bool is_of_status(const json::object& attempt) {
  const std::string error = text_at(attempt, "error_class");
  return whole_at(attempt, "response_status_code") != 0 &&
         (error.empty() || error.starts_with("http_") || error == "redirect" || error == "gone" ||
          error == "rate_limited");
}

std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out.append("  ").append(text.substr(0, end));
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string headline(const json::object& attempt, const Look& look) {
  const bool good = succeeded(attempt);
  const auto status = whole_at(attempt, "response_status_code");
  // The class of the error says more than the status, or there is none.
  const std::string error = good || is_of_status(attempt) ? "" : safe_line(text_at(attempt, "error_class")) + ", ";
  return painted(look.color, good ? Paint::green : Paint::red, good ? "Delivered" : "Failed") +
         fmt::format(": {} {} ({}{}).\n", safe_line(text_at(attempt, "webhook_url")),
                     status == 0 ? "did not answer" : fmt::format("answered {}", status), error,
                     shown_millis(number_at(attempt, "duration_ms")));
}

std::string advice(const json::object& attempt) {
  const FailureWords words = failure_words(attempt);
  std::string out;
  if (!words.what.empty()) out += "  " + words.what + "\n";
  const std::string error = text_at(attempt, "error_message");
  // What curl or TLS said; of an answer the status says it all.
  if (error.find(": ") != std::string::npos && whole_at(attempt, "response_status_code") == 0)
    out += "  (" + safe_line(error) + ")\n";
  if (!words.next.empty()) out += "  Next: " + words.next + "\n";
  return out;
}

std::string body_text(const std::string& body, bool truncated, const Look& look) {
  if (body.empty()) return "  (no body)\n";
  std::string out;
  if (const auto parsed = parse_json(body); parsed && !parsed->is_string()) {
    out = indented(pretty_json(*parsed, look.color));
  } else {
    out = indented(safe_text(body));
  }
  if (truncated) out += "  … (the rest was not read)\n";
  return out;
}

std::string headers_text(const json::object& headers, const Look& look) {
  std::string out;
  for (const auto& [name, value] : headers) {
    out += "  " + painted(look.color, Paint::blue, safe_line(name)) + ": " + safe_line(text_at(headers, name)) + "\n";
  }
  return out;
}

std::string facts_of(const json::object& attempt, const Look& look) {
  const auto text = [&](std::string_view name) { return text_at(attempt, name); };
  const std::string tls = text("tls_version");
  const std::string type = text("event_type");
  std::string address = text("address");
  if (!address.empty()) address += tls.empty() ? ", without TLS" : ", " + tls;
  return facts_text({{"attempt", text("webhook_log_id")},
                     {"number", std::to_string(whole_at(attempt, "attempt_number"))},
                     {"time", long_time(text("request_timestamp"), look)},
                     {"webhook", text("webhook_id") + (type.empty() ? "" : " (" + type + ")")},
                     {"delivery", text("delivery_id")},
                     {"call", text("call_id")},
                     {"agent", text("model_id")},
                     {"endpoint", text("endpoint_id")},
                     {"dialled", address}},
                    look);
}

std::string siblings(const json::object& attempt, const json::array& attempts, Timestamp now, const Look& look) {
  if (attempts.size() < 2) return {};
  Table table({{time_title("TIME", look)}, {"TRY"}, {"RESULT"}, {"TOOK"}, {"ID"}}, look);
  each_object(attempts, [&](const json::object& other) {
    const std::string id = text_at(other, "webhook_log_id");
    const bool this_one = id == text_at(attempt, "webhook_log_id");
    table.add({{short_time(text_at(other, "request_timestamp"), now, look)},
               {std::to_string(whole_at(other, "attempt_number"))},
               result_cell(other),
               {shown_millis(number_at(other, "duration_ms"))},
               {id + (this_one ? " (this one)" : ""), this_one ? Paint::bold : Paint::none}});
  });
  return heading("Attempts of this delivery", look) + indented(table.take());
}

// As a POSIX shell reads it back.
std::string quoted(std::string_view text) {
  if (is_safe_line(text)) {
    std::string out = "'";
    for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
    return out + "'";
  }
  std::string out = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\'' || c == '\\') {
      out.append("\\").push_back(c);
    } else if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + "'";
}

bool is_usually_secret(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  constexpr std::array<std::string_view, 6> kParts{"auth", "cookie", "key", "token", "secret", "password"};
  return std::ranges::any_of(kParts, [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

// RFC 9110, section 5.6.2. Anything else curl could take for more than a name.
bool is_header_name(std::string_view name) {
  constexpr std::string_view kToken = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !name.empty() && name.find_first_not_of(kToken) == std::string_view::npos;
}

}  // namespace

bool succeeded(const json::object& attempt) { return text_at(attempt, "status") == "success"; }

Cell result_cell(const json::object& attempt) {
  if (!is_of_status(attempt)) return {text_at(attempt, "error_class"), Paint::red};
  return {std::to_string(whole_at(attempt, "response_status_code")), succeeded(attempt) ? Paint::green : Paint::red};
}

std::string outcome_text(const json::object& attempt, const Look& look) {
  return headline(attempt, look) + advice(attempt);
}

std::string waterfall(const json::object& timings_us, const Look& look) {
  struct Phase {
    std::string_view member, words;
  };
  constexpr std::array kPhases{Phase{"dns", "name lookup"}, Phase{"connect", "connecting"},
                               Phase{"tls", "TLS handshake"}, Phase{"first_byte", "waiting for the answer"},
                               Phase{"total", "reading it"}};
  const auto total = std::max<std::int64_t>(1, whole_at(timings_us, "total"));
  const bool answered = whole_at(timings_us, "first_byte") > 0;
  std::string out;
  std::int64_t from = 0;
  for (const auto& phase : kPhases) {
    const auto to = std::min(whole_at(timings_us, phase.member), total);
    if (to <= 0 || to < from) continue;
    const auto columns = [&](std::int64_t at) {
      return static_cast<std::size_t>(double(at) * double(kBarWidth) / double(total));
    };
    const std::size_t begin = std::min(columns(from), kBarWidth - 1);
    const std::size_t length = std::max<std::size_t>(1, columns(to) - begin);
    std::string bar;
    for (std::size_t i = 0; i < length; ++i) bar += "█";
    const std::string_view words = phase.member == "total" && !answered ? "waiting in vain" : phase.words;
    out += fmt::format("  {:<22}  {:>8}  {}{}\n", words, shown_millis(double(to - from) / kMillisecond),
                       std::string(begin, ' '), painted(look.color, Paint::cyan, bar));
    from = to;
  }
  if (whole_at(timings_us, "connect") == 0 && answered) out += "  (on a connection that was open already)\n";
  return out;
}

std::string attempt_text(const json::object& attempt, const json::array& attempts, Timestamp now, const Look& look) {
  std::string out = outcome_text(attempt, look) + "\n" + facts_of(attempt, look);
  out += siblings(attempt, attempts, now, look);
  if (const auto times = waterfall(object_at(attempt, "timings_us"), look); !times.empty())
    out += heading("Where the time went", look) + times;
  const std::string body = text_at(attempt, "request_payload");
  out += heading("Request: POST " + safe_line(text_at(attempt, "webhook_url")), look);
  out += headers_text(object_at(attempt, "request_headers"), look) + "\n" + body_text(body, false, look);
  const auto status = whole_at(attempt, "response_status_code");
  if (status == 0) return out;
  out += heading(fmt::format("Answer: {}", status), look);
  out += headers_text(object_at(attempt, "response_headers"), look) + "\n";
  return out + body_text(text_at(attempt, "response_payload"), flag_at(attempt, "response_truncated"), look);
}

std::string curl_command(const json::object& attempt) {
  // --url, --globoff and --data-raw: what stands there is taken as it is, never as an option, a pattern or a file.
  std::string out = "curl -sS -i -X POST --globoff --url " + quoted(text_at(attempt, "webhook_url"));
  const json::object& headers = object_at(attempt, "request_headers");
  for (const auto& [name, value] : headers) {
    if (!is_header_name(name)) continue;
    const std::string shown = is_usually_secret(name) ? "***" : text_at(headers, name);
    out += " \\\n  -H " + quoted(std::string(name) + ": " + shown);
  }
  return out + " \\\n  --data-raw " + quoted(text_at(attempt, "request_payload")) + "\n";
}

}  // namespace wrapup
