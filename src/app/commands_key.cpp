#include <cstdio>

#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/data_folder.hpp"
#include "app/master_key.hpp"
#include "app/safe_text.hpp"
#include "base/entropy.hpp"
#include "base/time.hpp"
#include "storage/access.hpp"

namespace wrapup {

int key_create_command(const ConfigSources& sources, const std::string& workspace, const std::string& name,
                       const std::vector<std::string>& scopes) {
  if (const auto fit = check_workspace(workspace); !fit) {
    fmt::print(stderr, "wrapup: --workspace: {}\n", fit.error().message);
    return kWronglyCalled;
  }
  if (!is_secret_name(name)) {
    fmt::print(stderr, "wrapup: --name: at most 200 bytes, and no control characters\n");
    return kWronglyCalled;
  }
  Scopes wanted = scopes.empty() ? Scopes::all() : Scopes();
  for (const auto& scope : scopes) {
    const auto known = scope_from(scope);
    if (!known) {
      fmt::print(stderr, "wrapup: --scope: {} is none; there are {}\n", safe_line(scope), kScopeNames);
      return kWronglyCalled;
    }
    wanted.add(*known);
  }
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto made = make_data_folder(config->data); !made) return report_error(made.error());
  SystemClock clock;
  SystemEntropy entropy;
  const auto box = open_secret_box(*config, clock, entropy);
  if (!box) return report_error(box.error());
  const AccessTools tools{clock, entropy, *box};
  const auto made = visit_store(*config, clock, [&](Store& store) -> Result<NewAccess> {
    std::string key_id;
    auto created = create_key(store, tools, workspace, name, wanted, &key_id);
    if (!created) return created;
    if (auto noted = audit_command(store, clock, entropy, workspace, "key.create", key_id); !noted)
      return fail(noted.error());
    return created;
  });
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
  if (const auto there = check_database(*config); !there) return report_error(there.error());
  SystemClock clock;
  const auto keys = visit_store(*config, clock, [](Store& store) { return store.list_keys(); });
  if (!keys) return report_error(keys.error());
  constexpr auto kRow = "{:<36}  {:<12}  {:<13}  {:<24}  {:<24}  {:<41}  {}\n";
  fmt::print(fmt::runtime(kRow), "key id", "workspace", "begins", "created", "revoked", "scopes", "name");
  for (const ApiKey& key : *keys) {
    fmt::print(fmt::runtime(kRow), key.key_id, key.workspace_id, key.prefix, format_utc(key.created_at),
               key.revoked_at ? format_utc(*key.revoked_at) : "-", key.scopes.text(), key.name);
  }
  return kDone;
}

int key_revoke_command(const ConfigSources& sources, const std::string& key_id) {
  const auto config = load_config(sources);
  if (!config) return report_error(config.error());
  if (const auto there = check_database(*config); !there) return report_error(there.error());
  SystemClock clock;
  SystemEntropy entropy;
  const auto revoked = visit_store(*config, clock, [&](Store& store) -> Result<bool> {
    const auto key = store.get_key(key_id);
    if (!key) return fail(key.error());
    auto ended = store.revoke_key(key_id, clock.now());
    if (!ended || !*ended) return ended;
    auto noted = audit_command(store, clock, entropy, (*key)->workspace_id, "key.revoke", key_id);
    if (!noted) return fail(noted.error());
    return true;
  });
  if (!revoked) return report_error(revoked.error());
  if (!*revoked) {
    fmt::print(stderr, "wrapup: no live key has that id. `wrapup key list` shows the ids.\n");
    return kFailed;
  }
  fmt::print("Revoked {}.\n", key_id);
  return kDone;
}

}  // namespace wrapup
