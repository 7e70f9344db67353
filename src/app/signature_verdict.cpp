#include "app/signature_verdict.hpp"

#include <charconv>
#include <cstdlib>

#include "app/json_at.hpp"
#include "delivery/signature.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kTolerance = 5 * 60;  // seconds

std::string_view header_of(const Headers& headers, std::string_view name) {
  const auto* value = find_header(headers, name);
  return value ? std::string_view(*value) : std::string_view();
}

struct Captured {
  std::string_view id;
  std::string_view signature;
  std::int64_t timestamp = 0;
  std::string_view body;
};

bool fits(const SigningSecret& secret, const SecretBox& box, const Captured& webhook) {
  if (secret.kind == SecretKind::ed25519) {
    const auto key = ed25519_public_key(secret.public_key);
    return key && verify_asymmetric(*key, webhook.id, webhook.timestamp, webhook.body, webhook.signature);
  }
  const auto text = box.open(secret.sealed, place_of(secret));
  return text && Signer(*text).verify_standard(webhook.id, webhook.timestamp, webhook.body, webhook.signature);
}

// The id of the secret that fits, or nothing.
json::value fitting_secret(const std::vector<SigningSecret>& secrets, const SecretBox& box, const Captured& webhook) {
  for (const auto& secret : secrets) {
    if (fits(secret, box, webhook)) return json::value(secret.secret_id);
  }
  return nullptr;
}

bool call_id_fits(const std::vector<SigningSecret>& secrets, const SecretBox& box, const Captured& webhook,
                  std::string_view signature) {
  const auto parsed = parse_json(webhook.body);
  const std::string call_id = parsed ? text_at(object_at(as_object(*parsed), "call"), "call_id") : std::string();
  if (call_id.empty()) return false;
  for (const auto& secret : secrets) {
    if (secret.kind != SecretKind::hmac) continue;
    const auto text = box.open(secret.sealed, place_of(secret));
    if (text && Signer(*text).verify_call_id(call_id, signature)) return true;
  }
  return false;
}

}  // namespace

json::object signature_verdict(const std::vector<SigningSecret>& secrets, const SecretBox& box, const Headers& headers,
                               std::string_view body, Timestamp now) {
  Captured webhook{header_of(headers, "webhook-id"), header_of(headers, "webhook-signature"), 0, body};
  const std::string_view time = header_of(headers, "webhook-timestamp");
  const auto read = std::from_chars(time.data(), time.data() + time.size(), webhook.timestamp);
  const bool whole = !time.empty() && read.ec == std::errc() && read.ptr == time.data() + time.size();
  json::value secret_id = nullptr;
  std::string standard = "missing";
  if (!webhook.signature.empty()) {
    if (whole) secret_id = fitting_secret(secrets, box, webhook);
    const std::int64_t seconds = now / kSecond;
    const bool near = webhook.timestamp > seconds - kTolerance && webhook.timestamp < seconds + kTolerance;
    standard = secret_id.is_null() ? "invalid" : near ? "valid" : "expired";
  }
  std::string call_id = "missing";
  if (const auto signature = header_of(headers, "Synthflow-Signature"); !signature.empty())
    call_id = call_id_fits(secrets, box, webhook, signature) ? "valid" : "invalid";
  const bool none = standard == "missing" && call_id == "missing";
  const bool wrong = standard == "invalid" || standard == "expired" || call_id == "invalid";
  return {{"verdict", none    ? "missing"
                      : wrong ? "invalid"
                              : "valid"},
          {"webhook_signature", standard},
          {"call_id_signature", call_id},
          {"secret_id", secret_id}};
}

}  // namespace wrapup
