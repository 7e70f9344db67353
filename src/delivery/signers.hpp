// What a workspace signs its webhooks with: all its live secrets, opened and ready. Used by the dispatcher. Signers may
// be shared between threads; the cache lives on one reactor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/crypto.hpp"
#include "base/secret_box.hpp"
#include "delivery/signature.hpp"
#include "model/signing_secret.hpp"
#include "storage/async_store.hpp"

namespace wrapup {

class Signers {
 public:
  /// `secrets` are those of one workspace that sign now, newest first, as Store::live_signing_secrets gives them.
  /// Errors are those of SecretBox::open, and `internal`, name "no_signing_secret", when none of them is an hmac one.
  /// One that does not open is an error of all: a receiver may know just that one.
  static Result<Signers> open(const std::vector<SigningSecret>& secrets, const SecretBox& box);

  /// The value of webhook-signature: every secret signs, v1 before v1a, newest first, parted by one space. `timestamp`
  /// is that of the attempt, in seconds.
  std::string webhook_signature(std::string_view webhook_id, std::int64_t timestamp, std::string_view body) const;
  /// With the newest hmac secret.
  std::string call_id_signature(std::string_view call_id) const;
  /// Whether the call-id form is sent as HTTP_SYNTHFLOW_SIGNATURE too.
  bool compat_header() const { return compat_header_; }
  /// When the first of them stops signing; kNever when none does.
  Timestamp valid_until() const { return valid_until_; }

 private:
  friend class SignerCache;
  Signers() = default;

  std::vector<Signer> shared_;
  std::vector<Ed25519Key> asymmetric_;
  bool compat_header_ = false;
  Timestamp valid_until_ = kNever;
};

/// The signers of each workspace, kept until one of their secrets changes or stops signing, and five seconds at most: a
/// command may change them in another process.
class SignerCache {
 public:
  /// Hears of changes from `store.feeds().secrets`.
  /// `compat_header` holds for workspaces that do not set signature_header_compat.
  SignerCache(AsyncStore& store, const SecretBox& box, const Clock& clock, bool compat_header);
  SignerCache(const SignerCache&) = delete;
  SignerCache& operator=(const SignerCache&) = delete;

  /// Errors of the store and of Signers::open.
  Task<Result<std::shared_ptr<const Signers>>> of(std::string workspace_id);

 private:
  struct Kept {
    std::shared_ptr<const Signers> signers;
    Timestamp until = 0;
  };

  AsyncStore& store_;
  const SecretBox& box_;
  const Clock& clock_;
  bool compat_header_;
  std::map<std::string, Kept> kept_;
  std::uint64_t changes_ = 0;
};

}  // namespace wrapup
