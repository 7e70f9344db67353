#include "app/safe_text.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <fmt/format.h>

namespace wrapup {

namespace {

struct Point {
  char32_t code;
  std::size_t length;  // in bytes
  bool valid;
};

// The first character of `text`, which is not empty (RFC 3629, section 4).
Point first_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {first, 1, false};
  char32_t code = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {first, 1, false};
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {first, 1, false};
  return {code, length, true};
}

struct Range {
  char32_t first, last;
};

// Controls, marks of direction, invisible ones, tags.
constexpr std::array kUnsafe{Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0xAD, 0xAD},
                             Range{0x61C, 0x61C},   Range{0x180E, 0x180E}, Range{0x200B, 0x200B},
                             Range{0x200E, 0x200F}, Range{0x2028, 0x202E}, Range{0x2060, 0x206F},
                             Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}, Range{0xE0000, 0xE007F}};
// Characters that combine with the one before.
constexpr std::array kZeroWidth{Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},
                                Range{0x610, 0x61A},   Range{0x64B, 0x65F},   Range{0xE34, 0xE3A},
                                Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x200C, 0x200D},
                                Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};
// East Asian wide and full-width ones, and emoji.
constexpr std::array kWide{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},   Range{0x3041, 0xA4CF},
                           Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
                           Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
                           Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
                           Range{0x20000, 0x3FFFD}};

bool is_in(std::span<const Range> ranges, char32_t code) {
  return std::ranges::any_of(ranges, [&](const Range& range) { return code >= range.first && code <= range.last; });
}

bool is_unsafe(const Point& point) { return !point.valid || is_in(kUnsafe, point.code); }

std::string escaped(const Point& point) {
  if (point.code == '\n') return "\\n";
  if (point.code == '\r') return "\\r";
  if (point.code == '\t') return "\\t";
  if (!point.valid || point.code < 0x80) return fmt::format("\\x{:02x}", static_cast<unsigned>(point.code));
  return fmt::format("\\u{:04x}", static_cast<unsigned>(point.code));
}

// RFC 8259, section 7: beyond U+FFFF as a surrogate pair. Bytes that are not UTF-8 stand for no character.
std::string json_escaped(const Point& point) {
  if (!point.valid) return "\\ufffd";
  const auto code = static_cast<unsigned>(point.code);
  if (code <= 0xFFFF) return fmt::format("\\u{:04x}", code);
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + ((code - 0x10000) >> 10), 0xDC00 + ((code - 0x10000) & 0x3FF));
}

/// Copies `text`, with what `keep(point)` does not keep as `escape(point)`.
template <class Keep, class Escape>
std::string copy(std::string_view text, Keep keep, Escape escape) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Point point = first_point(text);
    if (keep(point)) {
      out.append(text.substr(0, point.length));
    } else {
      out += escape(point);
    }
    text.remove_prefix(point.length);
  }
  return out;
}

std::size_t columns_of(char32_t code) {
  if (code < 0x300) return 1;
  return is_in(kZeroWidth, code) ? 0 : is_in(kWide, code) ? 2 : 1;
}

// As much of its beginning as fits into so many columns.
std::string_view beginning(std::string_view safe, std::size_t columns) {
  std::size_t end = 0;
  while (end < safe.size()) {
    const Point point = first_point(safe.substr(end));
    const std::size_t width = columns_of(point.code);
    if (width > columns) break;
    columns -= width;
    end += point.length;
  }
  return safe.substr(0, end);
}

}  // namespace

std::string safe_line(std::string_view text) {
  return copy(
      text, [](const Point& point) { return !is_unsafe(point); }, escaped);
}

std::string safe_text(std::string_view text) {
  std::string lines(text);
  for (std::size_t at = 0; (at = lines.find("\r\n", at)) != std::string::npos;) lines.erase(at, 1);
  const auto keep = [](const Point& point) { return point.code == '\n' || point.code == '\t' || !is_unsafe(point); };
  return copy(lines, keep, escaped);
}

std::string safe_json(std::string_view text) {
  // A line break in JSON text stands between its tokens.
  return copy(
      text, [](const Point& point) { return point.code == '\n' || !is_unsafe(point); }, json_escaped);
}

bool is_safe_line(std::string_view text) {
  while (!text.empty()) {
    const Point point = first_point(text);
    if (is_unsafe(point)) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

std::string id_word(std::string_view id) {
  constexpr std::string_view kOfIds = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-.";
  const bool fits = !id.empty() && id.front() != '-' && id.find_first_not_of(kOfIds) == std::string_view::npos;
  return fits ? std::string(id) : "ID";
}

std::size_t columns_of(std::string_view safe) {
  std::size_t columns = 0;
  while (!safe.empty()) {
    const Point point = first_point(safe);
    columns += columns_of(point.code);
    safe.remove_prefix(point.length);
  }
  return columns;
}

std::string shortened(std::string_view safe, std::size_t columns) {
  if (columns_of(safe) <= columns) return std::string(safe);
  return columns == 0 ? std::string() : std::string(beginning(safe, columns - 1)) + "…";
}

std::string shortened_inside(std::string_view safe, std::size_t columns) {
  if (columns_of(safe) <= columns) return std::string(safe);
  if (columns == 0) return {};
  const std::string_view begin = beginning(safe, (columns - 1) / 2);
  std::string_view end = safe.substr(begin.size());
  while (columns_of(begin) + 1 + columns_of(end) > columns) end.remove_prefix(first_point(end).length);
  return std::string(begin) + "…" + std::string(end);
}

}  // namespace wrapup
