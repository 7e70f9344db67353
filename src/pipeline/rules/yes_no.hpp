// The ways to answer a yes/no question. Each looks at one shape of question and says nothing when the shape, or the
// call, does not fit. Pure.
#pragma once

#include "pipeline/rules/candidates.hpp"
#include "pipeline/rules/kinds.hpp"

namespace wrapup::rules {

struct Verdict {
  bool yes = false;
  std::size_t turn = 0;
  std::size_t first = 0;  // tokens of the evidence; none when first == last
  std::size_t last = 0;
  double confidence = 0.5;
};

/// A shape that fits decides even when the call is silent: then `verdict` is empty.
struct Ruling {
  bool fits = false;
  std::optional<Verdict> verdict;
};

/// "Did the agent say goodbye?", "Was the caller annoyed?", "Did the call break off?": questions about the call itself,
/// told by the cues of the language packs. "Not" in the question turns the answer round.
Ruling about_call(const Question& question, const PreparedTranscript& transcript);
/// The agent's last word on whether what it did worked; nothing when it never says.
std::optional<Verdict> outcome(const PreparedTranscript& transcript);
/// "more than 4 rooms", "before 3 pm", "in the afternoon or evening", "in the 1970s".
Ruling compare_value(const Extractor& extractor, const Question& question, const PreparedTranscript& transcript);
/// "Is Oslo the city ...", "a vehicle of the type 'Bus'", "the drink that is ordered: tea".
Ruling equal_value(const Extractor& extractor, const Question& question, const PreparedTranscript& transcript);
/// "Was the table booked", "Did the caller ask for a receipt", "Did the agent put the caller on hold".
Ruling event(const Question& question, const PreparedTranscript& transcript);
/// "Does the workshop have parking?": the question and its answer, or a statement.
Ruling state(const Question& question, const PreparedTranscript& transcript);

}  // namespace wrapup::rules
