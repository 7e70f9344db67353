// A transcript read once for many questions: words, sentences, typed values, and how the turns answer each other.
// Made by the extract stage, used on one thread; refers to the transcript, which must outlive it. Hostile lengths are
// cut at fixed budgets.
#pragma once

#include <optional>
#include <unordered_map>

#include "model/call.hpp"
#include "model/hearing.hpp"
#include "pipeline/rules/values.hpp"

namespace wrapup::rules {

enum class Polarity { none, yes, no, unsure };

struct Sentence {
  std::size_t first = 0;  // tokens [first, last)
  std::size_t last = 0;
  bool asks = false;
  bool negated = false;
};

struct PreparedTurn {
  std::size_t index = 0;  // in the transcript
  Role role = Role::bot;
  std::string_view text;
  std::vector<Token> tokens;
  std::vector<Sentence> sentences;
  std::vector<Value> values;
  Polarity polarity = Polarity::none;  // how the turn answers a yes/no question, by its opening
  std::size_t polarity_words = 0;      // tokens of that opening
  bool asks = false;
  bool regrets = false;   // "unfortunately", "unable", "not available"
  bool cased = false;     // capitals tell names from words here
  bool corrects = false;  // "no, wait", "actually", "instead"
};

class PreparedTranscript {
 public:
  static constexpr std::size_t kMaxTurns = 2000;
  static constexpr std::size_t kMaxTurnTokens = 400;
  static constexpr std::size_t kMaxTokens = 24000;

  explicit PreparedTranscript(const Transcript& transcript);

  const std::vector<PreparedTurn>& turns() const { return turns_; }
  /// The cues of the whole transcript; heard when first asked for.
  const Heard& heard() const;
  /// Where turn `index` of the transcript stands in turns(); npos when it was left out.
  std::size_t place_of(std::size_t index) const;
  /// In how many turns a stem stands.
  std::size_t turns_with(WordId stem) const;
  /// The nearest turn of the other side before turns()[at], at most `reach` turns back; npos when there is none.
  std::size_t asked_by(std::size_t at) const;
  /// The reaction of the other side to turns()[at]: the polarity of its next turn.
  Polarity reaction(std::size_t at) const;

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 private:
  void mark_case();

  const Transcript& source_;
  std::vector<PreparedTurn> turns_;
  mutable std::optional<Heard> heard_;
  std::unordered_map<WordId, std::size_t> stem_turns_;
};

/// The words tokens [first, last) of the turn, letter for letter.
std::string_view words_of(const PreparedTurn& turn, std::size_t first, std::size_t last);

/// Whether a word at `at` is said not to hold: "not at 6", "don't want the blue one", "no peanuts"; looks back within
/// the clause.
bool negated_at(const std::vector<Token>& tokens, std::size_t at, std::size_t sentence_first);

/// The polarity of an answer by its opening words; `words` gets how many tokens they are.
Polarity read_polarity(const std::vector<Token>& tokens, Role role, std::size_t& words);

}  // namespace wrapup::rules
