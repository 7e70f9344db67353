#include "model/endpoint.hpp"

#include <gtest/gtest.h>

#include "testing/property.hpp"

namespace wrapup {
namespace {

struct Reading {
  EndpointSettings settings;
  std::vector<FieldError> errors;
};

// As the API reads a request over what is set.
Reading read(std::string_view text, EndpointSettings before = {}) {
  Reading reading{std::move(before), {}};
  const auto body = parse_json(text);
  EXPECT_TRUE(body) << text;
  Fields fields(body->get_object(), "", reading.errors);
  read_endpoint_settings(fields, reading.errors, reading.settings);
  fields.done();
  return reading;
}

EndpointSettings all_set() {
  auto reading = read(R"({
    "name": "CRM", "preset": "zapier", "concurrency": 3,
    "rate_limits": [{"count": 5, "per": "1s"}, {"count": 100, "per": "1h"}],
    "retry": {"schedule": ["1s", "1m"], "short_schedule": ["200ms"], "max_age": "2d"},
    "connect_timeout": "2s", "timeout": "20s", "disable_after": "1d",
    "headers": [{"name": "X-Team", "value": "north"}, {"name": "Authorization", "value": "Bearer s3cret", "secret": true}],
    "tls": {"ca": "CA PEM", "certificate": "CERT PEM", "key": "KEY PEM"}})");
  EXPECT_TRUE(reading.errors.empty()) << reading.errors.front().path << " " << reading.errors.front().message;
  return reading.settings;
}

std::string stored(const EndpointSettings& settings) { return to_text(endpoint_settings_json(settings, true)); }
std::string shown(const EndpointSettings& settings) { return to_text(endpoint_settings_json(settings, false)); }

TEST(EndpointSettings, ReadsEverySetting) {
  const EndpointSettings settings = all_set();
  EXPECT_EQ(settings.name, "CRM");
  EXPECT_EQ(settings.preset, "zapier");
  EXPECT_EQ(settings.concurrency, 3);
  EXPECT_EQ(settings.limits(), (std::vector<RateLimit>{{5, kSecond}, {100, kHour}})) << "set ones before the preset's";
  EXPECT_EQ(settings.schedule, (std::vector<Duration>{kSecond, kMinute}));
  EXPECT_EQ(settings.short_schedule, (std::vector<Duration>{200 * kMillisecond}));
  EXPECT_EQ(settings.max_age, 2 * kDay);
  EXPECT_EQ(settings.connect_timeout, 2 * kSecond);
  EXPECT_EQ(settings.timeout, 20 * kSecond);
  EXPECT_EQ(settings.disable_after, kDay);
  ASSERT_EQ(settings.headers.size(), 2u);
  EXPECT_EQ(settings.headers[0].value, "north");
  EXPECT_FALSE(settings.headers[0].secret);
  EXPECT_EQ(settings.headers[1].value, "Bearer s3cret");
  EXPECT_TRUE(settings.headers[1].secret);
  EXPECT_EQ(settings.ca, "CA PEM");
  EXPECT_EQ(settings.certificate, "CERT PEM");
  EXPECT_EQ(settings.key, "KEY PEM");
}

TEST(EndpointSettings, SaysOfEachMistakeWhereItIsAndWhatWouldBeRight) {
  struct Case {
    const char* body;
    const char* path;
    const char* message;
  };
  const Case cases[] = {
      {R"({"name": 5})", "/name", "must be a string"},
      {R"({"preset": "pabbly"})", "/preset", "one of zapier, make, n8n, workato"},
      {R"({"concurrency": 0})", "/concurrency", "from 1 to 1000"},
      {R"({"concurrency": 1.5})", "/concurrency", "whole number"},
      {R"({"rate_limits": {}})", "/rate_limits", "must be an array"},
      {R"({"rate_limits": [5]})", "/rate_limits", "{\"count\": 1 to 100000, \"per\": a duration"},
      {R"({"rate_limits": [{"count": 0, "per": "1s"}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 100001, "per": "1s"}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": "5", "per": "1s"}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 5}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 5, "per": 1}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 5, "per": "99ms"}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 5, "per": "25h"}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count": 5, "per": "1s", "burst": 9}]})", "/rate_limits", "each limit must be"},
      {R"({"rate_limits": [{"count":1,"per":"1s"},{"count":1,"per":"1s"},{"count":1,"per":"1s"},{"count":1,"per":"1s"},
          {"count":1,"per":"1s"}]})",
       "/rate_limits", "more than 4"},
      {R"({"retry": []})", "/retry", "must be an object"},
      {R"({"retry": {"schedule": "5s"}})", "/retry/schedule", "must be an array"},
      {R"({"retry": {"schedule": ["5s", 30]}})", "/retry/schedule", "from 1ms to 30d"},
      {R"({"retry": {"schedule": ["31d"]}})", "/retry/schedule", "from 1ms to 30d"},
      {R"({"retry": {"schedule": ["0s"]}})", "/retry/schedule", "from 1ms to 30d"},
      {R"({"retry": {"short_schedule": ["-5s"]}})", "/retry/short_schedule", "from 1ms to 30d"},
      {R"({"retry": {"max_age": "30s"}})", "/retry/max_age", "from 1m to 365d"},
      {R"({"retry": {"shedule": ["5s"]}})", "/retry/shedule", "did you mean \"schedule\""},
      {R"({"connect_timeout": "9ms"})", "/connect_timeout", "from 10ms to 10m"},
      {R"({"timeout": "11m"})", "/timeout", "from 10ms to 10m"},
      {R"({"timeout": 15})", "/timeout", "must be a duration such as \"5s\""},
      {R"({"disable_after": "59s"})", "/disable_after", "from 1m to 365d"},
      {R"({"headers": {}})", "/headers", "must be an array"},
      {R"({"headers": ["X-A: b"]})", "/headers", "each header must be"},
      {R"({"headers": [{"value": "b"}]})", "/headers/0/name", "is required"},
      {R"({"headers": [{"name": "X-A"}]})", "/headers/0/value", "is required"},
      {R"({"headers": [{"name": "X-A", "value": "b"}, {"name": "X A", "value": "b"}]})", "/headers/1/name",
       "name of a header"},
      {R"({"headers": [{"name": "", "value": "b"}]})", "/headers/0/name", "must not be empty"},
      {R"({"headers": [{"name": "X-A", "value": "b\r\nX-B: c"}]})", "/headers/0/value", "printable ASCII"},
      {R"({"headers": [{"name": "X-A", "value": "grün"}]})", "/headers/0/value", "printable ASCII"},
      {R"({"headers": [{"name": "X-A", "value": "b", "secret": "yes"}]})", "/headers/0/secret", "true or false"},
      {R"({"headers": [{"name": "X-A", "value": "b", "hidden": true}]})", "/headers/0/hidden", "not a known field"},
      {R"({"headers": [{"name": "X-A", "value": "b"}, {"name": "x-a", "value": "c"}]})", "/headers/1/name", "twice"},
      {R"({"headers": [{"name": "X-A", "value": "***", "secret": true}]})", "/headers/0/value", "no value is known"},
      {R"({"headers": [{"name": "X-A", "value": "***"}]})", "/headers/0/value", "masked"},
      {R"({"tls": "none"})", "/tls", "must be an object"},
      {R"({"tls": {"certificate": "C"}})", "/tls", "needs both certificate and key"},
      {R"({"tls": {"key": "K"}})", "/tls", "needs both certificate and key"},
      {R"({"tls": {"pem": "K"}})", "/tls/pem", "not a known field"},
      {R"({"rate_limit": []})", "/rate_limit", "did you mean \"rate_limits\""}};
  for (const auto& [body, path, message] : cases) {
    const Reading reading = read(body);
    ASSERT_EQ(reading.errors.size(), 1u) << body;
    EXPECT_EQ(reading.errors[0].path, path) << body;
    EXPECT_NE(reading.errors[0].message.find(message), std::string::npos) << body << ": " << reading.errors[0].message;
  }
}

