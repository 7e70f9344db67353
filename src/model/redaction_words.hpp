// The words of some turns, for redaction only: where they stand, folded, and which digits they say. Pure.
#pragma once

#include <string>
#include <vector>

#include "model/redaction.hpp"

namespace wrapup::redaction {

struct Word {
  std::size_t turn = 0;
  std::size_t begin = 0;  // bytes of the turn's text
  std::size_t end = 0;
  std::string text;    // lower case, without accents
  std::string digits;  // "42" for 42 and forty two; empty when it is no number
  bool capital = false;
  bool tens = false;   // "forty": a unit behind it belongs to it
  int repeat = 0;      // "double", "triple"
  char mark = 0;       // the last punctuation before it; '[' stands for a placeholder
  bool glued = false;  // no space before it
};

struct Span {
  std::size_t turn = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
  Pii kind = Pii::name;
};

struct Words {
  const Transcript* turns = nullptr;
  std::vector<Word> words;         // of all turns, in order
  std::vector<std::size_t> first;  // of each turn; one more at the end
  bool cased = false;              // whether capitals tell anything

  std::size_t begin_of(std::size_t turn) const { return first[turn]; }
  std::size_t end_of(std::size_t turn) const { return first[turn + 1]; }
  Role role(std::size_t turn) const { return (*turns)[turn].role; }
  std::string_view text(std::size_t turn) const { return (*turns)[turn].text; }
  bool is(std::size_t word, std::string_view text) const { return word < words.size() && words[word].text == text; }
  /// Words parted by '|', each with a space or bar around it: "|a|b|".
  bool any(std::size_t word, std::string_view list) const;
  Span span(std::size_t from, std::size_t to, Pii kind) const {
    return {words[from].turn, words[from].begin, words[to - 1].end, kind};
  }
};

Words read_words(const Transcript& turns);

/// Words that go before an answer and say nothing: "yes", "uh", "it's".
bool is_filler(const Word& word);
bool in_list(std::string_view text, std::string_view list);

/// "dot" in the languages that are understood.
inline constexpr std::string_view kDotWords = "|dot|punkt|punto|point|ponto|punt|";

/// Letters one by one, in the turn behind one with a word of `asked_words` ("name"): of that kind.
void find_spelled(const Words& words, std::string_view asked_words, Pii kind, std::vector<Span>& out);

void find_emails(const Words& words, std::vector<Span>& out);
void find_numbers(const Words& words, const PiiContext& context, std::vector<Span>& out);
void find_addresses(const Words& words, std::vector<Span>& out);
void find_names(const Words& words, const PiiContext& context, std::vector<Span>& out);

}  // namespace wrapup::redaction
