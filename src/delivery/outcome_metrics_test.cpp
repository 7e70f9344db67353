// Every class of failure that delivery knows is an outcome of its own in the metrics.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/metrics.hpp"
#include "delivery/outcome.hpp"

namespace wrapup {
namespace {

TEST(OutcomeMetrics, EveryClassOfFailureIsCountedByName) {
  std::vector<std::string> classes;
  for (int i = 1; to_string(static_cast<TransportError>(i)) != "unknown"; ++i) {
    const auto error = static_cast<TransportError>(i);
    if (error != TransportError::canceled) classes.emplace_back(to_string(error));  // that is no attempt
  }
  for (const int status : {100, 300, 400, 410, 429, 500, 503}) classes.emplace_back(failure_of_status(status));
  ASSERT_GT(classes.size(), 15U);
  Metrics metrics;
  for (const auto& name : classes) metrics.count_attempt(name);
  EXPECT_NE(metrics.text().find(R"(wrapup_delivery_attempts_total{outcome="other"} 0)"), std::string::npos)
      << metrics.text();
}

}  // namespace
}  // namespace wrapup
