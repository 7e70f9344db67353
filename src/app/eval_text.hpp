// How `wrapup eval` reads answers before it compares them: case, accents, articles, abbreviations and number words make
// no difference. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wrapup::eval {

/// Lower case, without accents, quotes and dashes of ASCII.
std::string plain(std::string_view text);

/// Words: number words as digits, ordinals as plain numbers, articles left out, abbreviations opened.
std::vector<std::string> tokens(std::string_view text);

std::string joined(const std::vector<std::string>& words, std::string_view between = " ");
/// The tokens with a space between.
std::string normal(std::string_view text);
/// Letters and digits alone, for numbers that name something.
std::string compact(std::string_view text);

}  // namespace wrapup::eval
