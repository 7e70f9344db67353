#include "app/completion.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

CommandInfo program() {
  CommandInfo show{"show", "One, with what's known", {{{"--json"}, "Raw", "", {}}}, {}};
  CommandInfo logs{"logs",
                   "The attempts",
                   {{{"--status", "-s"}, "How it ended", "success|failed", {"success", "failed"}},
                    {{"--config"}, "A file", "FILE", {}},
                    {{"--search"}, "Words", "TEXT", {}}},
                   {show}};
  return {"wrapup", "", {{{"--version"}, "Print it", "", {}}}, {logs}};
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// That the shells complete by these scripts, tests/integration/cli.test.mjs tries.
TEST(Completion, EveryCommandAndOptionStandsInEachScript) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell, program());
    for (const char* word : {"logs", "show", "status", "config", "search", "json", "version", "success", "failed"})
      EXPECT_TRUE(holds(script, word)) << shell << " lacks " << word;
  }
}

TEST(Completion, QuotesWhatAHelpTextMayHold) {
  EXPECT_TRUE(holds(completion_script("zsh", program()), R"('show:One, with what'\''s known')"));
  EXPECT_TRUE(holds(completion_script("fish", program()), R"('One, with what\'s known')"));
}

TEST(Completion, NothingForAShellItDoesNotKnow) { EXPECT_EQ(completion_script("ed", program()), ""); }

}  // namespace
}  // namespace wrapup
