// Words of a text: offsets into it, a folded form, a stem that synonyms share, and what kind of word it is. Used by
// every rule; pure, and linear in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/rules/words.hpp"

namespace wrapup::rules {

using WordId = std::uint64_t;

struct Token {
  std::uint32_t begin = 0;  // bytes in the text
  std::uint32_t end = 0;
  std::string
      text;  // lower case, curly apostrophes straightened; short enough for the small-string buffer in most cases
  WordId word = 0;  // hash of `text` without apostrophes
  WordId stem = 0;  // hash of the stem, one for all synonyms
  std::uint32_t flags = 0;
  int value = 0;  // of number words, months, weekdays
  std::uint16_t sentence = 0;
  bool capital = false;
  bool digits = false;  // starts with a digit
  bool glued = false;   // no space before it
  char mark = 0;        // the last punctuation between the word before and this one

  bool is(std::uint32_t mask) const { return (flags & mask) != 0; }
};

/// At most `limit` tokens, from the beginning of the text.
std::vector<Token> tokenize(std::string_view text, std::size_t limit);

/// Hash of a lower-case word, as Token::word has it.
WordId word_id(std::string_view lower);
/// Hash of the stem of a lower-case word, as Token::stem has it.
WordId stem_id(std::string_view lower);

/// Lower case; ASCII only, other bytes stay.
std::string lower(std::string_view text);

/// A phrase of lower-case words at tokens[at]; true with every word in place. Words are parted by single spaces.
bool phrase_at(const std::vector<Token>& tokens, std::size_t at, std::string_view phrase);
std::size_t count_words(std::string_view phrase);

}  // namespace wrapup::rules
