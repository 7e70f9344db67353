// Seals small secrets with AES-256-GCM (NIST SP 800-38D), so that the files of the database alone give none of them
// away. Made at the start from the master keys (app/master_key); used by whoever stores a secret or reads one back. A
// sealed value is bound to its place, such as a row: carried to another place it does not open. Never written, so safe
// to share between threads.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/entropy.hpp"
#include "base/result.hpp"

namespace wrapup {

class SecretBox {
 public:
  static constexpr std::size_t kKeySize = 32;

  /// The first key seals, every one opens. At least one, each of kKeySize bytes.
  explicit SecretBox(std::vector<std::string> keys);

  /// Bytes: a version (1), the id of the key (4), a random nonce (12), the ciphertext, the tag (16). `place` is where
  /// the value will be kept, such as "signing_secret/<workspace>/<id>"; it is authenticated and not stored.
  std::string seal(std::string_view secret, std::string_view place, Entropy& entropy) const;
  /// `unavailable`, name "master_key_missing", when none of the keys sealed it; `internal`, name "sealed_damaged", when
  /// it was changed or sealed for another place.
  Result<std::string> open(std::string_view sealed, std::string_view place) const;
  /// Whether it was sealed with the first key.
  bool current(std::string_view sealed) const;

  /// The id of the key that sealed it.
  static std::string sealed_by(std::string_view sealed);

  /// How keys are told apart: the first 4 bytes of the SHA-256 of each, in hex and in their order.
  std::string key_ids() const;

 private:
  struct Key {
    std::string id;
    std::string key;
  };
  std::vector<Key> keys_;
};

}  // namespace wrapup
