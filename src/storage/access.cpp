#include "storage/access.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kShownOfKey = 10;

std::string random_bytes(Entropy& entropy) {
  std::array<unsigned char, 32> bytes{};
  entropy.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

Status add_key(Store& store, const AccessTools& tools, const std::string& workspace_id, const std::string& name,
               const std::string& key) {
  const Timestamp now = tools.clock.now();
  const ApiKey row{workspace_id, new_id(tools.clock, tools.entropy), key.substr(0, kShownOfKey), name, now, {},
                   Scopes::all()};
  return store.add_key(row, hash_of_key(key));
}

Result<std::vector<SigningSecret>> shared_secrets(Store& store, const AccessTools& tools,
                                                  const std::string& workspace_id) {
  auto live = store.live_signing_secrets(workspace_id, tools.clock.now());
  if (live) std::erase_if(*live, [](const SigningSecret& secret) { return secret.kind != SecretKind::hmac; });
  return live;
}

/// Adds a signing secret when the workspace has none; returns it then.
Result<std::string> ensure_secret(Store& store, const AccessTools& tools, const std::string& workspace_id) {
  const auto known = shared_secrets(store, tools, workspace_id);
  if (!known) return fail(known.error());
  if (!known->empty()) return std::string();
  NewSecret made = make_secret(tools, workspace_id, SecretKind::hmac, "");
  if (auto added = store.add_signing_secret(made.row); !added) return fail(added.error());
  return made.text;
}

/// Afterwards `text` is the only hmac secret that signs.
Status fix_secret(Store& store, const AccessTools& tools, const std::string& workspace_id, const std::string& text) {
  const auto known = shared_secrets(store, tools, workspace_id);
  if (!known) return fail(known.error());
  bool there = false;
  std::vector<std::string> others;
  for (const auto& secret : *known) {
    const auto opened = tools.box.open(secret.sealed, place_of(secret));
    if (!there && !secret.expires_at && opened && *opened == text) {
      there = true;
    } else {
      others.push_back(secret.secret_id);
    }
  }
  if (!there) {
    NewSecret made = make_secret(tools, workspace_id, SecretKind::hmac, "fixed at start");
    seal(made.row, text, tools.box, tools.entropy);
    if (auto added = store.add_signing_secret(made.row); !added) return added;
  }
  for (const auto& id : others) {
    if (auto gone = store.revoke_signing_secret(workspace_id, id, tools.clock.now()); !gone) return gone;
  }
  return {};
}

Status fix_key(Store& store, const AccessTools& tools, const std::string& workspace_id, const std::string& key) {
  // A key that is known already stays as it is.
  if (auto added = add_key(store, tools, workspace_id, "fixed at start", key); !added) return added;
  const auto live = store.find_key(hash_of_key(key));
  if (!live) return fail(live.error());
  if (*live && (*live)->workspace_id == workspace_id) return {};
  return fail(Code::conflict, "key_unusable",
              *live ? "the key belongs to the workspace " + (*live)->workspace_id + "; choose another one"
                    : "the key was revoked; choose another one");
}

}  // namespace

std::string new_api_key(Entropy& entropy) { return "wk_" + to_hex(random_bytes(entropy)); }

std::string hash_of_key(std::string_view key) { return to_hex(sha256(key)); }

Status check_api_key(std::string_view key) {
  const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (printable && key.size() >= 16 && key.size() <= 200) return {};
  return fail(Code::invalid, "invalid_api_key", "an API key has 16 to 200 printable ASCII characters and no spaces");
}

Status check_workspace(std::string_view workspace_id) {
  const bool fit = std::ranges::all_of(workspace_id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (fit && !workspace_id.empty() && workspace_id.size() <= 64) return {};
  return fail(Code::invalid, "invalid_workspace",
              "a workspace's name has 1 to 64 letters, digits, \"-\", \"_\" and \".\"");
}

NewSecret make_secret(const AccessTools& tools, const std::string& workspace_id, SecretKind kind,
                      const std::string& name) {
  NewSecret made;
  made.text = new_signing_secret(kind, tools.entropy);
  made.row.workspace_id = workspace_id;
  made.row.secret_id = new_id(tools.clock, tools.entropy);
  made.row.kind = kind;
  made.row.name = name;
  made.row.created_at = tools.clock.now();
  seal(made.row, made.text, tools.box, tools.entropy);
  return made;
}

NewKey make_key(const AccessTools& tools, const std::string& workspace_id, const std::string& name, Scopes scopes) {
  NewKey made;
  made.text = new_api_key(tools.entropy);
  made.row = {
      workspace_id, new_id(tools.clock, tools.entropy), made.text.substr(0, kShownOfKey), name, tools.clock.now(), {},
      scopes};
  return made;
}

Status audit_command(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id,
                     const std::string& act, const std::string& object_id) {
  return store.add_audit({workspace_id, new_id(clock, entropy), clock.now(), "", act, object_id, ""});
}

Result<NewAccess> create_key(Store& store, const AccessTools& tools, const std::string& workspace_id,
                             const std::string& name, Scopes scopes, std::string* key_id) {
  if (auto made = store.ensure_workspace(workspace_id, tools.clock.now()); !made) return fail(made.error());
  auto secret = ensure_secret(store, tools, workspace_id);
  if (!secret) return fail(secret.error());
  const NewKey made = make_key(tools, workspace_id, name, scopes);
  if (auto added = store.add_key(made.row, hash_of_key(made.text)); !added) return fail(added.error());
  if (key_id) *key_id = made.row.key_id;
  return NewAccess{made.text, std::move(*secret)};
}

Result<NewAccess> ensure_default_access(Store& store, const AccessTools& tools, const FixedAccess& fixed) {
  const std::string workspace_id(kDefaultWorkspace);
  NewAccess access;
  if (auto made = store.ensure_workspace(workspace_id, tools.clock.now()); !made) return fail(made.error());
  if (!fixed.signing_secret.empty()) {
    if (auto done = fix_secret(store, tools, workspace_id, fixed.signing_secret); !done) return fail(done.error());
  } else {
    auto secret = ensure_secret(store, tools, workspace_id);
    if (!secret) return fail(secret.error());
    access.signing_secret = std::move(*secret);
  }
  if (!fixed.api_key.empty()) {
    if (auto done = fix_key(store, tools, workspace_id, fixed.api_key); !done) return fail(done.error());
    return access;
  }
  const auto has_keys = store.has_keys(workspace_id);
  if (!has_keys) return fail(has_keys.error());
  if (*has_keys) return access;
  access.api_key = new_api_key(tools.entropy);
  if (auto added = add_key(store, tools, workspace_id, "made at the first start", access.api_key); !added) {
    return fail(added.error());
  }
  return access;
}

}  // namespace wrapup
