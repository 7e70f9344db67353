#include <cstdio>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/settings.hpp"

namespace wrapup {

int config_check_command(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (sources.file.empty()) {
    fmt::print("The configuration is right: defaults and the environment; no --config FILE was given.\n");
  } else {
    fmt::print("{} is right, together with the environment.\n", sources.file);
  }
  return kDone;
}

int config_print_command(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  fmt::print("{}", print_config(*config));
  return kDone;
}

}  // namespace wrapup
