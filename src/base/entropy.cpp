#include "base/entropy.hpp"

#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include <openssl/rand.h>

#include "base/crypto.hpp"
#include "base/log.hpp"

namespace wrapup {

std::uint64_t Entropy::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // Numbers past the last whole multiple of `bound` would favour the small ones.
  const std::uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
  std::uint64_t number = 0;
  do {
    std::array<unsigned char, 8> bytes{};
    fill(bytes);
    std::memcpy(&number, bytes.data(), bytes.size());
  } while (number >= limit);
  return number % bound;
}

void SystemEntropy::fill(std::span<unsigned char> out) {
  // A small pool for each thread: one call to the generator serves many ids.
  thread_local std::array<unsigned char, 1024> pool;
  thread_local std::size_t left = 0;
  if (out.size() > left) {
    if (RAND_bytes(pool.data(), static_cast<int>(pool.size())) != 1) {
      log_error("no_randomness");
      std::abort();
    }
    left = pool.size();
  }
  left -= out.size();
  std::memcpy(out.data(), pool.data() + left, out.size());
  std::memset(pool.data() + left, 0, out.size());
}

namespace {

// Lays time and version over random bits. The 12 bits behind the milliseconds are the part of one that has passed.
std::string uuid_v7(Timestamp at, std::array<unsigned char, 16> bytes) {
  auto millis = static_cast<std::uint64_t>(at / kMillisecond);
  const auto part = static_cast<std::uint64_t>(at % kMillisecond) * 4096 / kMillisecond;
  for (std::size_t i = 6; i-- > 0;) {
    bytes[i] = static_cast<unsigned char>(millis & 0xFF);
    millis >>= 8;
  }
  bytes[6] = static_cast<unsigned char>(0x70 | part >> 8);
  bytes[7] = static_cast<unsigned char>(part & 0xFF);
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3F));
  const std::string hex = to_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  std::string text;
  text.reserve(36);
  text.append(hex, 0, 8).append("-").append(hex, 8, 4).append("-").append(hex, 12, 4).append("-");
  return text.append(hex, 16, 4).append("-").append(hex, 20, 12);
}

}  // namespace

std::string new_id(Clock& clock, Entropy& entropy) {
  std::array<unsigned char, 16> bytes{};
  entropy.fill(bytes);
  return uuid_v7(clock.now(), bytes);
}

std::string id_floor(Timestamp at) { return uuid_v7(at / kMillisecond * kMillisecond, {}); }

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex =
        (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f') || (text[i] >= 'A' && text[i] <= 'F');
    if (dash ? text[i] != '-' : !hex) return false;
  }
  return true;
}

std::optional<Timestamp> time_of_id(std::string_view id) {
  if (id.size() < 13) return {};
  const std::string hex = std::string(id.substr(0, 8)) + std::string(id.substr(9, 4));
  std::int64_t millis = 0;
  const auto read = std::from_chars(hex.data(), hex.data() + hex.size(), millis, 16);
  if (read.ec != std::errc() || read.ptr != hex.data() + hex.size()) return {};
  return millis * kMillisecond;
}

}  // namespace wrapup
