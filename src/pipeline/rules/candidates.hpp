// Candidate answers to an open question: every place in the call that could be the value, with a score from its
// surroundings. Pure.
#pragma once

#include "pipeline/rules/question.hpp"

namespace wrapup::rules {

struct Candidate {
  std::size_t turn = 0;   // into PreparedTranscript::turns()
  std::size_t first = 0;  // tokens [first, last)
  std::size_t last = 0;
  double score = 0;
  End end = End::none;  // of a trip, as the words before a place say
  Value value;          // typed, where there is one
  std::string text;     // the answer; the words of the turn when empty
};

std::vector<Candidate> typed_candidates(const Question& question, const PreparedTranscript& transcript);
std::vector<Candidate> name_candidates(const Question& question, const PreparedTranscript& transcript);
std::vector<Candidate> place_candidates(const Question& question, const PreparedTranscript& transcript);
std::vector<Candidate> title_candidates(const Question& question, const PreparedTranscript& transcript);
std::vector<Candidate> text_candidates(const Question& question, const PreparedTranscript& transcript);

/// The candidate that holds at the end of the call: of those about as good as the best the last one; null when none is
/// good enough.
const Candidate* settle(const std::vector<Candidate>& candidates, double threshold, double margin);

/// The value of an open question as the rules see it; nothing when the call does not say.
std::optional<Candidate> answer_open(const Question& question, const PreparedTranscript& transcript);

/// The answer's words without lead-in ("yes", "um", "I would like") and closing ("please").
void trim_fillers(const PreparedTurn& turn, std::size_t& first, std::size_t& last);

}  // namespace wrapup::rules
