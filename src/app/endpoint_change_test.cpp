#include <gtest/gtest.h>

#include "app/commands_remote.hpp"
#include "model/endpoint.hpp"
#include "testing/temp_dir.hpp"

namespace wrapup {
namespace {

std::string body(const EndpointChange& change, std::string_view known = "[]") {
  const auto made = endpoint_change_body(change, parse_json(known)->get_array());
  return made ? to_text(*made) : "wrong: " + made.error().message;
}

TEST(EndpointChange, HoldsOnlyWhatIsGiven) {
  EXPECT_EQ(body({}), "{}");
  EndpointChange change;
  change.name = "Front desk";
  change.timeout = "30s";
  change.concurrency = "4";
  EXPECT_EQ(body(change), R"({"name":"Front desk","timeout":"30s","concurrency":4})");
}

TEST(EndpointChange, DefaultTakesASettingBack) {
  EndpointChange change;
  change.name = change.preset = change.concurrency = change.schedule = change.max_age = change.ca = "default";
  change.rates = {"default"};
  EXPECT_EQ(body(change), R"({"name":null,"preset":null,"concurrency":null,"rate_limits":null,)"
                          R"("retry":{"schedule":null,"max_age":null},"tls":{"ca":null}})");
}

TEST(EndpointChange, ReadsRatesAndSchedules) {
  EndpointChange change;
  change.rates = {"20/1s", "5/s", "10000/5m"};
  change.schedule = "5s, 30s,2m";
  change.short_schedule = "";
  EXPECT_EQ(body(change),
            R"({"rate_limits":[{"count":20,"per":"1s"},{"count":5,"per":"1s"},{"count":10000,"per":"5m"}],)"
            R"("retry":{"schedule":["5s","30s","2m"],"short_schedule":[]}})");
  for (const char* wrong : {"20", "/1s", "many/1s", "20/", "20/soon", "20/1s/1s"}) {
    change.rates = {wrong};
    EXPECT_TRUE(body(change).starts_with("wrong: --rate: ")) << body(change);
  }
}

TEST(EndpointChange, ChangesOneHeaderAndLeavesTheOthers) {
  constexpr std::string_view known =
      R"([{"name":"X-Team","value":"a","secret":false},{"name":"Authorization","value":"***","secret":true}])";
  EndpointChange change;
  change.headers = {"x-team:  b ", "X-New: c: d"};
  EXPECT_EQ(body(change, known),
            R"({"headers":[{"name":"x-team","value":"b","secret":false},)"
            R"({"name":"Authorization","value":"***","secret":true},{"name":"X-New","value":"c: d","secret":false}]})");
  change.headers = {"X-Team:"};
  EXPECT_EQ(body(change, known), R"({"headers":[{"name":"Authorization","value":"***","secret":true}]})");
  change.headers = {"default"};
  change.secret_headers = {"X-Key: k"};
  EXPECT_EQ(body(change, known), R"({"headers":[{"name":"X-Key","value":"k","secret":true}]})");
  change.secret_headers = {"no colon"};
  EXPECT_TRUE(body(change, known).starts_with("wrong: --secret-header"));
  change.secret_headers = {"X-Nobody:"};
  EXPECT_TRUE(body(change, known).starts_with("wrong: no header X-Nobody"));
}

TEST(EndpointChange, ReadsCertificatesFromFiles) {
  const TempDir temp;
  EndpointChange change;
  change.ca = temp.path() + "/nothing.pem";
  EXPECT_TRUE(body(change).starts_with("wrong: --ca: ")) << body(change);
}

TEST(EndpointChange, IsWhatTheServerTakes) {
  EndpointChange change;
  change.name = "Desk";
  change.preset = "zapier";
  change.rates = {"20/1s"};
  change.concurrency = "3";
  change.schedule = change.short_schedule = "5s,30s";
  change.max_age = "3d";
  change.timeout = "30s";
  change.connect_timeout = "3s";
  change.disable_after = "5d";
  change.headers = {"X-Team: a"};
  change.secret_headers = {"Authorization: Bearer b"};
  const auto made = endpoint_change_body(change, {});
  ASSERT_TRUE(made);
  std::vector<FieldError> errors;
  Fields fields(*made, "", errors);
  EndpointSettings settings;
  read_endpoint_settings(fields, errors, settings);
  fields.done();
  for (const auto& [path, message] : errors) ADD_FAILURE() << path << " " << message;
  EXPECT_EQ(settings.concurrency, 3);
  EXPECT_EQ(settings.headers.size(), 2U);
}

}  // namespace
}  // namespace wrapup
