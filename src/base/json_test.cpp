#include "base/json.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "testing/seeded_entropy.hpp"

namespace wrapup {
namespace {

using namespace std::string_literals;

std::string number_text(double number) {
  std::string out;
  JsonWriter(out).number(number);
  return out;
}

TEST(JsonWriter, PrintsNumbersAsEcmaScriptDoes) {
  // Each as JSON.stringify prints it.
  EXPECT_EQ(number_text(0.85), "0.85");
  EXPECT_EQ(number_text(100), "100");
  EXPECT_EQ(number_text(-2.5), "-2.5");
  EXPECT_EQ(number_text(-0.0), "0");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(number_text(1e-6), "0.000001");
  EXPECT_EQ(number_text(1.5e-7), "1.5e-7");
  EXPECT_EQ(number_text(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(number_text(1e21), "1e+21");
  EXPECT_EQ(number_text(-1.25e300), "-1.25e+300");
  EXPECT_EQ(number_text(9007199254740991.0), "9007199254740991");
  EXPECT_EQ(number_text(5e-324), "5e-324");
  EXPECT_EQ(number_text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
}

TEST(JsonWriter, EveryNumberReadsBackTheSame) {
  SeededEntropy entropy(11);
  for (int i = 0; i < 5000; ++i) {
    const auto number = std::bit_cast<double>(entropy.below(UINT64_MAX));
    if (!std::isfinite(number)) continue;
    const auto back = parse_json(number_text(number));
    ASSERT_TRUE(back) << number_text(number);
    ASSERT_EQ(back->to_number<double>(), number) << number_text(number);
  }
}

TEST(JsonWriter, WhatJsonCannotSayIsNull) {
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number_text(std::nan("")), "null");
}

TEST(JsonWriter, KeepsTheExtremesOfIntegers) {
  std::string out;
  JsonWriter(out).begin_array().integer(INT64_MIN).integer(INT64_MAX).value(json::value(UINT64_MAX)).end_array();
  EXPECT_EQ(out, "[-9223372036854775808,9223372036854775807,18446744073709551615]");
}

TEST(JsonWriter, EscapesAndLeavesTheRestAsItIs) {
  std::string out;
  JsonWriter(out).string("a\"\\\n\r\t\b\f\x01\x1f/ \x7fé\xE2\x80\xA8\xF0\x9F\x9A\xB2"s + "\0z"s);
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\r\\t\\u0008\\u000c\\u0001\\u001f/ \x7fé\xE2\x80\xA8\xF0\x9F\x9A\xB2\\u0000z\"");
}

TEST(JsonWriter, EscapesWhereverItStands) {
  for (const char c : "\"\\\n\x01"s) {
    for (std::size_t at = 0; at <= 80; ++at) {
      std::string text(80, 'x');
      text.insert(at, 1, c);
      for (const auto& whole : {text, text.substr(0, at + 1)}) {
        std::string out;
        JsonWriter(out).begin_array().string(whole).end_array();
        const auto back = parse_json(out);
        ASSERT_TRUE(back) << out;
        EXPECT_EQ(back->at(0).get_string(), whole);
      }
    }
  }
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter w(out);
  w.begin_object()
      .member("a", 1)
      .key("b")
      .begin_array()
      .begin_object()
      .end_object()
      .begin_array()
      .end_array()
      .raw("7")
      .null();
  w.end_array().member("c", std::optional<std::string>()).member("d", "x").member("e", true).end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[{},[],7,null],"c":null,"d":"x","e":true})");
}

TEST(ToText, KeepsTheOrderOfKeys) {
  const std::string text = R"({"z":1,"a":{"y":[1,2.5,"t",null,true,{}]},"m":-1e+30})";
  const auto value = parse_json(text);
  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), text);
}

TEST(ParseJson, OfAKeyThatStandsTwiceTheLastCounts) {
  EXPECT_EQ(parse_json(R"({"a":1,"a":2})")->at("a"), json::value(2));
}

TEST(ParseJson, TakesWhatIsValid) {
  for (const char* text : {"{}", " [1, 2] ", "\"x\"", "-0.5e-10", "1E5", "1e-400", "1.7976931348623157e308", "null",
                           R"("\ud83d\ude00")"}) {
    EXPECT_TRUE(parse_json(text)) << text;
  }
}

TEST(ParseJson, RefusesWhatIsNot) {
  for (const std::string& text : {""s,
                                  "  "s,
                                  "{"s,
                                  "[1,]"s,
                                  "{\"a\":1,}"s,
                                  "{'a':1}"s,
                                  "01"s,
                                  "+1"s,
                                  "1."s,
                                  "NaN"s,
                                  "Infinity"s,
                                  "nul"s,
                                  "[1] 2"s,
                                  "\"\x01\""s,
                                  "\"\\x\""s,
                                  "// c\n1"s,
                                  "\"\xff\""s,
                                  "\"\xC0\xAF\""s,
                                  "\"\xED\xA0\x80\""s,
                                  "\"\\ud800\""s,
                                  "\"\\udc00x\""s,
                                  "\"\\u0000\""s,
                                  "{\"\\u0000\":1}"s,
                                  "1e400"s,
                                  "-1e400"s,
                                  "\xEF\xBB\xBF{}"s,
                                  "[\"a\"\0]"s}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid);
    EXPECT_EQ(parsed.error().name, "invalid_json");
  }
}

TEST(ParseJson, SaysWhere) {
  EXPECT_NE(parse_json("{\n  \"é\": x}").error().message.find("line 2, column 8"), std::string::npos)
      << parse_json("{\n  \"é\": x}").error().message;
  EXPECT_NE(parse_json(" \n").error().message.find("empty"), std::string::npos);
  EXPECT_NE(parse_json("[1e999]").error().message.find("too large for a double"), std::string::npos);
}

