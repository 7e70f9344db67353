// Properties: what holds for every input, tried on random ones. RapidCheck draws them, always the same for the same
// property, and shows the smallest input that breaks it.
#pragma once

#include <sstream>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace wrapup {

/// Runs `property()`, which draws its input with *rc::gen::… and judges with RC_ASSERT, `cases` times.
template <class Property>
void expect_holds(Property property, int cases = 200) {
  rc::detail::TestParams params;
  params.seed = 1;
  params.maxSuccess = cases;
  const auto result = rc::detail::checkTestable(std::move(property), rc::detail::TestMetadata(), params);
  if (result.template is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  ADD_FAILURE() << text.str();
}

}  // namespace wrapup
