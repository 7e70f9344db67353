#include <cstdio>

#include <fmt/format.h>

#include "app/access.hpp"
#include "app/commands.hpp"
#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"

namespace wrapup {

int key_create_command(const ConfigSources& sources, const std::string& workspace, const std::string& name) {
  if (const auto fit = check_workspace(workspace); !fit) {
    fmt::print(stderr, "wrapup: --workspace: {}\n", fit.error().message);
    return kWronglyCalled;
  }
  if (!is_secret_name(name)) {
    fmt::print(stderr, "wrapup: --name: at most 200 bytes, and no control characters\n");
    return kWronglyCalled;
  }
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto made = make_data_folder(config->data); !made) return report_error(made.error());
  SystemClock clock;
  SystemEntropy entropy;
  const auto box = open_secret_box(*config, clock, entropy);
  if (!box) return report_error(box.error());
  const AccessTools tools{clock, entropy, *box};
  const auto made =
      visit_store(config->data, clock, [&](Store& store) { return create_key(store, tools, workspace, name); });
  if (!made) return report_error(made.error());
  // The key alone on stdout, so that a script can take it.
  fmt::print("{}\n", made->api_key);
  std::fflush(stdout);
  fmt::print(stderr, "This key of the workspace {} is shown only now; only its hash is stored.\n", workspace);
  if (!made->signing_secret.empty()) {
    fmt::print(stderr, "Webhooks of the workspace are signed with {}, shown only now too.\n", made->signing_secret);
  }
  return kDone;
}

int key_list_command(const ConfigSources& sources) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto there = check_database(config->data); !there) return report_error(there.error());
  SystemClock clock;
  const auto keys = visit_store(config->data, clock, [](Store& store) { return store.list_keys(); });
  if (!keys) return report_error(keys.error());
  constexpr auto kRow = "{:<36}  {:<12}  {:<13}  {:<24}  {:<24}  {}\n";
  fmt::print(fmt::runtime(kRow), "key id", "workspace", "begins", "created", "revoked", "name");
  for (const ApiKey& key : *keys) {
    fmt::print(fmt::runtime(kRow), key.key_id, key.workspace_id, key.prefix, format_utc(key.created_at),
               key.revoked_at ? format_utc(*key.revoked_at) : "-", key.name);
  }
  return kDone;
}

int key_revoke_command(const ConfigSources& sources, const std::string& key_id) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto there = check_database(config->data); !there) return report_error(there.error());
  SystemClock clock;
  const auto revoked =
      visit_store(config->data, clock, [&](Store& store) { return store.revoke_key(key_id, clock.now()); });
  if (!revoked) return report_error(revoked.error());
  if (!*revoked) {
    fmt::print(stderr, "wrapup: no live key has that id. `wrapup key list` shows the ids.\n");
    return kFailed;
  }
  fmt::print("Revoked {}.\n", key_id);
  return kDone;
}

}  // namespace wrapup
