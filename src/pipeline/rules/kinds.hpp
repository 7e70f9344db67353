// The three kinds of extractors, each in its own file, and how their answers are put together. Called by extract()
// only; pure.
#pragma once

#include "model/action.hpp"
#include "pipeline/rules/prepared.hpp"

namespace wrapup::rules {

Answer answer_yes_no(const Extractor& extractor, const PreparedTranscript& transcript);
Answer answer_single_choice(const Extractor& extractor, const PreparedTranscript& transcript);
Answer answer_open_question(const Extractor& extractor, const PreparedTranscript& transcript);

/// The answer to a yes/no question about the call itself; nothing when it is not one, or the call does not say.
std::optional<Answer> answer_about_call(const Extractor& extractor, const PreparedTranscript& transcript);

/// The call does not say.
Answer no_answer();
/// An answer without its value yet: evidence, confidence, evaluator.
Answer make_answer(const PreparedTurn& turn, std::string_view quote, double confidence);

}  // namespace wrapup::rules
