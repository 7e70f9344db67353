#include "llm/prompts.hpp"

#include "base/crypto.hpp"
#include "llm/embedded.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kAfter = "=== after the data ===\n";

}  // namespace

std::optional<Prompt> built_in_prompt(std::string_view use, std::string_view version) {
  const auto file = llm_file("prompts/" + std::string(use) + "." + std::string(version) + ".txt");
  if (!file) return {};
  const std::size_t parted = file->find(kAfter);
  if (parted == std::string_view::npos) return {};
  return Prompt{std::string(version), std::string(file->substr(0, parted)),
                std::string(file->substr(parted + kAfter.size()))};
}

Prompt own_prompt(std::string_view use, std::string_view words) {
  Prompt prompt = built_in_prompt(use, kPromptVersion).value_or(Prompt{});
  prompt.version = "workspace-" + to_hex(sha256(words)).substr(0, 8);
  prompt.system = words;
  return prompt;
}

}  // namespace wrapup
