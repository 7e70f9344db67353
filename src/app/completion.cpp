#include "app/completion.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace wrapup {

namespace {

/// Calls `visit(command, "wrapup logs show")` for a command and all below it.
void each_command(const CommandInfo& command, const std::string& path,
                  const std::function<void(const CommandInfo&, const std::string&)>& visit) {
  visit(command, path);
  for (const auto& inner : command.commands) each_command(inner, path + " " + inner.name, visit);
}

bool is_path(const OptionInfo& option) { return option.type == "FILE" || option.type == "DIR"; }

std::string choices_of(const OptionInfo& option) { return fmt::format("{}", fmt::join(option.choices, " ")); }

/// In single quotes of a shell of the Bourne family.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

std::string fish_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

/// "'wrapup logs:--status'|'wrapup logs:-s'": how a case names an option of a command, by each of its names.
std::string case_of(const std::string& path, const OptionInfo& option) {
  std::string words;
  for (const auto& name : option.names) words += (words.empty() ? "" : "|") + quoted(path + ":" + name);
  return words;
}

/// The steps from command to command, and over the values of options, as lines of a case in bash and zsh.
std::string walk_cases(const CommandInfo& program, const std::string& indent) {
  std::string steps;
  std::string skips;
  each_command(program, program.name, [&](const CommandInfo& command, const std::string& path) {
    for (const auto& inner : command.commands) steps += (steps.empty() ? "" : "|") + quoted(path + ":" + inner.name);
    for (const auto& option : command.options) {
      if (!option.type.empty()) skips += (skips.empty() ? "" : "|") + case_of(path, option);
    }
  });
  return indent + steps + ") at=\"$at $word\" ;;\n" + indent + skips + ") i=$((i + 1)) ;;\n";
}

constexpr std::string_view kBash = R"(# bash completion of wrapup. For this shell: source <(wrapup completion bash)
# For all: wrapup completion bash >~/.local/share/bash-completion/completions/wrapup
_wrapup() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} at={name} word i commands='' options=''
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case "$at:$word" in
{walk}    esac
  done
  COMPREPLY=()
  case "$at:$prev" in
{values}  esac
  case "$at" in
{words}  esac
  if [[ $cur == -* || -z $commands ]]; then commands=$options; fi
  mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$cur")
}}
complete -F _wrapup {name}
)";

std::string bash_script(const CommandInfo& program) {
  std::string values;
  std::string words;
  each_command(program, program.name, [&](const CommandInfo& command, const std::string& path) {
    std::string commands;
    std::string options;
    for (const auto& inner : command.commands) commands += (commands.empty() ? "" : " ") + inner.name;
    for (const auto& option : command.options) {
      for (const auto& name : option.names) options += (options.empty() ? "" : " ") + name;
      if (option.type.empty()) continue;
      std::string action;
      if (is_path(option)) {
        action = fmt::format("compopt -o filenames; mapfile -t COMPREPLY < <(compgen {} -- \"$cur\"); ",
                             option.type == "DIR" ? "-d" : "-f");
      } else if (const auto choices = choices_of(option); !choices.empty()) {
        action = "mapfile -t COMPREPLY < <(compgen -W " + quoted(choices) + " -- \"$cur\"); ";
      }
      values += "    " + case_of(path, option) + ") " + action + "return ;;\n";
    }
    words += "    " + quoted(path) + ") commands=" + quoted(commands) + " options=" + quoted(options) + " ;;\n";
  });
  return fmt::format(kBash, fmt::arg("name", program.name), fmt::arg("walk", walk_cases(program, "      ")),
                     fmt::arg("values", values), fmt::arg("words", words));
}

