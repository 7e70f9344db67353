// Whether words that a model quotes were said. Case, punctuation and spaces may differ; the words may not. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "model/action.hpp"
#include "model/call.hpp"

namespace wrapup {

/// Where `quote` stands: in turn `turn` if it does, else in the turn next to that which has it. The evidence has the
/// words of the transcript, letter for letter.
std::optional<Evidence> find_quote(const Transcript& transcript, std::int64_t turn, std::string_view quote);

}  // namespace wrapup
