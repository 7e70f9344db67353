// The prompts that models are asked with: files of src/llm/prompts, named <use>.<version>.txt, or the words of a
// workspace. Every result carries the version, so that two results can be compared. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wrapup {

struct Prompt {
  std::string version;   // "1", or "workspace-" and eight hex digits of the words
  std::string system;    // what to do
  std::string reminder;  // said once more after the data
};

/// The newest of the built-in versions.
inline constexpr std::string_view kPromptVersion = "1";
/// Longest prompt of a workspace, in bytes.
inline constexpr std::size_t kMaxPrompt = 20'000;

/// `use`: "extract", "evaluate", "judge". Nothing when there is no such version.
std::optional<Prompt> built_in_prompt(std::string_view use, std::string_view version);
/// A workspace's own words in the place of the built-in ones.
Prompt own_prompt(std::string_view use, std::string_view words);

}  // namespace wrapup
