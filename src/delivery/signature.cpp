#include "delivery/signature.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kAsymmetric = "v1a,";

/// Takes the next of the signatures that are parted by spaces; nothing when there is none.
std::optional<std::string_view> next_signature(std::string_view& header) {
  if (header.empty()) return {};
  const std::size_t space = header.find(' ');
  const std::string_view one = header.substr(0, space);
  header = space == std::string_view::npos ? std::string_view{} : header.substr(space + 1);
  return one;
}

std::string signed_content(std::string_view webhook_id, std::int64_t timestamp, std::string_view body) {
  std::string content(webhook_id);
  content.reserve(webhook_id.size() + body.size() + 24);
  return content.append(".").append(std::to_string(timestamp)).append(".").append(body);
}

}  // namespace

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
  // Every one is compared, so that the time does not tell which one fits.
  while (const auto one = next_signature(header)) {
    if (equal_constant_time(*one, right)) fits = true;
  }
  return fits;
}

bool Signer::verify_call_id(std::string_view call_id, std::string_view signature) const {
  return equal_constant_time(signature, call_id_signature(call_id));
}

std::string asymmetric_signature(const Ed25519Key& key, std::string_view webhook_id, std::int64_t timestamp,
                                 std::string_view body) {
  return std::string(kAsymmetric) + base64_encode(key.sign(signed_content(webhook_id, timestamp, body)));
}

bool verify_asymmetric(std::string_view public_key, std::string_view webhook_id, std::int64_t timestamp,
                       std::string_view body, std::string_view header) {
  const std::string content = signed_content(webhook_id, timestamp, body);
  while (const auto one = next_signature(header)) {
    if (!one->starts_with(kAsymmetric)) continue;
    const auto signature = base64_decode(one->substr(kAsymmetric.size()));
    if (signature && verify_ed25519(public_key, content, *signature)) return true;
  }
  return false;
}

}  // namespace wrapup
