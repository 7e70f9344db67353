// Weeks, by which PostgreSQL keeps the large tables: a partition of each for every week of the time in the ids, begun
// on Monday at 00:00 UTC, so that what is old goes as a whole. Beside them `_first`, what was there when the schema
// came about, and `_rest` for what fits nowhere: ids of replays, rows that were brought along. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/entropy.hpp"

namespace wrapup {

inline constexpr Duration kWeek = 7 * kDay;
/// Weeks that are made beforehand, beside the one that is now.
inline constexpr int kWeeksAhead = 2;

/// When the week began.
inline Timestamp week_of(Timestamp at) {
  constexpr Duration kThursday = 3 * kDay;  // the first day of 1970
  return (at + kThursday) / kWeek * kWeek - kThursday;
}

/// In which what has that id was made; 0 when it does not tell.
inline Timestamp week_of_id(std::string_view id) {
  const auto made = time_of_id(id);
  return made ? week_of(*made) : 0;
}

/// Ids are UUIDv7: all that were made before `when` sort before this, all others behind it.
inline std::string first_id_at(Timestamp when) {
  constexpr std::size_t kTime = 13;  // characters that tell it
  return id_floor(std::max<Timestamp>(when, 0)).substr(0, kTime);
}

}  // namespace wrapup
