// The quality analysis of a call: 16 scored fields with feedback and 3 aggregates, 35 keys in a fixed order (contract,
// section 6).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace wrapup {

enum class Criterion {
  persona,
  style,
  steps,
  no_repetition,
  objections,
  objection_not_defined,
  knowledge,
  goal,
  appointment,
  user_sentiment,
  agent_sentiment,
  call_completion,
  answered_by_human,
  opted_in,
  no_opt_out,
  call_summary,
};
inline constexpr std::size_t kCriteria = 16;
std::string_view to_string(Criterion criterion);

enum class Score { yes, no, partial, not_applicable };

/// No score: the criterion was not evaluated.
struct Verdict {
  std::optional<Score> score;
  std::string feedback;  // for `no` and `partial`; of call_summary it is the summary
};

class Analysis {
 public:
  Verdict& operator[](Criterion c) { return verdicts_[static_cast<std::size_t>(c)]; }
  const Verdict& operator[](Criterion c) const { return verdicts_[static_cast<std::size_t>(c)]; }

  /// Writes the object with its 35 keys; the aggregates are derived here.
  void write(JsonWriter& out) const;

 private:
  std::array<Verdict, kCriteria> verdicts_;
};

}  // namespace wrapup
