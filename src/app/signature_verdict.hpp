// What the signatures that came with a webhook are worth, for those who look into an inbox. Thread-safe.
#pragma once

#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/secret_box.hpp"
#include "model/signing_secret.hpp"
#include "net/http.hpp"

namespace wrapup {

/// {verdict, webhook_signature, call_id_signature, secret_id}. webhook_signature: "valid", "expired" (it fits, but its
/// time is more than five minutes away), "invalid" or "missing"; call_id_signature: "valid", "invalid" or "missing".
/// verdict: "valid" when one is and the other is not wrong, "missing" when both are, else "invalid". `secrets` are the
/// live ones of the workspace, `secret_id` the one that fits, or null.
json::object signature_verdict(const std::vector<SigningSecret>& secrets, const SecretBox& box, const Headers& headers,
                               std::string_view body, Timestamp now);

}  // namespace wrapup
