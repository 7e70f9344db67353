#include <cstdio>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "storage/access.hpp"

namespace wrapup {

int report_error(const Error& error) {
  if (error.fields.empty()) {
    fmt::print(stderr, "wrapup: {}{}{}\n", error.message, error.detail.empty() ? "" : ": ", error.detail);
    return kFailed;
  }
  bool by_flags = true;
  for (const auto& [path, message] : error.fields) {
    fmt::print(stderr, "{}: {}\n", path, message);
    by_flags = by_flags && path.starts_with("--");
  }
  fmt::print(
      stderr,
      "wrapup: the configuration has {} fault{}; `wrapup config print` shows every setting as it can be written\n",
      error.fields.size(), error.fields.size() == 1 ? "" : "s");
  return by_flags ? kWronglyCalled : kFailed;
}

int serve_command(const ConfigSources& sources, const ServeOptions& options) {
  if (!options.dev && !(options.api_key.empty() && options.webhook_secret.empty())) {
    fmt::print(stderr,
               "wrapup: --api-key and --webhook-secret are for development and work only with --dev.\n"
               "Without them the first start makes a key and a secret; `wrapup key create` makes more keys.\n");
    return kWronglyCalled;
  }
  const Status key = options.api_key.empty() ? Status() : check_api_key(options.api_key);
  const Status secret =
      options.webhook_secret.empty() ? Status() : check_signing_secret(SecretKind::hmac, options.webhook_secret);
  for (const auto& [flag, fit] : {std::pair("--api-key", &key), std::pair("--webhook-secret", &secret)}) {
    if (*fit) continue;
    fmt::print(stderr, "wrapup: {}: {}\n", flag, fit->error().message);
    return kWronglyCalled;
  }
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  return serve(*config, options);
}

}  // namespace wrapup