TEST(EndpointSettings, HeadersThatWrapupSetsAreNotToBeSet) {
  for (const char* name : {"Host", "content-type", "CONTENT-LENGTH", "Transfer-Encoding", "Connection", "Expect",
                           "User-Agent", "webhook-id", "Webhook-Signature", "X-Wrapup-Attempt", "Synthflow-Signature",
                           "HTTP_SYNTHFLOW_SIGNATURE", "Proxy-Authorization", "TE", "Upgrade", "Trailer"}) {
    const Reading reading = read(to_text(json::object{{"headers", {json::object{{"name", name}, {"value", "x"}}}}}));
    ASSERT_EQ(reading.errors.size(), 1u) << name;
    EXPECT_EQ(reading.errors[0].path, "/headers/0/name");
    EXPECT_NE(reading.errors[0].message.find("wrapup sets itself"), std::string::npos) << name;
  }
}

TEST(EndpointSettings, ARequestChangesOnlyWhatItSends) {
  const Reading reading = read(R"({"timeout": "30s", "retry": {"max_age": "9d"}})", all_set());
  EXPECT_TRUE(reading.errors.empty());
  EndpointSettings right = all_set();
  right.timeout = 30 * kSecond;
  right.max_age = 9 * kDay;
  EXPECT_EQ(stored(reading.settings), stored(right));
}

