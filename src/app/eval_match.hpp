// Whether an answer is the one that was expected, whatever the form: times, dates, numbers, names, places. Used by
// `wrapup eval`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wrapup::eval {

/// `type`: what kind of value it is ("time", "date", "number", "money", "id", "phone", "postcode", "name", "place"), or
/// anything else.
bool matches(std::string_view answer, const std::vector<std::string>& expected, std::string_view type);

/// Overlap of the tokens, 0 to 1 (F1).
double overlap(std::string_view answer, std::string_view expected);

/// Whether a text says that there is no answer ("n/a", "not mentioned").
bool says_nothing(std::string_view text);

}  // namespace wrapup::eval
