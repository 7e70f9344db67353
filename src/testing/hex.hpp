// Bytes written as hex, for test vectors.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

namespace wrapup {

/// `hex` is an even number of hex digits.
inline std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
    out += static_cast<char>(byte);
  }
  return out;
}

}  // namespace wrapup
