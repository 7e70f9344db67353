#include "llm/schema_check.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

json::object schema(std::string_view text) { return parse_json(text)->get_object(); }

// The paths of what does not fit.
std::string problems(std::string_view value, std::string_view text) {
  std::string out;
  for (const auto& problem : check_schema(*parse_json(value), schema(text))) out += problem.path + ";";
  return out;
}

TEST(SchemaCheck, KnowsTypes) {
  const std::string_view nullable = R"({"type":["integer","null"]})";
  EXPECT_EQ(problems("7", nullable), "");
  EXPECT_EQ(problems("7.0", nullable), "") << "a whole number";
  EXPECT_EQ(problems("null", nullable), "");
  EXPECT_EQ(problems("7.5", nullable), ";");
  EXPECT_EQ(problems("\"7\"", nullable), ";");
  EXPECT_EQ(problems("true", R"({"type":"boolean"})"), "");
  EXPECT_EQ(problems("1", R"({"type":"boolean"})"), ";");
  EXPECT_EQ(problems("[]", R"({"type":"object"})"), ";");
}

TEST(SchemaCheck, HoldsChoicesToTheLetter) {
  const std::string_view either = R"({"enum":["Tuesday 3 pm",null]})";
  EXPECT_EQ(problems("\"Tuesday 3 pm\"", either), "");
  EXPECT_EQ(problems("null", either), "");
  EXPECT_EQ(problems("\"tuesday 3 pm\"", either), ";");
  EXPECT_EQ(problems("2", R"({"const":3})"), ";");
}

TEST(SchemaCheck, NamesEachPlaceThatIsWrong) {
  const std::string_view text = R"({"type":"object","required":["a","b/c"],"additionalProperties":false,
    "properties":{"a":{"type":"string","maxLength":3},"b/c":{"type":"array","maxItems":2,"items":{"minimum":1}}}})";
  EXPECT_EQ(problems(R"({"a":"äöü","b/c":[1,2]})", text), "") << "characters are counted, not bytes";
  EXPECT_EQ(problems(R"({"a":"long","b/c":[0,1,2],"x":1})", text), "/a;/b~1c;/b~1c/0;/x;");
  EXPECT_EQ(problems("{}", text), "/a;/b~1c;");
}

TEST(SchemaCheck, StopsAtItsLimits) {
  json::array many(1000, "x");
  EXPECT_EQ(check_schema(many, schema(R"({"items":{"type":"null"}})"), 10).size(), 10U);
}

TEST(SchemaCheck, TakesLimitsOutAndNothingElse) {
  const auto before = schema(
      R"({"type":"object","properties":{"maxLength":{"type":"string","maxLength":3},"n":{"minimum":1,"items":{"maxItems":1}}}})");
  EXPECT_EQ(to_text(without_limits(before)),
            R"({"type":"object","properties":{"maxLength":{"type":"string"},"n":{"items":{}}}})");
}

}  // namespace
}  // namespace wrapup
