#include "base/metrics.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

// The value of a line such as `name{label="x"} 3`; -1 when there is none.
double value_of(const Metrics& metrics, const std::string& line) {
  const std::string text = "\n" + metrics.text();
  const auto at = text.find("\n" + line + " ");
  return at == std::string::npos ? -1 : std::stod(text.substr(at + line.size() + 2));
}

TEST(MetricsTest, AttemptsAreCountedByOutcome) {
  Metrics metrics;
  metrics.count_attempt("");
  metrics.count_attempt("");
  metrics.count_attempt("timeout_after");
  metrics.count_attempt("never heard of");
  EXPECT_EQ(value_of(metrics, R"(wrapup_delivery_attempts_total{outcome="delivered"})"), 2);
  EXPECT_EQ(value_of(metrics, R"(wrapup_delivery_attempts_total{outcome="timeout_after"})"), 1);
  EXPECT_EQ(value_of(metrics, R"(wrapup_delivery_attempts_total{outcome="dns"})"), 0);
  EXPECT_EQ(value_of(metrics, R"(wrapup_delivery_attempts_total{outcome="other"})"), 1);
}

TEST(MetricsTest, TheProcessIsSeen) {
  const Metrics metrics;
  EXPECT_GT(value_of(metrics, "process_resident_memory_bytes"), 1e6);
  EXPECT_GE(value_of(metrics, "process_open_fds"), 3);
  EXPECT_GT(value_of(metrics, "process_max_fds"), 3);
  EXPECT_GT(value_of(metrics, "process_cpu_seconds_total"), 0);
}

}  // namespace
}  // namespace wrapup
