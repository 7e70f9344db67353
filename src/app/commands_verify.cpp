#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/text_file.hpp"
#include "base/json.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "delivery/signature.hpp"
#include "net/http.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMaxHeaders = 1024 * 1024;
constexpr std::size_t kMaxBody = 64 * 1024 * 1024;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999; beyond are milliseconds taken for seconds

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Header lines as a server logs them ("Name: value"; others are passed over), or one JSON object, as in the webhook
/// log.
Result<Headers> read_headers(std::string_view text) {
  Headers headers;
  if (trimmed(text).starts_with('{')) {
    const auto parsed = parse_json(text);
    if (!parsed) return fail(parsed.error());
    for (const auto& [name, value] : parsed->get_object()) {
      headers.emplace_back(name, value.is_string() ? std::string(value.get_string()) : to_text(value));
    }
    return headers;
  }
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos)
      headers.emplace_back(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return headers;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

std::optional<std::string> call_id_in(std::string_view body) {
  const auto parsed = parse_json(body);
  const auto* root = parsed ? parsed->if_object() : nullptr;
  const auto* call = root ? root->if_contains("call") : nullptr;
  const auto* id = call && call->is_object() ? call->get_object().if_contains("call_id") : nullptr;
  if (!id || !id->is_string()) return {};
  return std::string(id->get_string());
}

/// Checks a captured request and prints a line for each check.
class Verification {
 public:
  Verification(const VerifyOptions& options, const Headers& headers, std::string_view body)
      : options_(options), headers_(headers), body_(body), signer_(options.secret) {}

  /// `public_key`: 32 bytes, or nothing.
  int run(Timestamp now, Duration max_age, const std::optional<std::string>& public_key) {
    const bool shared = !options_.secret.empty();
    if (public_key) {
      check_signature("signature v1a", "v1a,", "Ed25519", [&](const Signed& what, std::string_view body) {
        return verify_asymmetric(*public_key, what.id, what.at, body, what.signature);
      });
    }
    if (shared && signer_.has_standard()) {
      check_signature("webhook-signature", "v1,", "Standard Webhooks v1",
                      [&](const Signed& what, std::string_view body) {
                        return signer_.verify_standard(what.id, what.at, body, what.signature);
                      });
    } else if (shared) {
      line("webhook-signature", "not checked", "the secret is not whsec_ and the base64 of 24 to 64 bytes");
    }
    if (public_key || signer_.has_standard()) check_timestamp(now, max_age);
    if (shared) check_call_id();
    if (passed_ && !failed_) return kDone;
    if (!failed_)
      fmt::print(stderr, "wrapup: nothing was there to check. `wrapup verify --help` says what can be given.\n");
    return kFailed;
  }

 private:
  void line(std::string_view what, std::string_view result, std::string_view words) {
    fmt::print("{:<20} {:<12} {}\n", what, result, words);
  }
  void good(std::string_view what, std::string_view words) {
    passed_ = true;
    line(what, "ok", words);
  }
  void bad(std::string_view what, std::string_view words) {
    failed_ = true;
    line(what, "FAILED", words);
  }

  std::optional<std::string> header(const std::optional<std::string>& given, std::string_view name) const {
    if (given) return given;
    const auto* found = find_header(headers_, name);
    return found ? std::optional(*found) : std::nullopt;
  }

  std::optional<std::int64_t> sent_at() const {
    const auto text = header(options_.timestamp, "webhook-timestamp");
    return text ? whole_number(*text) : std::nullopt;
  }

  /// What is signed besides the body, and with what.
  struct Signed {
    std::string id;
    std::int64_t at = 0;
    std::string signature;
  };

  /// `begins` is how a signature of the kind begins; `fits(signed, body)` checks one.
  template <class Fits>
  void check_signature(std::string_view what, std::string_view begins, std::string_view kind, Fits fits) {
    const auto id = header(options_.webhook_id, "webhook-id");
    const auto signature = header(options_.signature, "webhook-signature");
    const auto at = sent_at();
    if (!signature) return bad(what, "there is no webhook-signature header");
    if (!id) return bad(what, "there is no webhook-id header, which is signed too");
    if (!at)
      return bad(what, "there is no webhook-timestamp header with a whole number of seconds, which is signed too");
    const Signed all{*id, *at, *signature};
    if (fits(all, body_)) return good(what, std::string(kind) + " over the id, the timestamp and the body");
    if (signature->find(begins) == std::string::npos)
      return bad(what, "it holds no signature that begins with " + std::string(begins));
    std::string_view shorter = body_;
    while (shorter.ends_with('\n') || shorter.ends_with('\r')) shorter.remove_suffix(1);
    if (shorter.size() != body_.size() && fits(all, shorter)) {
      return bad(what, "it fits the body without the line break at its end: the body was not captured byte for byte");
    }
    bad(what,
        "it does not fit: another secret or key, or an id, a timestamp or a body (byte for byte) that is not the one "
        "sent");
  }

  void check_timestamp(Timestamp now, Duration max_age) {
    constexpr std::string_view kWhat = "webhook-timestamp";
    const auto at = sent_at();
    if (!at || *at < 0 || *at > kLastSecond)
      return bad(kWhat, "it is missing or not a whole number of seconds since 1970");
    const Duration age = now - *at * kSecond;
    const Duration distance = age < 0 ? -age : age;
    const std::string words = fmt::format("{}, {} s {}; accepted: {}", format_utc(*at * kSecond), distance / kSecond,
                                          age < 0 ? "ahead of this clock" : "old", format_duration(max_age));
    if (distance <= max_age) return good(kWhat, words);
    bad(kWhat, words + " (--max-age, such as 7d for an older capture)");
  }

  void check_call_id() {
    constexpr std::string_view kWhat = "Synthflow-Signature";
    auto signature = header(options_.call_id_signature, "Synthflow-Signature");
    if (!signature) signature = header({}, "HTTP_SYNTHFLOW_SIGNATURE");
    if (!signature) return line(kWhat, "not checked", "there is no such header");
    const auto call_id = options_.call_id ? options_.call_id : call_id_in(body_);
    if (!call_id) return bad(kWhat, "which call? The body has no call.call_id; give --call-id");
    const std::string shown = to_text(json::value(*call_id));  // escaped: it may come from anybody
    if (signer_.verify_call_id(*call_id, *signature)) return good(kWhat, "HMAC-SHA256 of the call id " + shown);
    bad(kWhat,
        "it does not fit the call id " + shown + ": another secret (its whole text is the key), or another call");
  }

  const VerifyOptions& options_;
  const Headers& headers_;
  std::string_view body_;
  Signer signer_;
  bool passed_ = false;
  bool failed_ = false;
};

}  // namespace

