// The analysis as far as rules can tell it from the record: answered_by_human, call_completion, no_repetition,
// no_opt_out, opted_in, user_sentiment and a factual call_summary. What rules cannot tell stays null. Pure.
#pragma once

#include "model/analysis.hpp"
#include "model/call.hpp"

namespace wrapup::rules {

Analysis judge(const Call& call);

}  // namespace wrapup::rules
