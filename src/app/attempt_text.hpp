// One attempt to deliver, as the log of the API tells it (docs/delivery.md, "The attempt log"), in words: what came of
// it, what to do about a failure, where the time went, the request as a curl command. Pure. The answers are safe to
// print on a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/table.hpp"
#include "base/json.hpp"

namespace wrapup {

/// Sentences on a failure, and on what to do next; empty for a success.
struct FailureWords {
  std::string what;
  std::string next;
};
/// `attempt`: an entry of the log; one with everything gives better words.
FailureWords failure_words(const json::object& attempt);

/// The classes of failure that there are words for, which are all that a server has today.
std::vector<std::string_view> failure_classes();

bool succeeded(const json::object& attempt);
/// "204", "503", "timeout_after".
Cell result_cell(const json::object& attempt);

/// What came of it, in a few lines: the answer, what it means, what to do.
std::string outcome_text(const json::object& attempt, const Look& look);

/// The phases with bars: when each began, and how long it took.
std::string waterfall(const json::object& timings_us, const Look& look);

/// Everything of one attempt. `attempts`: all that are known of the same delivery, newest first.
std::string attempt_text(const json::object& attempt, const json::array& attempts, Timestamp now, const Look& look);

/// A command for a POSIX shell (with $'…' of bash, ksh and zsh where a control character needs it) that sends the same
/// request. Values of headers that are usually secret are masked as ***.
std::string curl_command(const json::object& attempt);

}  // namespace wrapup
