// What an extractor asks: its topic words with weights, the type of the value, whose words count, and which end of a
// trip or stay. Pure.
#pragma once

#include "model/action.hpp"
#include "pipeline/rules/prepared.hpp"

namespace wrapup::rules {

enum class Side { any, human, bot };
enum class End { none, start, finish };  // from / to, check in / check out

struct TopicWord {
  WordId stem = 0;
  double weight = 0;
  bool generic = false;  // a word of any call; alone it says nothing
  WordId also = 0;       // "repeat or spell": either will do

  bool matches(WordId id) const { return id == stem || id == also; }
};

/// How one turn stands to the topic; shares of it, 0 to 1.
struct TurnTopic {
  double asked = 0;  // in the sentences that ask
  double trail = 0;  // here and in the turns just before; fades with distance
};

struct Question {
  std::vector<Token> tokens;  // of the description
  std::vector<TopicWord> topic;
  double total = 0;              // sum of the weights
  std::vector<TurnTopic> turns;  // as PreparedTranscript::turns()
  ValueType type = ValueType::text;
  Side side = Side::any;
  End end = End::none;
  WordId head = 0;     // "what special request": the stem of the noun; 0 when there is none
  WordId counted = 0;  // "how many riders": the stem of the noun
  bool counts_people = false;
  bool opening = false;  // about what was asked for first, or the main reason
  bool person = false;   // a name of the caller, not of a thing
  bool surname = false;
  bool given_name = false;
  bool birth = false;
  bool address = false;
  bool city = false;
  bool orders = false;  // what was ordered or asked for
};

Question read_question(const Extractor& extractor, const PreparedTranscript& transcript);

/// The share of the topic, 0 to 1, that tokens [first, last) of a turn speak of.
double coverage(const Question& question, const PreparedTurn& turn, std::size_t first, std::size_t last);
/// The same, where words count less the further they stand from tokens [near_first, near_last).
double coverage_near(const Question& question, const PreparedTurn& turn, const Sentence& sentence,
                     std::size_t near_first, std::size_t near_last);
/// Fills `total` and `turns` from the words of the topic; to be called again when they change.
void follow_topic(Question& question, const PreparedTranscript& transcript);

const Sentence& sentence_of(const PreparedTurn& turn, std::size_t token);
bool has_word(const std::vector<Token>& tokens, std::string_view word);
bool has_stem(const std::vector<Token>& tokens, std::string_view word);
bool has_phrase(const std::vector<Token>& tokens, std::string_view phrase);

}  // namespace wrapup::rules
