// Who may come in and what webhooks are signed with: makes API keys and signing secrets and stores them. Of a key only
// the SHA-256 is kept, of a secret only what the box sealed. Called at the start of the server, by the API, by `wrapup
// key` and by `wrapup secret`, each call inside one write of the store.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/entropy.hpp"
#include "base/result.hpp"
#include "base/secret_box.hpp"
#include "storage/store.hpp"

namespace wrapup {

inline constexpr std::string_view kDefaultWorkspace = "default";

/// "wk_" and 64 hex digits.
std::string new_api_key(Entropy& entropy);
/// How a key is stored and found.
std::string hash_of_key(std::string_view key);

/// 16 to 200 printable characters without spaces.
Status check_api_key(std::string_view key);
/// 1 to 64 of: letters, digits, "-", "_", ".".
Status check_workspace(std::string_view workspace_id);

/// What was made; empty where there was one already. Shown once, to whoever started the program.
struct NewAccess {
  std::string api_key;
  std::string signing_secret;
};

/// The world, and what seals.
struct AccessTools {
  Clock& clock;
  Entropy& entropy;
  const SecretBox& box;
};

/// A new key, not stored yet, and its text.
struct NewKey {
  ApiKey row;
  std::string text;
};
NewKey make_key(const AccessTools& tools, const std::string& workspace_id, const std::string& name, Scopes scopes);

/// Makes a key of a workspace; the workspace too, with a signing secret, when it is new. `key_id`, when given, gets the
/// id of the key.
Result<NewAccess> create_key(Store& store, const AccessTools& tools, const std::string& workspace_id,
                             const std::string& name, Scopes scopes = Scopes::all(), std::string* key_id = nullptr);

/// A new secret of that kind, sealed and not stored yet, and its text.
struct NewSecret {
  SigningSecret row;
  std::string text;
};
NewSecret make_secret(const AccessTools& tools, const std::string& workspace_id, SecretKind kind,
                      const std::string& name);

/// A key and a secret that somebody chose, for development; empty: none chosen.
struct FixedAccess {
  std::string api_key;
  std::string signing_secret;
};

/// Writes down what somebody at the command line did.
Status audit_command(Store& store, Clock& clock, Entropy& entropy, const std::string& workspace_id,
                     const std::string& act, const std::string& object_id);

/// At each start: the workspace "default" has a signing secret and a key afterwards. A fixed key is added to the keys
/// there are, a fixed secret takes the place of the hmac ones there are; neither is returned. `conflict` when the fixed
/// key was revoked or is another workspace's.
Result<NewAccess> ensure_default_access(Store& store, const AccessTools& tools, const FixedAccess& fixed);

}  // namespace wrapup
