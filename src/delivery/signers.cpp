#include "delivery/signers.hpp"

#include <algorithm>

namespace wrapup {

namespace {

constexpr Duration kKeptFor = 5 * kSecond;

}  // namespace

Result<Signers> Signers::open(const std::vector<SigningSecret>& secrets, const SecretBox& box) {
  Signers signers;
  for (const auto& secret : secrets) {
    auto text = box.open(secret.sealed, place_of(secret));
    if (!text) return fail(std::move(text.error()));
    if (secret.expires_at) signers.valid_until_ = std::min(signers.valid_until_, *secret.expires_at);
    if (secret.kind == SecretKind::hmac) {
      if (Signer signer(*text); signer.has_standard()) signers.shared_.push_back(std::move(signer));
    } else if (const auto seed = ed25519_seed(*text)) {
      signers.asymmetric_.emplace_back(*seed);
    }
  }
  if (signers.shared_.empty())
    return fail(Code::internal, "no_signing_secret", "the workspace has no live signing secret of the kind hmac");
  return signers;
}

std::string Signers::webhook_signature(std::string_view webhook_id, std::int64_t timestamp,
                                       std::string_view body) const {
  std::string all;
  for (const auto& signer : shared_) all += (all.empty() ? "" : " ") + signer.standard(webhook_id, timestamp, body);
  for (const auto& key : asymmetric_) all += " " + asymmetric_signature(key, webhook_id, timestamp, body);
  return all;
}

std::string Signers::call_id_signature(std::string_view call_id) const {
  return shared_.front().call_id_signature(call_id);
}

SignerCache::SignerCache(AsyncStore& store, const SecretBox& box, const Clock& clock, bool compat_header)
    : store_(store), box_(box), clock_(clock), compat_header_(compat_header) {
  store_.feeds().secrets.connect([this](const std::string& workspace_id) {
    ++changes_;
    kept_.erase(workspace_id);
  });
}

Task<Result<std::shared_ptr<const Signers>>> SignerCache::of(std::string workspace_id) {
  while (true) {
    const Timestamp now = clock_.now();
    const auto known = kept_.find(workspace_id);
    if (known != kept_.end() && now < known->second.until) co_return known->second.signers;
    const std::uint64_t changes = changes_;
    using Known = std::pair<std::vector<SigningSecret>, json::object>;
    auto stored = co_await store_.read([&workspace_id, now](Store& store) -> Result<Known> {
      auto secrets = store.live_signing_secrets(workspace_id, now);
      if (!secrets) return fail(std::move(secrets.error()));
      auto settings = store.workspace_settings(workspace_id);
      if (!settings) return fail(std::move(settings.error()));
      return Known(std::move(*secrets), std::move(*settings));
    });
    if (!stored) co_return fail(std::move(stored.error()));
    if (changes != changes_) continue;  // what was read may be older than the change
    auto opened = Signers::open(stored->first, box_);
    if (!opened) co_return fail(std::move(opened.error()));
    const auto* compat = stored->second.if_contains("signature_header_compat");
    opened->compat_header_ = compat && compat->is_bool() ? compat->get_bool() : compat_header_;
    auto signers = std::make_shared<const Signers>(std::move(*opened));
    kept_[workspace_id] = {signers, std::min(now + kKeptFor, signers->valid_until())};
    co_return signers;
  }
}

}  // namespace wrapup
