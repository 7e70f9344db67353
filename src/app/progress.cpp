#include "app/progress.hpp"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "app/terminal.hpp"

namespace wrapup {

namespace {

constexpr Duration kOnTerminal = 200 * kMillisecond;
constexpr Duration kInFile = 2 * kSecond;
constexpr Duration kTooSoon = kSecond;  // to say how long it will take

}  // namespace

std::string progress_text(const MoveProgress& now, const MoveProgress& since, Duration taken) {
  const double done = now.total_rows > 0    ? static_cast<double>(now.rows) / static_cast<double>(now.total_rows)
                      : now.total_bytes > 0 ? static_cast<double>(now.bytes) / static_cast<double>(now.total_bytes)
                                            : -1;
  const double before = now.total_rows > 0    ? static_cast<double>(since.rows) / static_cast<double>(now.total_rows)
                        : now.total_bytes > 0 ? static_cast<double>(since.bytes) / static_cast<double>(now.total_bytes)
                                              : 0;
  const double seconds = std::max(static_cast<double>(taken) / kSecond, 0.001);
  std::string text = now.what + ": " + shown_count(now.rows);
  if (now.total_rows > 0) text += " of " + shown_count(now.total_rows);
  text += " rows";
  if (done >= 0) text += fmt::format(" ({} %)", static_cast<int>(std::min(done, 1.0) * 100));
  text += ", " + shown_bytes(now.bytes);
  text +=
      ", " + shown_count(static_cast<std::int64_t>(static_cast<double>(now.rows - since.rows) / seconds)) + " rows/s";
  if (done > before && taken >= kTooSoon)
    text += ", " + shown_span(static_cast<Duration>(seconds * (1 - std::min(done, 1.0)) / (done - before) * kSecond)) +
            " left";
  return text;
}

Progress::Progress(Clock& clock)
    : clock_(clock),
      began_(clock.monotonic()),
      terminal_(::isatty(STDERR_FILENO) == 1),
      shown_at_(began_ - kInFile),  // the first is shown at once
      phase_at_(began_) {}

Progress::~Progress() {
  if (line_open_) fmt::print(stderr, "\n");
}

void Progress::show(const MoveProgress& now) {
  const std::int64_t at = clock_.monotonic();
  // What is checked is counted anew.
  if (now.rows < phase_.rows) {
    phase_ = now;
    phase_at_ = at;
  }
  if (at - shown_at_ < (terminal_ ? kOnTerminal : kInFile)) return;
  shown_at_ = at;
  const std::string text = progress_text(now, phase_, at - phase_at_);
  fmt::print(stderr, "{}{}{}", terminal_ ? "\r\x1b[K" : "", text, terminal_ ? "" : "\n");
  std::fflush(stderr);
  line_open_ = terminal_;
}

}  // namespace wrapup
