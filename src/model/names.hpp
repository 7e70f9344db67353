// Given names that are common in the languages of the packs (assets/names.txt): what tells a name in speech that is
// written without capitals. Used by the rules. Pure; any thread.
#pragma once

#include <string_view>
#include <unordered_map>

namespace wrapup {

enum class GivenName {
  no,
  yes,
  word_too,  // "mark", "will": a name only where one is expected
};

/// By the word in lower case without accents.
const std::unordered_map<std::string_view, GivenName>& given_names();

GivenName given_name(std::string_view word);

}  // namespace wrapup
