#include "base/fields.hpp"

#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

// What a reader finds wrong with `text`.
std::vector<FieldError> wrong_with(std::string_view text, const std::function<void(Fields&)>& read,
                                   std::string path = "") {
  std::vector<FieldError> errors;
  const auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  Fields fields(value->get_object(), std::move(path), errors);
  read(fields);
  return errors;
}

using Errors = std::vector<FieldError>;

TEST(Fields, ReadWhatIsThere) {
  const auto errors =
      wrong_with(R"({"t":"x","b":false,"i":20.0,"at":"2026-03-11T14:20:07Z","o":{},"a":[1]})", [](Fields& fields) {
        EXPECT_EQ(fields.required_text("t"), "x");
        EXPECT_EQ(fields.boolean("b"), false);
        EXPECT_EQ(fields.integer("i", 1, 20), 20);
        EXPECT_EQ(fields.time("at"), 1'773'238'807 * kSecond);
        EXPECT_NE(fields.object("o"), nullptr);
        EXPECT_NE(fields.array("a", 1), nullptr);
        fields.done();
      });
  EXPECT_EQ(errors, Errors{});
}

TEST(Fields, NullIsAbsent) {
  const auto errors = wrong_with(R"({"a":null,"b":null})", [](Fields& fields) {
    EXPECT_FALSE(fields.text("a"));
    EXPECT_FALSE(fields.required_text("b"));
  });
  EXPECT_EQ(errors, (Errors{{"/b", "is required"}}));
}

TEST(Fields, SayWhatIsWrongAndWhatWouldBeRight) {
  const auto errors = wrong_with(
      R"({"t":7,"long":"abcd","empty":"","b":"true","i":1.5,"high":101,"at":"soon","o":[],"a":{},"many":[1,2]})",
      [](Fields& fields) {
        fields.text("t");
        fields.text("long", 3);
        fields.required_text("empty");
        fields.boolean("b");
        fields.integer("i", 1, 100);
        fields.integer("high", 1, 100);
        fields.time("at");
        fields.object("o");
        fields.array("a", 5);
        fields.array("many", 1);
      },
      "/calls/3");
  EXPECT_EQ(errors, (Errors{{"/calls/3/t", "must be a string, not a number"},
                            {"/calls/3/long", "is longer than 3 bytes"},
                            {"/calls/3/empty", "must not be empty"},
                            {"/calls/3/b", "must be true or false, not a string"},
                            {"/calls/3/i", "must be a whole number from 1 to 100"},
                            {"/calls/3/high", "must be a whole number from 1 to 100"},
                            {"/calls/3/at", errors.size() > 6 ? errors[6].message : ""},
                            {"/calls/3/o", "must be an object, not an array"},
                            {"/calls/3/a", "must be an array, not an object"},
                            {"/calls/3/many", "has more than 1 elements"}}));
  EXPECT_NE(errors[6].message.find("ISO 8601"), std::string::npos);
}

TEST(Fields, NameUnknownMembersWithTheNearestKnown) {
  const auto errors =
      wrong_with(R"({"phone":"+15550100123","webhook_url":"x","frobnicate":1,"a/b~c":1})", [](Fields& fields) {
        fields.text("phone");
        fields.text("external_webhook_url");
        fields.done();
      });
  EXPECT_EQ(errors, (Errors{{"/webhook_url", "is not a known field; did you mean \"external_webhook_url\"?"},
                            {"/frobnicate", "is not a known field"},
                            {"/a~1b~0c", "is not a known field"}}));
}

TEST(Fields, AHostileBodyGetsAShortAnswer) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) text += (i ? ",\"" : "\"") + std::string(300, 'x') + std::to_string(i) + "\":1";
  const auto errors = wrong_with(text + "}", [](Fields& fields) { fields.done(); });
  EXPECT_LE(errors.size(), 50u);
  for (const auto& error : errors) EXPECT_LE(error.path.size(), 101u);
}

TEST(InvalidFields, TellsTheFirstInWordsAndAllInTheList) {
  const Error error = invalid_fields({{"/phone", "is required"}, {"/name", "is required"}});
  EXPECT_EQ(error.code, Code::invalid);
  EXPECT_EQ(error.name, "invalid_request");
  EXPECT_EQ(error.message, "/phone is required (and 1 more)");
  EXPECT_EQ(error.fields.size(), 2u);
}

TEST(NearestName, FindsTypingErrorsAndNothingFarAway) {
  const std::vector<std::string_view> known{"phone", "name", "metadata", "external_webhook_url"};
  EXPECT_EQ(nearest_name("phon", known), "phone");
  EXPECT_EQ(nearest_name("meta_data", known), "metadata");
  EXPECT_EQ(nearest_name("webhook_url", known), "external_webhook_url");
  EXPECT_EQ(nearest_name("zzzzzzzz", known), "");
  EXPECT_EQ(nearest_name(std::string(100, 'p'), known), "");
}

}  // namespace
}  // namespace wrapup
