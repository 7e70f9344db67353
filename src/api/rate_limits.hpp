// How many requests a key, and a workspace over all its keys, may make: a bucket each, which fills up evenly. Says so
// in the headers of draft-ietf-httpapi-ratelimit-headers. Costs nothing while both limits are off. One reactor.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "net/http.hpp"

namespace wrapup {

class RateLimits {
 public:
  struct Settings {
    std::int64_t key_requests = 0;  // in a window; 0: no limit
    std::int64_t workspace_requests = 0;
    Duration window = kMinute;
  };
  explicit RateLimits(Settings settings) : settings_(settings) {}

  bool on() const { return settings_.key_requests > 0 || settings_.workspace_requests > 0; }
  /// Takes one request of both and adds the headers of the answer. `rate_limited`, with Retry-After among the headers,
  /// when one of them has none left; then neither is charged.
  Status take(const std::string& key_id, const std::string& workspace_id, Timestamp now, Headers& headers);

 private:
  struct Bucket {
    double tokens = 0;
    Timestamp at = 0;
  };
  using Buckets = std::unordered_map<std::string, Bucket>;

  Bucket* fill(Buckets& buckets, const std::string& name, std::int64_t most, Timestamp now);
  void describe(std::string_view name, const Bucket* bucket, std::int64_t most, std::string& policy,
                std::string& state) const;
  Duration wait_for(const Bucket* bucket, std::int64_t most) const;

  Settings settings_;
  Buckets keys_;
  Buckets workspaces_;
};

}  // namespace wrapup
