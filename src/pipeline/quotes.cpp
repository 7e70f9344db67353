#include "pipeline/quotes.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace wrapup {

namespace {

/// Words in lower case with one space around each, and where each byte comes from.
struct Folded {
  std::string text = " ";
  std::vector<std::size_t> from{0};
};

bool is_general_punctuation(std::string_view text, std::size_t at) {  // U+2000 to U+207F: dashes, quotes, ellipses
  return text.size() - at >= 3 && text[at] == '\xE2' && (text[at + 1] == '\x80' || text[at + 1] == '\x81');
}

bool is_apostrophe(std::string_view text, std::size_t at) {
  return text[at] == '\'' || text.substr(at, 3) == "\xE2\x80\x99";
}

Folded fold(std::string_view text) {
  Folded out;
  const auto add = [&](char c, std::size_t at) {
    out.text += c;
    out.from.push_back(at);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (static_cast<unsigned char>(c) >= 0x80 && !is_general_punctuation(text, i));
    if (word) {
      add(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c, i);
    } else if (!is_apostrophe(text, i) && out.text.back() != ' ') {
      add(' ', i);
    }
    if (!word && is_general_punctuation(text, i)) i += 2;
  }
  if (out.text.back() != ' ') add(' ', text.size());
  return out;
}

std::optional<std::string> words_in(std::string_view turn, const Folded& quote) {
  const Folded said = fold(turn);
  const std::size_t at = said.text.find(quote.text);
  if (at == std::string::npos) return {};
  const std::size_t begin = said.from[at + 1];
  const std::size_t end = said.from[at + quote.text.size() - 1];
  return std::string(turn.substr(begin, end - begin));
}

}  // namespace

std::optional<Evidence> find_quote(const Transcript& transcript, std::int64_t turn, std::string_view quote) {
  const Folded wanted = fold(quote);
  if (wanted.text.size() < 3) return {};  // no words
  const auto count = static_cast<std::int64_t>(transcript.size());
  const std::int64_t near = std::clamp<std::int64_t>(turn, 0, std::max<std::int64_t>(count - 1, 0));
  // From the turn outwards: models miscount.
  for (std::int64_t distance = 0; distance < count; ++distance) {
    for (const std::int64_t index : {near - distance, near + distance}) {
      if (index < 0 || index >= count) continue;
      const auto at = static_cast<std::size_t>(index);
      if (auto words = words_in(transcript[at].text, wanted)) return Evidence{at, std::move(*words)};
    }
  }
  return {};
}

}  // namespace wrapup
