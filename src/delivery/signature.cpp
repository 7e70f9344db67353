#include "delivery/signature.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMinKey = 24;
constexpr std::size_t kMaxKey = 64;

}  // namespace

std::optional<std::string> signing_key(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return {};
  auto key = base64_decode(secret.substr(kSecretPrefix.size()));
  if (!key || key->size() < kMinKey || key->size() > kMaxKey) return {};
  return key;
}

Signer::Signer(std::string_view secret) : text_(secret) {
  if (const auto key = signing_key(secret)) standard_.emplace(*key);
}

std::string Signer::standard(std::string_view webhook_id, std::int64_t timestamp, std::string_view body) const {
  if (!standard_) return {};
  return "v1," + base64_encode(standard_->of({webhook_id, ".", std::to_string(timestamp), ".", body}));
}

std::string Signer::call_id_signature(std::string_view call_id) const { return base64_encode(text_.of({call_id})); }

bool Signer::verify_standard(std::string_view webhook_id, std::int64_t timestamp, std::string_view body,
                             std::string_view header) const {
  if (!standard_) return false;
  const std::string right = standard(webhook_id, timestamp, body);
  bool fits = false;
  while (!header.empty()) {
    const std::size_t space = header.find(' ');
    // Every one is compared, so that the time does not tell which one fits.
    if (equal_constant_time(header.substr(0, space), right)) fits = true;
    header = space == std::string_view::npos ? std::string_view{} : header.substr(space + 1);
  }
  return fits;
}

bool Signer::verify_call_id(std::string_view call_id, std::string_view signature) const {
  return equal_constant_time(signature, call_id_signature(call_id));
}

}  // namespace wrapup
