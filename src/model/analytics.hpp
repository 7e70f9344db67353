// What is counted over many calls (contract, section 8, GET /v2/analytics). Pure: rows go in one by one, one object
// comes out.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "model/call.hpp"
#include "model/payload.hpp"

namespace wrapup {

/// What of the findings can be counted, as text that is kept with the call: a line of one letter for each criterion of
/// the analysis (t, f, p, n for not applicable, - for not evaluated; empty when the call was not judged), then JSON
/// with the answers by name: as they are of YES_NO, SINGLE_CHOICE and the measuring evaluations; of free text only 1
/// for "there is one".
std::string findings_digest(const Findings& findings);

/// A call as it is counted.
struct CountedCall {
  std::string_view call_id;
  std::string_view model_id;
  std::string_view direction;
  std::string_view status;
  std::string_view end_call_reason;
  std::string_view digest;
  Timestamp started_at = 0;
  std::int64_t duration_s = 0;
};

class Analytics {
 public:
  /// Rows may come in any order.
  void add(const CountedCall& call);
  /// Appends the members of the answer. `last_day`, `first_day`: days since 1970; every day between has its row.
  void write(JsonWriter& out, std::int64_t first_day, std::int64_t last_day) const;

 private:
  using Counts = std::map<std::string, std::int64_t, std::less<>>;
  struct Volume {
    std::int64_t calls = 0;
    std::int64_t connected = 0;
    std::int64_t completed = 0;
    std::int64_t seconds = 0;
    std::int64_t goals = 0;
  };
  struct Day {
    Volume volume;
    Counts statuses;
    Counts reasons;
    std::map<char, std::int64_t> sentiment;
  };
  struct Answers {
    std::int64_t answered = 0;
    std::int64_t unanswered = 0;
    Counts values;
  };

  void add_digest(std::string_view digest, Day& day, Volume& agent);
  void write_answers(JsonWriter& out) const;
  void write_judged(JsonWriter& out) const;

  Volume total_;
  Counts statuses_;
  Counts reasons_;
  Counts directions_;
  std::map<std::int64_t, Day> days_;
  std::map<std::string, Volume, std::less<>> agents_;
  std::map<std::string, Answers, std::less<>> answers_;
  std::array<std::map<char, std::int64_t>, kCriteria> judged_{};
  std::multimap<Timestamp, std::string> newest_;  // a few calls by start, as JSON
};

}  // namespace wrapup
