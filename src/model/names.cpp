#include "model/names.hpp"

#include <algorithm>

#include "model/embedded.hpp"

namespace wrapup {

namespace {

std::unordered_map<std::string_view, GivenName> read_names(std::string_view text) {
  std::unordered_map<std::string_view, GivenName> out;
  GivenName kind = GivenName::yes;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    if (line.starts_with('[')) {
      kind = line == "[names]" ? GivenName::yes : GivenName::word_too;
      continue;
    }
    while (!line.empty()) {
      const std::size_t space = std::min(line.find(' '), line.size());
      if (space > 0) out.emplace(line.substr(0, space), kind);
      line.remove_prefix(std::min(space + 1, line.size()));
    }
  }
  return out;
}

}  // namespace

const std::unordered_map<std::string_view, GivenName>& given_names() {
  static const auto kNames = read_names(model_file("assets/names.txt").value_or(""));
  return kNames;
}

GivenName given_name(std::string_view word) {
  const auto found = given_names().find(word);
  return found == given_names().end() ? GivenName::no : found->second;
}

}  // namespace wrapup
