// What one receiver asks of TLS beyond the usual: an authority of its own, and a certificate that we show. Texts in
// PEM, as users give them. Used by the HTTP client for a request, and by the API, which checks them when they are set.
// Pure.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace wrapup {

struct TlsOptions {
  std::string ca;           // certificates that are trusted in place of the system's; empty: the system's
  std::string certificate;  // shown to a receiver that asks, ours first, then those between it and its authority
  std::string key;          // of `certificate`, without a passphrase
  bool operator==(const TlsOptions&) const = default;
};

/// Longest of each text.
inline constexpr std::size_t kMaxPem = 256 * 1024;

/// Whether the texts can be used at `now`. Errors are `invalid`, name "invalid_tls", and say which text is wrong and
/// what would be right: no PEM, a private key where certificates belong, a certificate without its key or with the key
/// of another, a key with a passphrase or too weak, expired or not valid yet. `fields` has the path: "/ca",
/// "/certificate" or "/key". Nothing of a key is ever in the words.
Status check_tls(const TlsOptions& options, Timestamp now);

}  // namespace wrapup
