// Questions to a model about one call, and its answers checked: asked in batches and over the windows of a long
// transcript, merged, quotes looked up, choices held to the letter. Used by the stages that answer actions.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/action.hpp"
#include "pipeline/model_run.hpp"

namespace wrapup {

/// A question as the model gets it, and what its value may be.
struct Question {
  const Action* action;
  json::object words;         // kind, question, choices…
  json::object value_schema;  // of "value"
};

/// What came of a question. `answer.error` says why there is none.
struct Answered {
  Answer answer;
  bool proven = false;  // its quote was said
  std::string lacking;  // why a part of the call was not read; empty when all was
};

/// Asks all questions; one result each, in their order. `context`: members of the data beside questions and transcript.
Task<std::vector<Answered>> ask_questions(ModelRun& model, std::string_view use, const Call& call,
                                          const std::vector<Question>& questions, const json::object& context);

/// The instructions that the agent had, as data for a model.
json::object agent_data(const Call& call, const Agent& agent);

/// What one window's answers amount to when there are several: the later word counts, a proven one before an unproven.
Answered later_word(Answered before, Answered after);

}  // namespace wrapup