int verify_command(const VerifyOptions& options, const Clock& clock) {
  const auto max_age = parse_duration(options.max_age);
  if (!max_age) {
    fmt::print(stderr, "wrapup: --max-age: a duration such as 30s, 5m, 12h or 7d\n");
    return kWronglyCalled;
  }
  const auto public_key = ed25519_public_key(options.public_key);
  if (!options.public_key.empty() && !public_key) {
    fmt::print(
        stderr,
        "wrapup: --public-key: whpk_ and the base64 of 32 bytes, as GET /v2/webhook-keys/{{workspace}} gives it\n");
    return kWronglyCalled;
  }
  if (options.secret.empty() && !public_key) {
    fmt::print(stderr, "wrapup: verify with what? Give --secret, or --public-key, or both\n");
    return kWronglyCalled;
  }
  if (options.headers_file == "-" && options.body_file == "-") {
    fmt::print(stderr, "wrapup: only one of --headers and --body can be standard input; give the other as a file\n");
    return kWronglyCalled;
  }
  Headers headers;
  if (!options.headers_file.empty()) {
    const auto text = read_text_file(options.headers_file, kMaxHeaders);
    auto read = text ? read_headers(*text) : fail(text.error());
    if (!read) {
      fmt::print(stderr, "wrapup: {}: {}\n", options.headers_file, read.error().message);
      return kFailed;
    }
    headers = std::move(*read);
  }
  const auto body = read_text_file(options.body_file, kMaxBody);
  if (!body) {
    fmt::print(stderr, "wrapup: {}: {}\n", options.body_file, body.error().message);
    return kFailed;
  }
  return Verification(options, headers, *body).run(clock.now(), *max_age, public_key);
}

}  // namespace wrapup
