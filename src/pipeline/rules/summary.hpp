// The factual summary of a call: who, how long, how it ended, what was found; made from the record and the answers, and
// marked as made by rules. Used by the judge. Pure.
#pragma once

#include <string>
#include <string_view>

#include "model/call.hpp"
#include "model/payload.hpp"

namespace wrapup::rules {

std::string summary(const Call& call, const Findings& findings);

/// The beginning of a text in at most `limit` bytes, cut between words where there are any, with "…" when it was cut.
std::string first_words(std::string_view text, std::size_t limit);

}  // namespace wrapup::rules
