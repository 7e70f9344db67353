// A call as the API gives it (docs/api.md, "Reading calls"), for a terminal. Pure.
#pragma once

#include <string>

#include "app/table.hpp"
#include "base/json.hpp"

namespace wrapup {

/// When it began; the API has it as text in epoch milliseconds. 0 when there is none.
Timestamp call_start(const json::object& call);
Cell call_status_cell(const json::object& call);
/// "42 s", "3:05 min"
std::string call_length(const json::object& call);
/// Why it ended; with the text of a custom reason. Not made safe.
std::string call_reason(const json::object& call);

/// One event of a timeline in a line. Not made safe.
std::string event_words(const json::object& event);

/// Everything of a call: facts, conversation, answers, variables, analysis, timeline. Safe.
std::string call_text(const json::object& call, const Look& look);

}  // namespace wrapup