constexpr std::string_view kZsh = R"(#compdef {name}
# zsh completion of wrapup. For this shell, after compinit: source <(wrapup completion zsh)
# For all: wrapup completion zsh >DIR/_wrapup, with a DIR of $fpath
_wrapup() {{
  local at={name} word
  local -i i
  local -a commands options
  for ((i = 2; i < CURRENT; i++)); do
    word=${{words[i]}}
    case "$at:$word" in
{walk}    esac
  done
  case "$at:${{words[CURRENT-1]}}" in
{values}  esac
  case "$at" in
{words}  esac
  if [[ $PREFIX != -* && ${{#commands}} -gt 0 ]]; then
    _describe -t commands command commands
  else
    _describe -o -t options option options
  fi
}}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _wrapup "$@"; else compdef _wrapup {name}; fi
)";

/// "name:help" as _describe reads it.
std::string described(const std::string& name, const std::string& help) {
  std::string text;
  for (const char c : name) text += c == ':' ? "\\:" : std::string(1, c);
  return quoted(text + ":" + help);
}

std::string zsh_script(const CommandInfo& program) {
  std::string values;
  std::string words;
  each_command(program, program.name, [&](const CommandInfo& command, const std::string& path) {
    std::string commands;
    std::string options;
    for (const auto& inner : command.commands) commands += " " + described(inner.name, inner.help);
    for (const auto& option : command.options) {
      for (const auto& name : option.names) options += " " + described(name, option.help);
      if (option.type.empty()) continue;
      const std::string choices = choices_of(option);
      const std::string action = option.type == "FILE"  ? "_files; "
                                 : option.type == "DIR" ? "_files -/; "
                                 : choices.empty()      ? ""
                                                        : "compadd -- " + choices + "; ";
      values += "    (" + case_of(path, option) + ") " + action + "return ;;\n";
    }
    words += "    (" + quoted(path) + ") commands=(" + commands + " ) options=(" + options + " ) ;;\n";
  });
  return fmt::format(kZsh, fmt::arg("name", program.name), fmt::arg("walk", walk_cases(program, "      (")),
                     fmt::arg("values", values), fmt::arg("words", words));
}

constexpr std::string_view kFish = R"(# fish completion of wrapup. For this shell: wrapup completion fish | source
# For all: wrapup completion fish >~/.config/fish/completions/wrapup.fish
function __wrapup_at
    set -l at {name}
    set -l skip 0
    for word in (commandline -opc)[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at:$word"
            case {steps}
                set at "$at $word"
            case {skips}
                set skip 1
        end
    end
    test "$at" = "$argv[1]"
end
complete -c {name} -f
{lines})";

std::string fish_option(const std::string& path, const std::string& program, const OptionInfo& option) {
  std::string line = "complete -c " + program + " -n " + fish_quoted("__wrapup_at " + fish_quoted(path));
  for (const auto& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  const std::string choices = choices_of(option);
  if (is_path(option)) line += " -r -F";
  if (!is_path(option) && !option.type.empty()) line += " -x";
  if (!choices.empty()) line += " -a " + fish_quoted(choices);
  return line + " -d " + fish_quoted(option.help) + "\n";
}

std::string fish_script(const CommandInfo& program) {
  std::string steps;
  std::string skips;
  std::string lines;
  each_command(program, program.name, [&](const CommandInfo& command, const std::string& path) {
    for (const auto& inner : command.commands) {
      steps += (steps.empty() ? "" : " ") + fish_quoted(path + ":" + inner.name);
      lines += "complete -c " + program.name + " -n " + fish_quoted("__wrapup_at " + fish_quoted(path)) + " -a " +
               inner.name + " -d " + fish_quoted(inner.help) + "\n";
    }
    for (const auto& option : command.options) {
      lines += fish_option(path, program.name, option);
      if (option.type.empty()) continue;
      for (const auto& name : option.names) skips += (skips.empty() ? "" : " ") + fish_quoted(path + ":" + name);
    }
  });
  return fmt::format(kFish, fmt::arg("name", program.name), fmt::arg("steps", steps), fmt::arg("skips", skips),
                     fmt::arg("lines", lines));
}

}  // namespace

std::string completion_script(std::string_view shell, const CommandInfo& program) {
  if (shell == "bash") return bash_script(program);
  if (shell == "zsh") return zsh_script(program);
  if (shell == "fish") return fish_script(program);
  return {};
}

}  // namespace wrapup
