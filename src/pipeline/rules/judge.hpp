// The analysis as far as rules can tell it from the record, in the languages that have a pack (model/hearing.hpp):
// no_repetition, appointment, both sentiments, call_completion, answered_by_human, opted_in, no_opt_out, and a factual
// call_summary that says that rules made it. What rules cannot tell stays null. Feedback quotes the turn that shows it.
// Pure; called by the judge stage.
#pragma once

#include "model/analysis.hpp"
#include "model/call.hpp"
#include "model/payload.hpp"

namespace wrapup::rules {

/// `findings`: the answers so far, for the summary.
Analysis judge(const Call& call, const Findings& findings = {});

}  // namespace wrapup::rules