TEST(ParseJson, LimitsTheDepth) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth)));
  EXPECT_FALSE(parse_json(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(parse_json(nested(1'000'000)));
}

TEST(Json, SaysWhatIsWrongWithAText) {
  const std::pair<std::string, const char*> cases[] = {
      {R"({"a":"\ud83d"})", "high surrogate"},   {R"({"a":"\uD83Dx"})", "high surrogate"},
      {R"({"a":"\ude00"})", "surrogate"},        {std::string("{\"a\":\"x\0\"}", 11), "control character"},
      {"{\"a\":\"x\ny\"}", "control character"}, {"{\"a\":\"\xff\"}", "not UTF-8"},
      {"{\"a\":\"\xc3\"}", "not UTF-8"},         {"{\"a\":\"\xed\xa0\x80\"}", "not UTF-8"},
      {R"({"a":"\u0000"})", "U+0000"},           {R"({"a" 1})", "syntax error"},
  };
  for (const auto& [text, words] : cases) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_NE(parsed.error().message.find(words), std::string::npos) << text << ": " << parsed.error().message;
  }
}

TEST(Json, SaysWhereATextIsNotUtf8) {
  for (const std::string bad : {"\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
    for (std::size_t at = 0; at <= 80; ++at) {
      std::string text = "[\"" + std::string(80, 'x') + "é\"]";
      const auto good = parse_json(text);
      ASSERT_TRUE(good);
      EXPECT_EQ(good->at(0).get_string(), text.substr(2, text.size() - 4));
      text.insert(2 + at, bad);
      const auto parsed = parse_json(text);
      ASSERT_FALSE(parsed) << text;
      EXPECT_NE(parsed.error().message.find("bytes that are not UTF-8 at line 1, column "), std::string::npos)
          << parsed.error().message;
    }
  }
}

TEST(Json, TakesTextOutsideAsciiWhereverItStands) {
  for (std::size_t at = 0; at <= 80; ++at) {
    std::string text(80, 'x');
    text.insert(at, "é\xE2\x80\xA8\xF0\x9F\x9A\xB2");
    const auto parsed = parse_json("[\"" + text + "\",\"\\ud83d\\ude00" + text + "\"]");
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->at(0).get_string(), text);
    EXPECT_EQ(parsed->at(1).get_string(), "\xF0\x9F\x98\x80" + text);
  }
}

// Writes down what it is given; `left` names what it does not take.
class Written : public ArrayElements {
 public:
  explicit Written(std::string_view left = {}) : left_(left) {}
  std::string_view name() const override { return "list"; }
  bool begin() override { return add("{"); }
  bool key(std::string_view name) override { return add(name) && name != left_; }
  bool text(std::string_view text) override { return add("=\"" + std::string(text) + "\""); }
  bool integer(std::int64_t number) override { return add("=" + std::to_string(number)); }
  bool end() override { return add("}"); }
  void forget() override { all = "forgotten"; }

  std::string all;

 private:
  bool add(std::string_view more) {
    all += more;
    return true;
  }
  std::string_view left_;
};

TEST(JsonDocument, HandsOverTheElementsOfOneArray) {
  Written written;
  const auto document = JsonDocument::parse(
      R"({"a":[{"list":[1]}],"list":[{"t":"x\u00e9\ny","n":-5},{},{"t":""}],"b":{"list":[{"c":null}]}})", written);
  ASSERT_TRUE(document);
  EXPECT_EQ(written.all, "{t=\"x\u00e9\ny\"n=-5}{}{t=\"\"}");
  EXPECT_EQ(to_text(document->root()), R"({"a":[{"list":[1]}],"list":[],"b":{"list":[{"c":null}]}})");
}

TEST(JsonDocument, LeavesAnArrayOfOtherElementsToTheTree) {
  for (const std::string list :
       {R"([{"t":"x"},5])", R"(["x"])", R"([null])", R"([{"t":true}])", R"([{"t":1.5}])", R"([{"t":{}}])",
        R"([{"t":[]}])", R"([[{}]])", R"([{"n":18446744073709551615}])", R"([{"other":1}])"}) {
    Written written("other");
    const auto document = JsonDocument::parse(R"({"list":)" + list + "}", written);
    ASSERT_TRUE(document) << list;
    EXPECT_EQ(written.all, "forgotten") << list;
    EXPECT_EQ(document->root(), *parse_json(R"({"list":)" + list + "}")) << list;
  }
  Written twice;
  const auto document = JsonDocument::parse(R"({"list":[{"t":"x"}],"list":[{"t":"y"}]})", twice);
  EXPECT_EQ(twice.all, "forgotten");
  EXPECT_EQ(to_text(document->root()), R"({"list":[{"t":"y"}]})");
}

TEST(JsonDocument, RefusesTheSameAsParseJson) {
  for (const std::string_view text :
       {R"({"list":[{"t":"x")", R"({"list":[{"t":"a\u0000"}]})", R"({"list":[{"\u0000":1}]})",
        R"({"list":[{"t":"\ud800"}]})", "{\"list\":[{\"t\":\"\xFF\"}]}", R"({"list":[{"t":1e999}]})",
        R"({"list":[{}]} x)"}) {
    Written written;
    const auto document = JsonDocument::parse(text, written);
    ASSERT_FALSE(document) << text;
    EXPECT_EQ(document.error().message, parse_json(text).error().message);
  }
}

}  // namespace
}  // namespace wrapup
