// Scripts that let a shell complete the command line. They are made from the tree of commands as it is parsed, so that
// they cannot name what is not there. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wrapup {

struct OptionInfo {
  std::vector<std::string> names;  // "--status", "-h"
  std::string help;
  std::string type;                  // of the value: empty when it takes none; "FILE" and "DIR" are paths
  std::vector<std::string> choices;  // the values there are; empty: any
};

struct CommandInfo {
  std::string name;
  std::string help;
  std::vector<OptionInfo> options;
  std::vector<CommandInfo> commands;
};

/// For "bash", "zsh" or "fish"; empty for another shell.
std::string completion_script(std::string_view shell, const CommandInfo& program);

}  // namespace wrapup
