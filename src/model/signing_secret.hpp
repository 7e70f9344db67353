// What the webhooks of a workspace are signed with: how a secret is written (Standard Webhooks 1.0.0), what is kept of
// it, and when it signs. Pure; the text of a secret is never kept open, only sealed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"

namespace wrapup {

enum class SecretKind {
  hmac,     // shared with the receiver; signs v1 and the call-id form
  ed25519,  // the receiver has the public key; signs v1a
};
std::string_view to_string(SecretKind kind);
std::optional<SecretKind> secret_kind_from(std::string_view text);

/// How a shared secret, a signing key and a public key begin.
inline constexpr std::string_view kSecretPrefix = "whsec_";
inline constexpr std::string_view kSigningKeyPrefix = "whsk_";
inline constexpr std::string_view kPublicKeyPrefix = "whpk_";

/// The key in a shared secret: whsec_ and base64 of 24 to 64 bytes. Nothing when it is not written so.
std::optional<std::string> signing_key(std::string_view secret);
/// The seed in a signing key: whsk_ and base64 of 64 bytes, seed and public key, which must fit each other, or of the
/// 32 of the seed alone.
std::optional<std::string> ed25519_seed(std::string_view secret);
/// The 32 bytes in a public key: whpk_ and their base64.
std::optional<std::string> ed25519_public_key(std::string_view text);

/// A new secret in its written form.
std::string new_signing_secret(SecretKind kind, Entropy& entropy);
/// `invalid` when `secret` is not written as one of that kind; the message says how it is, and does not show it.
Status check_signing_secret(SecretKind kind, std::string_view secret);

/// How long a secret that is rotated goes on signing beside the new one: when nothing is said, and at most.
inline constexpr Duration kDefaultOverlap = kDay;
inline constexpr Duration kMaxOverlap = 30 * kDay;

/// What a secret may be called: at most 200 bytes, no control characters.
bool is_secret_name(std::string_view name);

/// A secret as it is stored.
struct SigningSecret {
  std::string workspace_id;
  std::string secret_id;
  SecretKind kind = SecretKind::hmac;
  std::string name;        // what its owner calls it
  std::string sealed;      // the written form, sealed for place_of(); empty once it can never sign again
  std::string public_key;  // whpk_…; empty for hmac
  Timestamp created_at = 0;
  std::optional<Timestamp> expires_at;  // it was rotated: from then on it does not sign
  std::optional<Timestamp> revoked_at;
};

enum class SecretState { live, expiring, expired, revoked };
std::string_view to_string(SecretState state);
SecretState state_of(const SigningSecret& secret, Timestamp now);
/// Live or expiring.
bool signs(const SigningSecret& secret, Timestamp now);

/// Where the written form is sealed for.
std::string place_of(const SigningSecret& secret);
/// Fills `sealed` and `public_key` in. `text` has passed check_signing_secret.
void seal(SigningSecret& secret, std::string_view text, const SecretBox& box, Entropy& entropy);

}  // namespace wrapup
