#include "pipeline/model_data.hpp"

#include <algorithm>
#include <string_view>

namespace wrapup {

namespace {

constexpr std::size_t kMaxWindows = 12;
constexpr std::size_t kOverlap = 4;          // turns that two windows share
constexpr std::size_t kTurnOverhead = 40;    // bytes of JSON around a turn
constexpr std::size_t kLeastWindow = 1'000;  // bytes

json::object entry(std::size_t index, Role role, std::string_view text) {
  return {{"turn", static_cast<std::int64_t>(index)}, {"speaker", role == Role::bot ? "bot" : "human"}, {"text", text}};
}

// At most `bytes` of `text`, not cut inside a character.
std::string_view piece_of(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

/// One turn, or a piece of a turn that is longer than a window.
struct Piece {
  std::size_t turn;
  std::string_view text;
};

std::vector<Piece> pieces_of(const Transcript& transcript, std::size_t bytes) {
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < transcript.size(); ++i) {
    std::string_view rest = transcript[i].text;
    do {
      const std::string_view piece = piece_of(rest, bytes - kTurnOverhead);
      pieces.push_back({i, piece});
      rest.remove_prefix(piece.size());
    } while (!rest.empty());
  }
  return pieces;
}

}  // namespace

Windows transcript_windows(const Transcript& transcript, std::size_t bytes) {
  bytes = std::max(bytes, kLeastWindow);
  const auto pieces = pieces_of(transcript, bytes);
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  for (std::size_t begin = 0; begin < pieces.size();) {
    std::size_t end = begin, size = 0;
    while (end < pieces.size() && (end == begin || size + pieces[end].text.size() + kTurnOverhead <= bytes))
      size += pieces[end++].text.size() + kTurnOverhead;
    ranges.emplace_back(begin, end);
    if (end == pieces.size()) break;
    begin = end - std::min(kOverlap, (end - begin) / 2);
  }
  Windows windows;
  // How a call began and how it ended says most: of too many windows the middle is left out.
  if (ranges.size() > kMaxWindows) {
    const std::size_t half = kMaxWindows / 2;
    windows.left_out = pieces[ranges[ranges.size() - half].first].turn - pieces[ranges[half - 1].second - 1].turn;
    ranges.erase(ranges.begin() + half, ranges.end() - half);
  }
  for (const auto& [begin, end] : ranges) {
    json::array part;
    for (std::size_t i = begin; i < end; ++i)
      part.push_back(entry(pieces[i].turn, transcript[pieces[i].turn].role, pieces[i].text));
    windows.parts.push_back(std::move(part));
  }
  if (windows.parts.empty()) windows.parts.emplace_back();
  return windows;
}

std::string data_text(const json::value& data) {
  const std::string text = to_text(data);
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && (c == '<' || c == '[' || c == '|')) {
      out += c == '<' ? "\\u003c" : c == '[' ? "\\u005b" : "\\u007c";
      continue;
    }
    out += c;
    if (c == '"') {
      quoted = !quoted;
    } else if (quoted && c == '\\') {
      out += text[++i];
    }
  }
  return out;
}

}  // namespace wrapup
