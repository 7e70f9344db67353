// Times of the day and dates at one place of a turn. Used by find_values; pure.
#pragma once

#include <optional>
#include <vector>

#include "pipeline/rules/values.hpp"

namespace wrapup::rules {

std::optional<Value> time_at(const std::vector<Token>& tokens, std::size_t at);
std::optional<Value> date_at(const std::vector<Token>& tokens, std::size_t at);

}  // namespace wrapup::rules
