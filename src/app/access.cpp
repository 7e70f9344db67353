#include "app/access.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"
#include "delivery/signature.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kShownOfKey = 10;

std::string random_bytes(Entropy& entropy) {
  std::array<unsigned char, 32> bytes{};
  entropy.fill(bytes);
  return {bytes.begin(), bytes.end()};
}

Status add_key(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id, const std::string& name,
               const std::string& key) {
  ApiKey row{workspace_id, new_id(clock, entropy), key.substr(0, kShownOfKey), name, clock.now(), {}};
  return store.add_key(row, hash_of_key(key));
}

/// Adds a signing secret when the workspace has none; returns it then.
Result<std::string> ensure_secret(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id) {
  const auto known = store.signing_secrets(workspace_id);
  if (!known) return fail(known.error());
  if (!known->empty()) return std::string();
  SigningSecret secret{new_id(clock, entropy), new_signing_secret(entropy)};
  if (auto added = store.add_signing_secret(workspace_id, secret, clock.now()); !added) return fail(added.error());
  return secret.secret;
}

Status fix_secret(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id,
                  const std::string& secret) {
  const auto known = store.signing_secrets(workspace_id);
  if (!known) return fail(known.error());
  if (known->size() == 1 && known->front().secret == secret) return {};
  return store.replace_signing_secrets(workspace_id, {new_id(clock, entropy), secret}, clock.now());
}

Status fix_key(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id, const std::string& key) {
  // A key that is known already stays as it is.
  if (auto added = add_key(store, clock, entropy, workspace_id, "fixed at start", key); !added) return added;
  const auto live = store.find_key(hash_of_key(key));
  if (!live) return fail(live.error());
  if (*live && (*live)->workspace_id == workspace_id) return {};
  return fail(Code::conflict, "key_unusable",
              *live ? "the key belongs to the workspace " + (*live)->workspace_id + "; choose another one"
                    : "the key was revoked; choose another one");
}

}  // namespace

std::string new_api_key(Entropy& entropy) { return "wk_" + to_hex(random_bytes(entropy)); }

std::string new_signing_secret(Entropy& entropy) {
  return std::string(kSecretPrefix) + base64_encode(random_bytes(entropy));
}

std::string hash_of_key(std::string_view key) { return to_hex(sha256(key)); }

Status check_api_key(std::string_view key) {
  const bool printable = std::ranges::all_of(key, [](char c) { return c > ' ' && c <= '~'; });
  if (printable && key.size() >= 16 && key.size() <= 200) return {};
  return fail(Code::invalid, "invalid_api_key", "an API key has 16 to 200 printable ASCII characters and no spaces");
}

Status check_signing_secret(std::string_view secret) {
  if (signing_key(secret)) return {};
  return fail(Code::invalid, "invalid_signing_secret",
              "a signing secret is whsec_ and the base64 of 24 to 64 bytes, such as the output of: "
              "echo \"whsec_$(openssl rand -base64 32)\"");
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

Result<NewAccess> create_key(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id,
                             const std::string& name) {
  if (auto made = store.ensure_workspace(workspace_id, clock.now()); !made) return fail(made.error());
  auto secret = ensure_secret(store, clock, entropy, workspace_id);
  if (!secret) return fail(secret.error());
  NewAccess access{new_api_key(entropy), std::move(*secret)};
  if (auto added = add_key(store, clock, entropy, workspace_id, name, access.api_key); !added)
    return fail(added.error());
  return access;
}

Result<NewAccess> ensure_default_access(Store& store, Clock& clock, Entropy& entropy, const FixedAccess& fixed) {
  const std::string workspace_id(kDefaultWorkspace);
  NewAccess access;
  if (auto made = store.ensure_workspace(workspace_id, clock.now()); !made) return fail(made.error());
  if (!fixed.signing_secret.empty()) {
    if (auto done = fix_secret(store, clock, entropy, workspace_id, fixed.signing_secret); !done)
      return fail(done.error());
  } else {
    auto secret = ensure_secret(store, clock, entropy, workspace_id);
    if (!secret) return fail(secret.error());
    access.signing_secret = std::move(*secret);
  }
  if (!fixed.api_key.empty()) {
    if (auto done = fix_key(store, clock, entropy, workspace_id, fixed.api_key); !done) return fail(done.error());
    return access;
  }
  const auto has_keys = store.has_keys(workspace_id);
  if (!has_keys) return fail(has_keys.error());
  if (*has_keys) return access;
  access.api_key = new_api_key(entropy);
  if (auto added = add_key(store, clock, entropy, workspace_id, "made at the first start", access.api_key); !added) {
    return fail(added.error());
  }
  return access;
}

}  // namespace wrapup
