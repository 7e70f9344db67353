// `call.start_time` on both sides of the hours in which clocks change.
#include <gtest/gtest.h>

#include "base/time.hpp"
#include "model/payload.hpp"

namespace wrapup {
namespace {

struct Row {
  const char* zone;
  const char* utc;
  const char* local;
};

const Row kTable[] = {
    {"Europe/Berlin", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"},
    {"Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
    {"Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-25T02:30:00+02:00"},
    {"Europe/Berlin", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00+01:00"},
    {"America/New_York", "2026-03-08T06:59:59Z", "2026-03-08T01:59:59-05:00"},
    {"America/New_York", "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"},
    {"America/New_York", "2026-11-01T05:59:59Z", "2026-11-01T01:59:59-04:00"},
    {"America/New_York", "2026-11-01T06:00:00Z", "2026-11-01T01:00:00-05:00"},
    {"Europe/London", "2026-06-30T23:30:00Z", "2026-07-01T00:30:00+01:00"},
    {"Australia/Lord_Howe", "2026-04-04T14:59:59Z", "2026-04-05T01:59:59+11:00"},  // by half an hour
    {"Australia/Lord_Howe", "2026-04-04T15:00:00Z", "2026-04-05T01:30:00+10:30"},
    {"Pacific/Auckland", "2026-09-26T14:00:00Z", "2026-09-27T03:00:00+13:00"},  // in the south it begins in spring too
    {"Asia/Kathmandu", "2026-12-31T18:15:00Z", "2027-01-01T00:00:00+05:45"},
    {"America/St_Johns", "2026-01-01T03:29:59Z", "2025-12-31T23:59:59-03:30"},
    {"UTC", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00+00:00"},
};

TEST(StartTime, HasTheOffsetOfItsMoment) {
  for (const auto& row : kTable) {
    Agent agent;
    agent.timezone = row.zone;
    Call call;
    call.started_at = *read_time(json::value(row.utc));
    EXPECT_EQ(start_time_text(call, agent), row.local) << row.zone << " at " << row.utc;
  }
}

}  // namespace
}  // namespace wrapup