TEST(EndpointSettings, NullTakesASettingBack) {
  const Reading all = read(R"({"name": null, "preset": null, "concurrency": null, "rate_limits": null, "retry": null,
    "connect_timeout": null, "timeout": null, "disable_after": null, "headers": null, "tls": null})",
                           all_set());
  EXPECT_TRUE(all.errors.empty());
  EXPECT_EQ(stored(all.settings), stored(EndpointSettings()));
  const Reading one = read(R"({"retry": {"schedule": null}})", all_set());
  EXPECT_EQ(one.settings.schedule, std::nullopt);
  EXPECT_TRUE(one.settings.short_schedule) << "its neighbour stays";
  const Reading limits = read(R"({"rate_limits": null})", all_set());
  EXPECT_EQ(limits.settings.limits(), (std::vector<RateLimit>{{30, kSecond}, {10'000, 5 * kMinute}}));
}

TEST(EndpointSettings, PresetsKnowWhatTheirVendorsLetIn) {
  EndpointSettings settings;
  EXPECT_TRUE(settings.limits().empty());
  settings.preset = "zapier";
  EXPECT_EQ(settings.limits(), (std::vector<RateLimit>{{30, kSecond}, {10'000, 5 * kMinute}}));
  for (const char* name : {"make", "n8n", "workato"}) {
    settings.preset = name;
    EXPECT_EQ(settings.limits(), (std::vector<RateLimit>{{20, kSecond}})) << name;
  }
  EXPECT_NE(shown(settings).find(R"("rate_limits":[{"count":20,"per":"1s"}])"), std::string::npos) << "spelled out";
  settings.rate_limits.emplace();
  EXPECT_TRUE(settings.limits().empty()) << "its owner knows better";
}

TEST(EndpointSettings, SecretsAreNeverShown) {
  const std::string text = shown(all_set());
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_EQ(text.find("KEY PEM"), std::string::npos) << text;
  EXPECT_NE(text.find(R"({"name":"Authorization","value":"***","secret":true})"), std::string::npos) << text;
  EXPECT_NE(text.find("north"), std::string::npos);
  EXPECT_NE(stored(all_set()).find("s3cret"), std::string::npos);
}

TEST(EndpointSettings, WhatWasShownCanBeSentBackAndChangesNothing) {
  const EndpointSettings before = all_set();
  const Reading reading = read(shown(before), before);
  ASSERT_TRUE(reading.errors.empty()) << reading.errors[0].path << " " << reading.errors[0].message;
  EXPECT_EQ(stored(reading.settings), stored(before));
}

TEST(EndpointSettings, AMaskedValueMeansTheOneThatIsKnown) {
  const Reading kept = read(R"({"headers": [{"name": "X-New", "value": "1"},
                                            {"name": "Authorization", "value": "***", "secret": true}]})",
                            all_set());
  ASSERT_TRUE(kept.errors.empty());
  EXPECT_EQ(kept.settings.headers[1].value, "Bearer s3cret");
  const Reading changed =
      read(R"({"headers": [{"name": "Authorization", "value": "Bearer new", "secret": true}]})", all_set());
  EXPECT_EQ(changed.settings.headers[0].value, "Bearer new");
  // To see a secret it is not enough to call it none.
  const Reading unmasked =
      read(R"({"headers": [{"name": "Authorization", "value": "***", "secret": false}]})", all_set());
  ASSERT_EQ(unmasked.errors.size(), 1u);
  EXPECT_EQ(unmasked.errors[0].path, "/headers/0/value");
}

TEST(EndpointSettings, DamagedOnesAreAnInternalErrorThatShowsNoSecret) {
  for (const char* text :
       {"{", "[]", R"({"timeout": "never"})", R"({"headers": [{"name": "a b", "value": "s3cret"}]})"}) {
    const auto settings = stored_endpoint_settings(text);
    ASSERT_FALSE(settings) << text;
    EXPECT_EQ(settings.error().code, Code::internal);
    EXPECT_EQ((settings.error().message + settings.error().detail).find("s3cret"), std::string::npos);
  }
  EXPECT_TRUE(stored_endpoint_settings(""));
}

template <class T>
rc::Gen<std::optional<T>> maybe(rc::Gen<T> gen) {
  return rc::gen::oneOf(rc::gen::just(std::optional<T>()),
                        rc::gen::map(gen, [](T value) { return std::optional<T>(std::move(value)); }));
}

rc::Gen<Duration> durations(Duration min, Duration max) {
  return rc::gen::map(rc::gen::inRange(min / kMillisecond, max / kMillisecond + 1),
                      [](std::int64_t millis) { return millis * kMillisecond; });
}

rc::Gen<std::string> texts(char from) {
  return rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange(from, '\x7f')));
}

EndpointSettings any_settings() {
  EndpointSettings settings;
  settings.name = *rc::gen::oneOf(rc::gen::just(std::string()), texts(' '));
  settings.preset = *rc::gen::element<std::string>("", "zapier", "make", "n8n", "workato");
  settings.concurrency = *maybe(rc::gen::inRange<std::int64_t>(1, 1001));
  settings.schedule = *maybe(rc::gen::container<std::vector<Duration>>(durations(kMillisecond, 30 * kDay)));
  settings.short_schedule = *maybe(rc::gen::container<std::vector<Duration>>(durations(kMillisecond, 30 * kDay)));
  settings.max_age = *maybe(durations(kMinute, 365 * kDay));
  settings.connect_timeout = *maybe(durations(10 * kMillisecond, 10 * kMinute));
  settings.timeout = *maybe(durations(10 * kMillisecond, 10 * kMinute));
  settings.disable_after = *maybe(durations(kMinute, 365 * kDay));
  if (*rc::gen::arbitrary<bool>()) {
    settings.rate_limits.emplace();
    for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
      settings.rate_limits->push_back(
          {*rc::gen::inRange<std::int64_t>(1, 100'001), *durations(100 * kMillisecond, kDay)});
    }
  }
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    settings.headers.push_back({"X-" + std::to_string(i), *texts(' '), *rc::gen::arbitrary<bool>()});
    RC_PRE(settings.headers.back().value != "***");
  }
  if (*rc::gen::arbitrary<bool>()) settings.ca = *texts(' ');
  if (*rc::gen::arbitrary<bool>()) {
    settings.certificate = *texts(' ');
    settings.key = *texts(' ');
  }
  return settings;
}

TEST(EndpointSettings, SurviveTheirJsonWhateverTheyAre) {
  expect_holds([] {
    const EndpointSettings settings = any_settings();
    const auto again = stored_endpoint_settings(stored(settings));
    RC_ASSERT(again.has_value());
    RC_ASSERT(stored(*again) == stored(settings));
    RC_ASSERT(again->limits() == settings.limits());
    RC_ASSERT(again->schedule == settings.schedule);
    RC_ASSERT(again->timeout == settings.timeout);
    RC_ASSERT(again->key == settings.key);
    // And what people are shown, sent back, changes nothing.
    const Reading shown_again = read(shown(settings), settings);
    RC_ASSERT(shown_again.errors.empty());
    RC_ASSERT(shown_again.settings.limits() == settings.limits());
    RC_ASSERT(shown_again.settings.key == settings.key);
    RC_ASSERT(shown_again.settings.headers.size() == settings.headers.size());
    for (std::size_t i = 0; i < settings.headers.size(); ++i) {
      RC_ASSERT(shown_again.settings.headers[i].value == settings.headers[i].value);
    }
  });
}

TEST(EndpointState, HasANameForEach) {
  for (const auto state : {EndpointState::active, EndpointState::paused, EndpointState::disabled}) {
    EXPECT_EQ(endpoint_state_from(to_string(state)), state);
  }
  EXPECT_FALSE(endpoint_state_from("gone"));
}

}  // namespace
}  // namespace wrapup
