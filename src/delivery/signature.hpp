// The signatures of a webhook: Standard Webhooks 1.0.0 over id, time and body, with a shared secret (v1) or an Ed25519
// key (v1a), and the call-id form of the original over the call's id alone. Made by delivery, checked by `wrapup
// verify` and `wrapup demo`. Pure; what is here may be shared between threads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.hpp"
#include "model/signing_secret.hpp"

namespace wrapup {

/// Makes and checks what is made with one shared secret.
class Signer {
 public:
  /// `secret` is the text as it was shown. The call-id form takes any text, the standard form one that signing_key()
  /// takes.
  explicit Signer(std::string_view secret);

  /// Whether the secret can make the standard form.
  bool has_standard() const { return standard_.has_value(); }

  /// "v1,<base64>"; empty without has_standard(). `timestamp` is that of the attempt, in seconds.
  std::string standard(std::string_view webhook_id, std::int64_t timestamp, std::string_view body) const;
  /// Base64 of the HMAC-SHA256 of `call_id`, keyed with the secret's text (whsec_ included).
  std::string call_id_signature(std::string_view call_id) const;

  /// `header` is the value of webhook-signature: signatures parted by spaces, of which one must fit. Constant time.
  bool verify_standard(std::string_view webhook_id, std::int64_t timestamp, std::string_view body,
                       std::string_view header) const;
  /// Constant time.
  bool verify_call_id(std::string_view call_id, std::string_view signature) const;

 private:
  std::optional<HmacSha256> standard_;
  HmacSha256 text_;
};

/// "v1a,<base64>": Ed25519 over the same as the standard form of a Signer.
std::string asymmetric_signature(const Ed25519Key& key, std::string_view webhook_id, std::int64_t timestamp,
                                 std::string_view body);
/// `public_key` is 32 bytes; `header` the value of webhook-signature, of which one v1a signature must fit.
bool verify_asymmetric(std::string_view public_key, std::string_view webhook_id, std::int64_t timestamp,
                       std::string_view body, std::string_view header);

}  // namespace wrapup
