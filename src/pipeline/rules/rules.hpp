// Answers without a model: deterministic, in microseconds, never invented. Pure functions on a transcript.
#pragma once

#include <string_view>

#include "model/action.hpp"
#include "model/agent.hpp"
#include "model/call.hpp"
#include "pipeline/rules/prepared.hpp"

namespace wrapup::rules {

/// Answers one extractor from the transcript alone. `value`: bool or null (yes_no); one of the choices letter for
/// letter, or null (single_choice); a string or null (open_question). A value comes with its evidence; null means that
/// the call does not say. "Did ...?" about an act of the call is answered false, without evidence, when nothing in the
/// call shows the act.
Answer extract(const Extractor& extractor, const Transcript& transcript);

/// The same for many extractors on one call: the transcript is read once, by PreparedTranscript.
Answer extract(const Extractor& extractor, const PreparedTranscript& transcript);

/// A custom evaluation as far as rules can really tell it: pass_fail questions about the call itself (farewell, mood,
/// repetition, ...). Otherwise `value` is null and `error` says why.
Answer evaluate(const CustomEvaluation& evaluation, const PreparedTranscript& transcript);

/// A declared variable that the engine did not report, from the words of the call, in its declared type; `collected`
/// says whether it was found.
Variable collect(const DeclaredVariable& declared, const PreparedTranscript& transcript);

}  // namespace wrapup::rules
