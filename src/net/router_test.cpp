#include "net/router.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

Router<int> make_router() {
  Router<int> router;
  router.add("GET", "/", 1);
  router.add("GET", "/v2/calls", 2);
  router.add("POST", "/v2/calls", 3);
  router.add("GET", "/v2/calls/{id}", 4);
  router.add("POST", "/v2/calls/report", 5);
  router.add("POST", "/v2/calls/{call_id}/events", 6);
  router.add("DELETE", "/v2/calls/{call}", 7);
  router.add("GET", "/v2/{kind}/special", 8);
  router.add("GET", "/in/{token}/{rest}", 9);
  return router;
}

int target(const Router<int>::Match& match) { return match.target ? *match.target : 0; }

TEST(Router, FindsByMethodAndPath) {
  const auto router = make_router();
  EXPECT_EQ(target(router.match("GET", "/")), 1);
  EXPECT_EQ(target(router.match("GET", "/v2/calls")), 2);
  EXPECT_EQ(target(router.match("POST", "/v2/calls")), 3);
  EXPECT_EQ(target(router.match("POST", "/v2/calls/")), 3) << "a trailing slash is ignored";
  EXPECT_EQ(target(router.match("POST", "/v2/calls/report")), 5) << "a literal wins";
  EXPECT_EQ(target(router.match("GET", "/v2/calls/special")), 4) << "the earlier literal wins";
  EXPECT_EQ(target(router.match("GET", "/v2/agents/special")), 8);

  const auto match = router.match("GET", "/v2/calls/0190-abc");
  EXPECT_EQ(target(match), 4);
  EXPECT_EQ(match.pattern, "/v2/calls/{id}");
  EXPECT_EQ(match.params, (PathParams{{"id", "0190-abc"}}));
  EXPECT_TRUE(match.allowed.empty());
}

TEST(Router, ParametersAreDecoded) {
  const auto router = make_router();
  EXPECT_EQ(router.match("GET", "/in/a%2Fb/c%20d").params, (PathParams{{"token", "a/b"}, {"rest", "c d"}}));
  EXPECT_EQ(target(router.match("GET", "/v2/calls/%zz")), 0) << "a broken escape is no path of ours";
}

TEST(Router, WrongMethodNamesTheRightOnes) {
  const auto router = make_router();
  const auto match = router.match("PUT", "/v2/calls/x");
  EXPECT_EQ(match.target, nullptr);
  EXPECT_EQ(match.allowed, (std::vector<std::string_view>{"GET", "DELETE"}));
  const auto literal = router.match("GET", "/v2/calls/report");
  EXPECT_EQ(literal.target, nullptr) << "\"report\" is not an id";
  EXPECT_EQ(literal.allowed, (std::vector<std::string_view>{"POST"}));
}

TEST(Router, NothingMatches) {
  const auto router = make_router();
  for (const char* path : {"", "v2/calls", "/v2", "/v2/call", "/v2/calls//", "/v2//calls", "/v2/calls//events", "*",
                           "/V2/calls", "/v2/calls/x/events/y", "/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"}) {
    const auto match = router.match("GET", path);
    EXPECT_EQ(match.target, nullptr) << path;
    EXPECT_TRUE(match.allowed.empty()) << path;
  }
}

}  // namespace
}  // namespace wrapup
