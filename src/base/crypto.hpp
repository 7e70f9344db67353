// MACs, digests and their text forms, on OpenSSL. Thread-safe, never fails but for lack of memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace wrapup {

/// 32 bytes.
std::string sha256(std::string_view data);

/// HMAC-SHA256 (RFC 2104) under one key; the key's schedule is computed once. Safe to share between threads.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();
  /// 32 bytes: the MAC of the parts one after another.
  std::string of(std::initializer_list<std::string_view> parts) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// A signing key of Ed25519 (RFC 8032). Safe to share between threads.
class Ed25519Key {
 public:
  static constexpr std::size_t kSeedSize = 32;
  static constexpr std::size_t kPublicSize = 32;

  /// `seed`: kSeedSize random bytes.
  explicit Ed25519Key(std::string_view seed);
  Ed25519Key(Ed25519Key&&) noexcept;
  Ed25519Key& operator=(Ed25519Key&&) noexcept;
  ~Ed25519Key();
  /// kPublicSize bytes.
  std::string public_key() const;
  /// 64 bytes.
  std::string sign(std::string_view message) const;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// False also when the key or the signature has not the right size or form.
bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature);

/// Standard alphabet with padding (RFC 4648, section 4).
std::string base64_encode(std::string_view data);
/// Nothing on a character outside the alphabet or wrong padding.
std::optional<std::string> base64_decode(std::string_view text);

/// Lower case.
std::string to_hex(std::string_view data);

/// In time that hangs on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace wrapup
