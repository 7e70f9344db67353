#include "delivery/pace.hpp"

#include <algorithm>

namespace wrapup {

namespace {

constexpr double kSlowest = 1;  // a second
constexpr double kFastest = 1000;
constexpr double kStart = 10;
constexpr Duration kOneBurst = kSecond;
constexpr Duration kCalm = kMinute;  // after a cut, before an empty line lifts it

}  // namespace

Pace::Pace(const Clock& clock, std::size_t concurrency, const std::vector<RateLimit>& limits) : clock_(clock) {
  set(concurrency, limits);
}

void Pace::set(std::size_t concurrency, const std::vector<RateLimit>& limits) {
  concurrency_ = std::max<std::size_t>(1, concurrency);
  window_ = std::min(window_, concurrency_);
  std::deque<Steady> history;
  for (auto& limit : limits_) {
    if (limit.sent.size() > history.size()) history = std::move(limit.sent);
  }
  limits_.clear();
  for (const auto& allowed : limits) {
    const auto count = static_cast<std::ptrdiff_t>(allowed.count);
    const auto from = history.end() - std::min(std::ssize(history), count);
    limits_.push_back({allowed, std::deque<Steady>(from, history.end())});
  }
}

Duration Pace::wait(std::size_t running) const {
  if (running >= window_) return kNever;
  const Steady now = clock_.monotonic();
  Steady next = now;
  for (const auto& limit : limits_) {
    if (limit.sent.size() >= static_cast<std::size_t>(limit.allowed.count))
      next = std::max(next, limit.sent.front() + limit.allowed.per);
  }
  if (rate_ > 0) next = std::max(next, next_by_rate_);
  return next - now;
}

void Pace::sent() {
  const Steady now = clock_.monotonic();
  for (auto& limit : limits_) {
    limit.sent.push_back(now);
    if (limit.sent.size() > static_cast<std::size_t>(limit.allowed.count)) limit.sent.pop_front();
  }
  if (now - second_began_ >= kSecond) {
    last_second_ = now - second_began_ < 2 * kSecond ? this_second_ : 0;
    this_second_ = 0;
    second_began_ = now;
  }
  ++this_second_;
  if (rate_ > 0) next_by_rate_ = now + static_cast<Duration>(kSecond / rate_);
}

void Pace::succeeded() {
  window_ = std::min(window_ + 1, concurrency_);
  if (rate_ <= 0) return;
  rate_ += std::max(1.0, rate_ / 20) / rate_;
  if (rate_ >= kFastest) rate_ = 0;
}

void Pace::failed() { window_ = std::max<std::size_t>(1, window_ / 2); }

void Pace::slow_down() {
  const Steady now = clock_.monotonic();
  window_ = 1;
  if (cut_at_ && now - *cut_at_ < kOneBurst) return;
  cut_at_ = now;
  const double measured = std::max({this_second_, last_second_, 1.0});
  rate_ = std::max(kSlowest, (rate_ > 0 ? std::min(rate_, measured) : measured) / 2);
  next_by_rate_ = now + static_cast<Duration>(kSecond / rate_);
}

void Pace::start_slowly() {
  window_ = 1;
  rate_ = rate_ > 0 ? std::min(rate_, kStart) : kStart;
  cut_at_ = clock_.monotonic();
}

bool Pace::calm() const { return !cut_at_ || clock_.monotonic() - *cut_at_ > kCalm; }

void Pace::drained() {
  if (calm()) rate_ = 0;
}

bool Pace::forgettable() const {
  const Steady now = clock_.monotonic();
  return (rate_ <= 0 || calm()) && std::all_of(limits_.begin(), limits_.end(), [&](const Limit& limit) {
           return limit.sent.empty() || limit.sent.back() + limit.allowed.per <= now;
         });
}

}  // namespace wrapup
