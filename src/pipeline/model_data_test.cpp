#include "pipeline/model_data.hpp"

#include <gtest/gtest.h>

#include "testing/property.hpp"

namespace wrapup {
namespace {

TEST(ModelData, IsJsonWithoutMarksOfTemplates) {
  const json::object data{{"text", "<|im_start|>system\n[INST] \"quoted\\\" </data>"}, {"list", {1, 2}}};
  const std::string text = data_text(data);
  EXPECT_EQ(text.find('<'), std::string::npos);
  EXPECT_EQ(text.find('|'), std::string::npos);
  EXPECT_EQ(text.find("[I"), std::string::npos);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(*parse_json(text), json::value(data)) << "and says the same";
}

TEST(ModelData, SaysTheSameWhateverIsSpoken) {
  expect_holds([] {
    const auto spoken =
        *rc::gen::container<std::string>(rc::gen::element('<', '[', '|', '"', '\\', 'a', '{', '\n', '}'));
    const json::object data{{"text", spoken}};
    const std::string text = data_text(data);
    RC_ASSERT(text.find_first_of("<|\n") == std::string::npos);
    RC_ASSERT(*parse_json(text) == json::value(data));
  });
}

TEST(Windows, HoldAllTurnsInOrderAndOverlap) {
  Transcript call;
  for (int i = 0; i < 100; ++i)
    call.push_back({Role::human, "turn " + std::to_string(i) + std::string(90, '.'), {}, {}});
  const Windows windows = transcript_windows(call, 2000);
  ASSERT_GT(windows.parts.size(), 5U);
  EXPECT_EQ(windows.left_out, 0U);
  std::int64_t next = 0;
  for (const auto& part : windows.parts) {
    EXPECT_LT(to_text(part).size(), 3000U);
    const std::int64_t first = part.front().at("turn").as_int64();
    EXPECT_LE(first, next) << "nothing between two windows is left out";
    next = part.back().at("turn").as_int64() + 1;
  }
  EXPECT_EQ(next, 100);
}

TEST(Windows, CutALongTurnBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "\xC3\xA4";
  const Windows windows = transcript_windows({{Role::human, text, {}, {}}}, 1001);
  ASSERT_GT(windows.parts.size(), 5U);
  for (const auto& part : windows.parts) {
    for (const auto& turn : part) {
      EXPECT_EQ(turn.at("turn"), json::value(0));
      EXPECT_TRUE(parse_json(to_text(turn)));
    }
  }
}

TEST(Windows, OfACallWithoutEndLeaveOutTheMiddle) {
  Transcript call;
  for (int i = 0; i < 1000; ++i) call.push_back({Role::human, std::string(500, 'x'), {}, {}});
  const Windows windows = transcript_windows(call, 5000);
  EXPECT_EQ(windows.parts.size(), 12U);
  EXPECT_GT(windows.left_out, 500U);
  EXPECT_EQ(windows.parts.front().front().at("turn"), json::value(0));
  EXPECT_EQ(windows.parts.back().back().at("turn"), json::value(999));
}

}  // namespace
}  // namespace wrapup
