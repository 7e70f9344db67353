#include "delivery/fair_queue.hpp"

#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/property.hpp"

namespace wrapup {
namespace {

TEST(FairQueue, WorkspacesTakeTurnsAndWithinOneItIsFirstComeFirstServed) {
  FairQueue<std::string> queue;
  EXPECT_FALSE(queue.pop());
  for (const char* item : {"a1", "a2", "a3", "b1", "c1", "b2"}) queue.push(std::string(1, item[0]), item);
  std::vector<std::string> order;
  while (auto item = queue.pop()) order.push_back(*item);
  EXPECT_EQ(order, (std::vector<std::string>{"a1", "b1", "c1", "a2", "b2", "a3"}));
  EXPECT_TRUE(queue.empty());
}

TEST(FairQueue, WhoComesBackStandsBehindTheOthers) {
  FairQueue<std::string> queue;
  queue.push("a", "a1");
  queue.push("b", "b1");
  EXPECT_EQ(queue.pop(), "a1");
  queue.push("a", "a2");
  EXPECT_EQ(queue.pop(), "b1");
  EXPECT_EQ(queue.pop(), "a2");
}

TEST(FairQueue, NobodyHasTwoTurnsWhileAnotherWaits) {
  expect_holds([] {
    FairQueue<int> queue;
    std::map<std::string, std::vector<int>> waiting;          // the truth
    std::map<std::string, std::map<std::string, int>> since;  // [x][y]: turns of x since y began to wait for its own
    int next = 0;
    const int steps = *rc::gen::inRange(1, 200);
    for (int i = 0; i < steps; ++i) {
      if (*rc::gen::inRange(0, 5) < 3) {
        const std::string workspace(1, *rc::gen::inRange('a', 'e'));
        if (waiting[workspace].empty()) {
          for (auto& [other, turns] : since) turns[workspace] = 0;
        }
        waiting[workspace].push_back(next);
        queue.push(workspace, next++);
        continue;
      }
      const auto item = queue.pop();
      const bool none =
          std::all_of(waiting.begin(), waiting.end(), [](const auto& line) { return line.second.empty(); });
      RC_ASSERT(item.has_value() == !none);
      if (!item) continue;
      const auto taken = std::find_if(waiting.begin(), waiting.end(), [&](const auto& line) {
        return !line.second.empty() && line.second.front() == *item;
      });
      RC_ASSERT(taken != waiting.end());
      taken->second.erase(taken->second.begin());
      for (const auto& [other, line] : waiting) {
        if (other != taken->first && !line.empty()) RC_ASSERT(++since[taken->first][other] <= 1);
      }
      for (auto& [other, turns] : since) turns[taken->first] = 0;
    }
  });
}

}  // namespace
}  // namespace wrapup
