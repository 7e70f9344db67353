#include "base/secret_box.hpp"

#include <array>
#include <cassert>
#include <memory>
#include <new>
#include <optional>

#include <openssl/evp.h>

#include "base/crypto.hpp"

namespace wrapup {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kIdSize = 4;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeadSize = 1 + kIdSize + kNonceSize;

struct CipherFree {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherFree>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

Cipher new_cipher() {
  Cipher cipher(EVP_CIPHER_CTX_new());
  if (!cipher) throw std::bad_alloc();
  return cipher;
}

/// The ciphertext and the tag.
std::string encrypt(std::string_view key, std::string_view nonce, std::string_view plain, std::string_view place) {
  const Cipher cipher = new_cipher();
  std::string out(plain.size() + kTagSize, '\0');
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes(out), &size, bytes(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes(out) + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, bytes(out) + plain.size()) == 1;
  if (!done) throw std::bad_alloc();
  return out;
}

/// Nothing when the tag does not fit.
std::optional<std::string> decrypt(std::string_view key, std::string_view nonce, std::string_view sealed,
                                   std::string_view place) {
  const Cipher cipher = new_cipher();
  const std::size_t length = sealed.size() - kTagSize;
  std::string tag(sealed.substr(length));
  std::string out(length + 1, '\0');  // one more: an empty text too must have an address to be written to
  int size = 0;
  if (EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce)) != 1 ||
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) != 1 ||
      EVP_DecryptUpdate(cipher.get(), bytes(out), &size, bytes(sealed), static_cast<int>(length)) != 1 ||
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, bytes(tag)) != 1) {
    throw std::bad_alloc();
  }
  if (EVP_DecryptFinal_ex(cipher.get(), bytes(out) + size, &size) != 1) return {};
  out.resize(length);
  return out;
}

}  // namespace

SecretBox::SecretBox(std::vector<std::string> keys) {
  assert(!keys.empty());
  for (auto& key : keys) {
    assert(key.size() == kKeySize);
    keys_.push_back({sha256(key).substr(0, kIdSize), std::move(key)});
  }
}

std::string SecretBox::seal(std::string_view secret, std::string_view place, Entropy& entropy) const {
  const Key& key = keys_.front();
  std::array<unsigned char, kNonceSize> random{};
  entropy.fill(random);
  const std::string nonce(random.begin(), random.end());
  return kVersion + key.id + nonce + encrypt(key.key, nonce, secret, place);
}

Result<std::string> SecretBox::open(std::string_view sealed, std::string_view place) const {
  bool known = false;
  const bool whole = sealed.size() >= kHeadSize + kTagSize && sealed.front() == kVersion;
  const std::string_view id = whole ? sealed.substr(1, kIdSize) : std::string_view();
  for (const Key& key : keys_) {
    if (!whole || key.id != id) continue;
    known = true;
    auto plain = decrypt(key.key, sealed.substr(1 + kIdSize, kNonceSize), sealed.substr(kHeadSize), place);
    if (plain) return std::move(*plain);
  }
  if (whole && !known) {
    return fail(Code::unavailable, "master_key_missing",
                std::string(place) + " is sealed with the master key " + to_hex(id) + ", which is not here (here: " +
                    key_ids() + "); put it back beside the others, in the file of master keys or in WRAPUP_MASTER_KEY");
  }
  return fail(Code::internal, "sealed_damaged",
              "what is sealed for " + std::string(place) + " was changed, or comes from another place");
}

bool SecretBox::current(std::string_view sealed) const {
  return sealed.size() >= kHeadSize + kTagSize && sealed.front() == kVersion &&
         sealed.substr(1, kIdSize) == keys_.front().id;
}

std::string SecretBox::sealed_by(std::string_view sealed) {
  return sealed.size() > 1 + kIdSize ? to_hex(sealed.substr(1, kIdSize)) : std::string();
}

std::string SecretBox::key_ids() const {
  std::string ids;
  for (const Key& key : keys_) ids += (ids.empty() ? "" : ", ") + to_hex(key.id);
  return ids;
}

}  // namespace wrapup
