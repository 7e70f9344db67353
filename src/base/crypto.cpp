#include "base/crypto.hpp"

#include <array>
#include <new>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace wrapup {

namespace {

constexpr std::size_t kSignatureSize = 64;  // of Ed25519

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

struct MacFree {
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};
using MacContext = std::unique_ptr<EVP_MAC_CTX, MacFree>;

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, DigestFree>;

}  // namespace

std::string sha256(std::string_view data) {
  // Looked up once: EVP_sha256() is looked up anew by each use.
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string digest(32, '\0');
  unsigned int size = 0;
  if (EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(digest.data()), &size, algorithm,
                 nullptr) != 1) {
    throw std::bad_alloc();
  }
  return digest;
}

struct HmacSha256::Context {
  MacContext keyed;  // never updated: every MAC is made on a copy
};

HmacSha256::HmacSha256(std::string_view key) : context_(std::make_unique<Context>()) {
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  context_->keyed.reset(mac ? EVP_MAC_CTX_new(mac) : nullptr);
  EVP_MAC_free(mac);
  char digest[] = "SHA256";
  const std::array<OSSL_PARAM, 2> params{OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                                         OSSL_PARAM_construct_end()};
  // An empty key must still be a key: a null pointer would mean "keep the old one".
  static constexpr unsigned char kNothing[1] = {0};
  const auto* start = key.empty() ? kNothing : bytes(key);
  if (!context_->keyed || EVP_MAC_init(context_->keyed.get(), start, key.size(), params.data()) != 1) {
    throw std::bad_alloc();
  }
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

std::string HmacSha256::of(std::initializer_list<std::string_view> parts) const {
  const MacContext work(EVP_MAC_CTX_dup(context_->keyed.get()));
  if (!work) throw std::bad_alloc();
  for (const auto part : parts) EVP_MAC_update(work.get(), bytes(part), part.size());
  std::string out(32, '\0');
  std::size_t size = 0;
  EVP_MAC_final(work.get(), reinterpret_cast<unsigned char*>(out.data()), &size, out.size());
  return out;
}

struct Ed25519Key::Context {
  Key key;
};

Ed25519Key::Ed25519Key(std::string_view seed) : context_(std::make_unique<Context>()) {
  context_->key.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()));
  if (!context_->key) throw std::bad_alloc();
}

Ed25519Key::Ed25519Key(Ed25519Key&&) noexcept = default;
Ed25519Key& Ed25519Key::operator=(Ed25519Key&&) noexcept = default;
Ed25519Key::~Ed25519Key() = default;

std::string Ed25519Key::public_key() const {
  std::string out(kPublicSize, '\0');
  std::size_t size = out.size();
  EVP_PKEY_get_raw_public_key(context_->key.get(), reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

std::string Ed25519Key::sign(std::string_view message) const {
  const DigestContext work(EVP_MD_CTX_new());
  std::string out(kSignatureSize, '\0');
  std::size_t size = out.size();
  if (!work || EVP_DigestSignInit(work.get(), nullptr, nullptr, nullptr, context_->key.get()) != 1 ||
      EVP_DigestSign(work.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(message), message.size()) !=
          1) {
    throw std::bad_alloc();
  }
  return out;
}

bool verify_ed25519(std::string_view public_key, std::string_view message, std::string_view signature) {
  const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()));
  if (!key || signature.size() != kSignatureSize) return false;
  const DigestContext work(EVP_MD_CTX_new());
  return work && EVP_DigestVerifyInit(work.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(work.get(), bytes(signature), signature.size(), bytes(message), message.size()) == 1;
}

std::string base64_encode(std::string_view data) {
  std::string out((data.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(data), int(data.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.substr(0, text.size() - padding).find_first_not_of(kAlphabet) != std::string_view::npos) return {};
  std::string out(text.size() / 4 * 3 + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), int(text.size()));
  if (size < 0) return {};
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string to_hex(std::string_view data) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (const char c : data) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace wrapup
