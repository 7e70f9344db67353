#include "api/rate_limits.hpp"

#include <algorithm>
#include <cmath>

namespace wrapup {

namespace {

constexpr std::size_t kMostBuckets = 10'000;

}  // namespace

// Null when there is no limit. A bucket that is not there is full.
RateLimits::Bucket* RateLimits::fill(Buckets& buckets, const std::string& name, std::int64_t most, Timestamp now) {
  if (most <= 0) return nullptr;
  const double full = static_cast<double>(most);
  if (buckets.size() >= kMostBuckets && !buckets.contains(name)) {
    // Whoever made no request for a window has a full one, as if it were new.
    std::erase_if(buckets, [&](const auto& each) { return each.second.at + settings_.window <= now; });
  }
  const auto [found, fresh] = buckets.try_emplace(name, Bucket{full, now});
  Bucket& bucket = found->second;
  if (fresh) return &bucket;
  const double gained = full * static_cast<double>(now - bucket.at) / static_cast<double>(settings_.window);
  bucket.tokens = std::min(full, bucket.tokens + std::max(0.0, gained));
  bucket.at = now;
  return &bucket;
}

Duration RateLimits::wait_for(const Bucket* bucket, std::int64_t most) const {
  if (!bucket || bucket->tokens >= 1) return 0;
  return static_cast<Duration>((1 - bucket->tokens) * static_cast<double>(settings_.window) /
                               static_cast<double>(most)) +
         1;
}

void RateLimits::describe(std::string_view name, const Bucket* bucket, std::int64_t most, std::string& policy,
                          std::string& state) const {
  if (!bucket) return;
  const auto add = [&](std::string& to, const char* first, std::int64_t a, const char* second, std::int64_t b) {
    to.append(to.empty() ? "\"" : ", \"").append(name).append("\";").append(first).append(std::to_string(a));
    to.append(";").append(second).append(std::to_string(b));
  };
  const double missing = static_cast<double>(most) - bucket->tokens;
  const double seconds = missing * static_cast<double>(settings_.window) / static_cast<double>(most * kSecond);
  add(policy, "q=", most, "w=", std::max<std::int64_t>(1, settings_.window / kSecond));
  add(state, "r=", static_cast<std::int64_t>(bucket->tokens), "t=", static_cast<std::int64_t>(std::ceil(seconds)));
}

Status RateLimits::take(const std::string& key_id, const std::string& workspace_id, Timestamp now, Headers& headers) {
  Bucket* key = fill(keys_, key_id, settings_.key_requests, now);
  Bucket* workspace = fill(workspaces_, workspace_id, settings_.workspace_requests, now);
  const Duration key_wait = wait_for(key, settings_.key_requests);
  const Duration workspace_wait = wait_for(workspace, settings_.workspace_requests);
  const Duration wait = std::max(key_wait, workspace_wait);
  if (wait == 0) {
    if (key) key->tokens -= 1;
    if (workspace) workspace->tokens -= 1;
  }
  std::string policy;
  std::string state;
  describe("key", key, settings_.key_requests, policy, state);
  describe("workspace", workspace, settings_.workspace_requests, policy, state);
  headers.emplace_back("RateLimit-Policy", std::move(policy));
  headers.emplace_back("RateLimit", std::move(state));
  if (wait == 0) return {};
  const std::int64_t seconds = (wait + kSecond - 1) / kSecond;
  headers.emplace_back("Retry-After", std::to_string(seconds));
  const bool of_key = key_wait >= workspace_wait;
  return fail(Code::rate_limited, "rate_limited",
              "the " + std::string(of_key ? "key" : "workspace") + " has made its " +
                  std::to_string(of_key ? settings_.key_requests : settings_.workspace_requests) + " requests in " +
                  std::to_string(settings_.window / kSecond) + " s; send it again in " + std::to_string(seconds) +
                  " s (limits." + (of_key ? "key" : "workspace") + "_requests says how many)");
}

}  // namespace wrapup
