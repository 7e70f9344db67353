#include "model/signing_secret.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kMinKey = 24;
constexpr std::size_t kMaxKey = 64;
constexpr std::size_t kMaxName = 200;

std::string random_bytes(Entropy& entropy) {
  std::array<unsigned char, 32> bytes{};
  entropy.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

std::optional<std::string> decoded(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return {};
  return base64_decode(text.substr(prefix.size()));
}

}  // namespace

std::string_view to_string(SecretKind kind) { return kind == SecretKind::hmac ? "hmac" : "ed25519"; }

std::optional<SecretKind> secret_kind_from(std::string_view text) {
  if (text == "hmac") return SecretKind::hmac;
  if (text == "ed25519") return SecretKind::ed25519;
  return {};
}

std::optional<std::string> signing_key(std::string_view secret) {
  auto key = decoded(secret, kSecretPrefix);
  if (!key || key->size() < kMinKey || key->size() > kMaxKey) return {};
  return key;
}

std::optional<std::string> ed25519_seed(std::string_view secret) {
  auto key = decoded(secret, kSigningKeyPrefix);
  constexpr std::size_t kSeed = Ed25519Key::kSeedSize;
  if (!key || (key->size() != kSeed && key->size() != kSeed + Ed25519Key::kPublicSize)) return {};
  std::string seed = key->substr(0, kSeed);
  if (key->size() > kSeed && key->substr(kSeed) != Ed25519Key(seed).public_key()) return {};
  return seed;
}

std::optional<std::string> ed25519_public_key(std::string_view text) {
  auto key = decoded(text, kPublicKeyPrefix);
  if (!key || key->size() != Ed25519Key::kPublicSize) return {};
  return key;
}

std::string new_signing_secret(SecretKind kind, Entropy& entropy) {
  const std::string random = random_bytes(entropy);
  if (kind == SecretKind::hmac) return std::string(kSecretPrefix) + base64_encode(random);
  return std::string(kSigningKeyPrefix) + base64_encode(random + Ed25519Key(random).public_key());
}

Status check_signing_secret(SecretKind kind, std::string_view secret) {
  if (kind == SecretKind::hmac ? signing_key(secret).has_value() : ed25519_seed(secret).has_value()) return {};
  return fail(Code::invalid, "invalid_signing_secret",
              kind == SecretKind::hmac
                  ? "a signing secret is whsec_ and the base64 of 24 to 64 bytes, such as the output of: "
                    "echo \"whsec_$(openssl rand -base64 32)\""
                  : "a signing key of Ed25519 is whsk_ and the base64 of its 32-byte seed, or of the seed and its "
                    "public key");
}

bool is_secret_name(std::string_view name) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return name.size() <= kMaxName && std::ranges::none_of(name, is_control);
}

std::string_view to_string(SecretState state) {
  switch (state) {
    case SecretState::live: return "live";
    case SecretState::expiring: return "expiring";
    case SecretState::expired: return "expired";
    case SecretState::revoked: return "revoked";
  }
  return "";
}

SecretState state_of(const SigningSecret& secret, Timestamp now) {
  if (secret.revoked_at) return SecretState::revoked;
  if (!secret.expires_at) return SecretState::live;
  return *secret.expires_at > now ? SecretState::expiring : SecretState::expired;
}

bool signs(const SigningSecret& secret, Timestamp now) {
  const SecretState state = state_of(secret, now);
  return state == SecretState::live || state == SecretState::expiring;
}

std::string place_of(const SigningSecret& secret) {
  return "signing_secret/" + secret.workspace_id + "/" + secret.secret_id;
}

void seal(SigningSecret& secret, std::string_view text, const SecretBox& box, Entropy& entropy) {
  secret.sealed = box.seal(text, place_of(secret), entropy);
  if (const auto seed = ed25519_seed(text); seed && secret.kind == SecretKind::ed25519) {
    secret.public_key = std::string(kPublicKeyPrefix) + base64_encode(Ed25519Key(*seed).public_key());
  }
}

}  // namespace wrapup
