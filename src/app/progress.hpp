// How far a long command has come, on standard error: one line that changes on a terminal, else a line every few
// seconds. On the main thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "storage/move.hpp"

namespace wrapup {

class Progress {
 public:
  explicit Progress(Clock& clock);
  /// Ends the line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(const MoveProgress& now);
  Duration taken() const { return clock_.monotonic() - began_; }

 private:
  Clock& clock_;
  const std::int64_t began_;
  const bool terminal_;
  std::int64_t shown_at_;
  std::int64_t phase_at_;  // when what is being done now began,
  MoveProgress phase_;     // and how far it was then
  bool line_open_ = false;
};

/// Such as "event: 120,000 of 1,000,000 rows (12 %), 341.5 MiB, 45,210 rows/s, 20 s left". `since` is where the rate is
/// counted from.
std::string progress_text(const MoveProgress& now, const MoveProgress& since, Duration taken);

}  // namespace wrapup
