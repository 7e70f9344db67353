#include "base/utf8.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

namespace wrapup {

namespace {

// Length of the UTF-8 sequence at the start of `text`; 0 when it is not one (RFC 3629, section 4).
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned first = at(0);
  if (first == 0) return 0;  // our own reader of JSON takes no U+0000
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

namespace {

static_assert(std::endian::native == std::endian::little, "the first byte of eight is the lowest");

constexpr std::uint64_t kEach = 0x0101010101010101U;

// The high bit of each byte that is zero or not of ASCII; none wrong up to the first.
std::uint64_t others(const char* eight) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, eight, sizeof bytes);
  return ((bytes - kEach) | bytes) & (0x80 * kEach);
}

// How many of the bytes at the beginning are of ASCII and not zero, as most are; the last seven of a text are not
// looked at.
std::size_t plain_bytes(std::string_view text) {
  std::size_t at = 0;
  const auto four = [&](const char* from) {
    return others(from) | others(from + 8) | others(from + 16) | others(from + 24);
  };
  while (text.size() - at >= 32 && four(text.data() + at) == 0) at += 32;
  for (; text.size() - at >= 8; at += 8) {
    if (const std::uint64_t other = others(text.data() + at))
      return at + static_cast<std::size_t>(std::countr_zero(other)) / 8;
  }
  return at;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(plain_bytes(text));
    if (text.empty()) return true;
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string_view utf8_beginning(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  std::size_t end = most;
  // A character has at most three bytes after its first.
  while (end > 0 && most - end < 3 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string valid_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      out.append(text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace wrapup
