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

void Pace::set(std::size_t concurrency, const std::vector<RateLimit>& limits) {
  concurrency_ = std::max<std::size_t>(1, concurrency);
  window_ = std::min(window_, concurrency_);
  std::vector<Limit> fresh;
  for (const auto& allowed : limits) {
    const auto known =
        std::find_if(limits_.begin(), limits_.end(), [&](const Limit& l) { return l.allowed == allowed; });
    fresh.push_back(known == limits_.end() ? Limit{allowed, {}} : std::move(*known));
  }
  limits_ = std::move(fresh);
}

Timestamp Pace::next_at(Timestamp now, std::size_t running) const {
  if (running >= window_) return kNever;
  Timestamp next = 0;
  for (const auto& limit : limits_) {
    const auto count = static_cast<std::size_t>(limit.allowed.count);
    // A time ahead of the clock was noted before the clock was set back: it says nothing.
    if (limit.sent.size() >= count && limit.sent.front() <= now)
      next = std::max(next, limit.sent.front() + limit.allowed.per);
  }
  if (rate_ > 0 && next_by_rate_ <= now + static_cast<Duration>(kSecond / kSlowest))
    next = std::max(next, next_by_rate_);
  return next;
}

void Pace::sent(Timestamp now) {
  for (auto& limit : limits_) {
    limit.sent.push_back(now);
    if (limit.sent.size() > static_cast<std::size_t>(limit.allowed.count)) limit.sent.pop_front();
  }
  if (now - second_began_ >= kSecond || now < second_began_) {
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

void Pace::slow_down(Timestamp now) {
  window_ = 1;
  if (now - cut_at_ < kOneBurst && now >= cut_at_) return;
  cut_at_ = now;
  const double measured = std::max({this_second_, last_second_, 1.0});
  rate_ = std::max(kSlowest, (rate_ > 0 ? std::min(rate_, measured) : measured) / 2);
  next_by_rate_ = now + static_cast<Duration>(kSecond / rate_);
}

void Pace::start_slowly(Timestamp now) {
  window_ = 1;
  rate_ = rate_ > 0 ? std::min(rate_, kStart) : kStart;
  cut_at_ = now;
}

void Pace::drained(Timestamp now) {
  if (now - cut_at_ > kCalm || now < cut_at_) rate_ = 0;
}

bool Pace::forgettable(Timestamp now) const {
  return rate_ <= 0 && std::all_of(limits_.begin(), limits_.end(), [&](const Limit& limit) {
           return limit.sent.empty() || limit.sent.back() + limit.allowed.per <= now;
         });
}

}  // namespace wrapup
