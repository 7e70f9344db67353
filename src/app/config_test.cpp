#include "app/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <gtest/gtest.h>

#include "app/settings.hpp"
#include "base/units.hpp"

namespace wrapup {
namespace {

namespace fs = std::filesystem;

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = (fs::temp_directory_path() / "wrapup-config-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    file_ = folder_ / "wrapup.toml";
  }
  ~ConfigTest() override { fs::remove_all(folder_); }

  Result<Config> load(std::string_view text, Environment environment = {},
                      std::vector<std::pair<std::string, std::string>> flags = {}) {
    std::ofstream(file_, std::ios::binary) << text;
    return load_config({file_.string(), std::move(environment), std::move(flags)});
  }

  /// "3:5 the message", a line each, without the name of the file.
  std::vector<std::string> problems(std::string_view text, Environment environment = {}) {
    const auto config = load(text, std::move(environment));
    std::vector<std::string> out;
    if (config) return out;
    for (const auto& [path, message] : config.error().fields) {
      const bool in_file = path.starts_with(file_.string() + ":");
      out.push_back((in_file ? path.substr(file_.string().size() + 1) : path) + " " + message);
    }
    return out;
  }

  std::string problem(std::string_view text, Environment environment = {}) {
    const auto found = problems(text, std::move(environment));
    return found.size() == 1 ? found.front() : std::to_string(found.size()) + " problems";
  }

  fs::path folder_;
  fs::path file_;
};

using Texts = std::vector<std::string>;

TEST_F(ConfigTest, WorksWithoutAnything) {
  const auto config = load_config({});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->data, "./wrapup-data");
  EXPECT_EQ(config->listen, "127.0.0.1:8787");
  EXPECT_EQ(config->delivery.retry_schedule.size(), 12U);
  EXPECT_EQ(config->delivery.retry_schedule.front(), 5 * kSecond);
  EXPECT_EQ(config->delivery.short_retry_schedule.size(), 4U);
  EXPECT_EQ(config->delivery.timeout, 15 * kSecond);
  EXPECT_EQ(config->delivery.response_cap, 64 * 1024);
  EXPECT_FALSE(config->delivery.allow_http);
  EXPECT_EQ(config->calls.stuck_after, 4 * kHour);
  EXPECT_EQ(config->delivery.disable_after, 5 * kDay);
  EXPECT_EQ(config->delivery.max_age, 30 * kDay);
  EXPECT_EQ(config->retention.calls, 90 * kDay);
  EXPECT_EQ(config->retention.logs, 30 * kDay);
  EXPECT_EQ(config->retention.max_bytes, 0);
}

TEST_F(ConfigTest, ReadsEverySetting) {
  const auto config = load(R"(
data = "/srv/wrapup"
listen = "[::1]:9000"
master_key_file = "/run/secrets/wrapup"
[server]
max_body = "64KiB"
max_connections = 10
request_timeout = "200ms"
idle_timeout = "2m"
drain = "0s"
[delivery]
retry_schedule = ["1s", "2m", "1h", "1d"]
short_retry_schedule = ["5ms"]
connect_timeout = "1s"
timeout = "2s"
response_cap = 0
concurrency = 3
allow_http = true
allow_addresses = ["10.20.0.0/16", "::1/128", "127.0.0.1"]
signature_header_compat = true
disable_after = "1d"
max_age = "7d"
[retention]
calls = "0s"
logs = "7d"
max_bytes = "20GiB"
[calls]
stuck_after = "2d"
quiet_after_ended = "3s"
[simulator]
ring = "0ms"
turn = "1ms"
[log]
level = "warning"
)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->data, "/srv/wrapup");
  EXPECT_EQ(config->listen, "[::1]:9000");
  EXPECT_EQ(config->master_key_file, "/run/secrets/wrapup");
  EXPECT_EQ(config->server.max_body, 65536);
  EXPECT_EQ(config->server.max_connections, 10);
  EXPECT_EQ(config->server.request_timeout, 200 * kMillisecond);
  EXPECT_EQ(config->server.idle_timeout, 2 * kMinute);
  EXPECT_EQ(config->server.drain, 0);
  EXPECT_EQ(config->delivery.retry_schedule, (std::vector<Duration>{kSecond, 2 * kMinute, kHour, kDay}));
  EXPECT_EQ(config->delivery.short_retry_schedule, std::vector<Duration>{5 * kMillisecond});
  EXPECT_EQ(config->delivery.connect_timeout, kSecond);
  EXPECT_EQ(config->delivery.timeout, 2 * kSecond);
  EXPECT_EQ(config->delivery.response_cap, 0);
  EXPECT_EQ(config->delivery.concurrency, 3);
  EXPECT_TRUE(config->delivery.allow_http);
  EXPECT_EQ(config->delivery.allow_addresses, (Texts{"10.20.0.0/16", "::1/128", "127.0.0.1"}));
  EXPECT_TRUE(config->delivery.signature_header_compat);
  EXPECT_EQ(config->delivery.disable_after, kDay);
  EXPECT_EQ(config->delivery.max_age, 7 * kDay);
  EXPECT_EQ(config->retention.calls, 0);
  EXPECT_EQ(config->retention.logs, 7 * kDay);
  EXPECT_EQ(config->retention.max_bytes, 20LL << 30);
  EXPECT_EQ(config->calls.stuck_after, 2 * kDay);
  EXPECT_EQ(config->calls.quiet_after_ended, 3 * kSecond);
  EXPECT_EQ(config->simulator.ring, 0);
  EXPECT_EQ(config->simulator.turn, kMillisecond);
  EXPECT_EQ(config->log.level, LogLevel::warning);
}

TEST_F(ConfigTest, NamesEverythingThatIsWrongInTheOrderOfTheFile) {
  const auto found = problems(R"(listn = "127.0.0.1:1"
[delivery]
retry_schedul = ["1s"]
timeout = "soon"
retry_schedule = ["1s", 5, "x"]

[deliverry]
timeout = "1s"
)");
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[0], "1:1 listn is not a known setting; did you mean listen?");
  EXPECT_EQ(found[1], "3:1 delivery.retry_schedul is not a known setting; did you mean retry_schedule?");
  EXPECT_TRUE(found[2].starts_with("4:11 delivery.timeout must be a duration")) << found[2];
  EXPECT_TRUE(found[2].ends_with("not \"soon\"")) << found[2];
  EXPECT_TRUE(found[3].starts_with("5:25 delivery.retry_schedule must be")) << found[3];
  EXPECT_TRUE(found[3].ends_with("not the number 5")) << found[3];
  EXPECT_TRUE(found[4].starts_with("5:28 ")) << found[4];
  EXPECT_EQ(found[5], "7:2 deliverry is not a known section; did you mean delivery?");
}

TEST_F(ConfigTest, SaysAllOfItInTheMessageALineEach) {
  const auto config = load("listen = 1\ndata = 2\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().name, "invalid_config");
  const std::string& text = config.error().message;
  EXPECT_EQ(text.find(file_.string() + ":1:10: listen must be"), 0U) << text;
  EXPECT_NE(text.find("\n" + file_.string() + ":2:8: data must be"), std::string::npos) << text;
}

TEST_F(ConfigTest, SaysWhereASettingThatStandsInTheWrongSectionBelongs) {
  EXPECT_EQ(problem("[calls]\nmax_body = 1\n"),
            "2:1 calls.max_body is not a known setting; max_body stands under [server]");
  EXPECT_EQ(problem("[log]\nlisten = \"127.0.0.1:1\"\n"),
            "2:1 log.listen is not a known setting; listen stands at the top, before the first section");
}

TEST_F(ConfigTest, RefusesValuesOutOfRange) {
  EXPECT_TRUE(problem("[delivery]\ntimeout = \"0s\"").starts_with("2:11 delivery.timeout must be"));
  EXPECT_TRUE(problem("[delivery]\ntimeout = \"11m\"").ends_with("from 10ms to 10m, not \"11m\""));
  EXPECT_TRUE(problem("[server]\nmax_connections = 0").ends_with("from 1 to 1000000, not the number 0"));
  EXPECT_TRUE(problem("[server]\nmax_body = \"2GiB\"").ends_with("from 1KiB to 1GiB, not \"2GiB\""));
  EXPECT_TRUE(problem("[server]\nmax_body = -1").ends_with("not the number -1"));
  EXPECT_TRUE(problem("[delivery]\nretry_schedule = []").starts_with("2:18 delivery.retry_schedule must not be empty"));
  EXPECT_TRUE(problem("[delivery]\nretry_schedule = [\"0s\"]").starts_with("2:19 "));
  std::string many = "[delivery]\nretry_schedule = [";
  for (int i = 0; i < 101; ++i) many += "\"1s\",";
  EXPECT_TRUE(problem(many + "]").ends_with("has more than 100 elements"));
}

TEST_F(ConfigTest, RefusesWrongTypes) {
  EXPECT_TRUE(problem("data = 1").ends_with("not the number 1"));
  EXPECT_TRUE(problem("data = \"\"").starts_with("1:8 data must be a path"));
  EXPECT_TRUE(problem("[data]\nx = 1").ends_with("not a table"));
  EXPECT_EQ(problem("server = true"), "1:1 server must be a table, written as [server], not a boolean");
  EXPECT_EQ(problem("[[server]]\nmax_body = 1"), "1:3 server must be a table, written as [server], not a list");
  EXPECT_TRUE(problem("listen = 2026-01-01").ends_with("not a date or time"));
  EXPECT_TRUE(problem("[server]\ndrain = 1.5").ends_with("not a number with a fraction"));
  EXPECT_TRUE(problem("[server]\ndrain = 5").ends_with("not the number 5"));
  EXPECT_TRUE(problem("[delivery]\nallow_http = \"true\"").ends_with("must be true or false, not \"true\""));
  EXPECT_TRUE(problem("[delivery]\nretry_schedule = \"1s\"").starts_with("2:18 "));
  EXPECT_TRUE(problem("[delivery]\nretry_schedule = [[\"1s\"]]").ends_with("not a list"));
  EXPECT_TRUE(problem("[delivery]\nallow_addresses = [\"10.0.0.0/33\"]").starts_with("2:20 "));
  EXPECT_TRUE(problem("[log]\nlevel = \"loud\"").ends_with("one of debug, info, warning, error, off, not \"loud\""));
  EXPECT_TRUE(problem("listen = \"127.0.0.1:99999\"").ends_with("not \"127.0.0.1:99999\""));
}

TEST_F(ConfigTest, NamesThePlaceOfBrokenToml) {
  EXPECT_TRUE(problem("[delivery]\ntimeout = \"1s\n").starts_with("2:14 this is not TOML: "));
  EXPECT_TRUE(problem("data = \"a\"\ndata = \"b\"").starts_with("2:"));
}

TEST_F(ConfigTest, NamesAFileThatCannotBeRead) {
  const auto missing = load_config({"/nowhere/wrapup.toml", {}, {}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, "/nowhere/wrapup.toml: cannot be read: No such file or directory");
  const auto folder = load_config({folder_.string(), {}, {}});
  ASSERT_FALSE(folder);
  EXPECT_TRUE(folder.error().message.starts_with(folder_.string() + ": cannot be read: ")) << folder.error().message;
  EXPECT_TRUE(problem(std::string(1024 * 1024 + 1, '#')).ends_with("is larger than 1048576 bytes"));
}

TEST_F(ConfigTest, AnEmptyFileIsFine) { EXPECT_TRUE(load("")); }

TEST_F(ConfigTest, TheEnvironmentWinsOverTheFileAndFlagsWinOverBoth) {
  const std::string file = "listen = \"127.0.0.1:1\"\ndata = \"file\"\n[server]\ndrain = \"1s\"\n";
  const Environment environment{{"WRAPUP_LISTEN", "127.0.0.1:2"}, {"WRAPUP_DATA", "environment"}};
  const auto config = load(file, environment, {{"listen", "127.0.0.1:3"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen, "127.0.0.1:3");
  EXPECT_EQ(config->data, "environment");
  EXPECT_EQ(config->server.drain, kSecond);
}

TEST_F(ConfigTest, ReadsEveryKindFromTheEnvironment) {
  const auto config = load_config({"",
                                   {{"WRAPUP_SERVER_MAX_BODY", "1MiB"},
                                    {"WRAPUP_SERVER_MAX_CONNECTIONS", "7"},
                                    {"WRAPUP_DELIVERY_TIMEOUT", "3s"},
                                    {"WRAPUP_DELIVERY_RETRY_SCHEDULE", "1s, 2m,1h"},
                                    {"WRAPUP_DELIVERY_ALLOW_HTTP", "true"},
                                    {"WRAPUP_DELIVERY_ALLOW_ADDRESSES", "10.0.0.0/8,fd00::/8"},
                                    {"WRAPUP_DELIVERY_RESPONSE_CAP", "1000"},
                                    {"WRAPUP_CALLS_STUCK_AFTER", ""},
                                    {"WRAPUP_LOG_LEVEL", "debug"},
                                    {"WRAPUP_BIN", "another program's"}},
                                   {}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server.max_body, 1024 * 1024);
  EXPECT_EQ(config->server.max_connections, 7);
  EXPECT_EQ(config->delivery.timeout, 3 * kSecond);
  EXPECT_EQ(config->delivery.retry_schedule, (std::vector<Duration>{kSecond, 2 * kMinute, kHour}));
  EXPECT_TRUE(config->delivery.allow_http);
  EXPECT_EQ(config->delivery.allow_addresses, (Texts{"10.0.0.0/8", "fd00::/8"}));
  EXPECT_EQ(config->delivery.response_cap, 1000);
  EXPECT_EQ(config->calls.stuck_after, 4 * kHour);
  EXPECT_EQ(config->log.level, LogLevel::debug);
}

TEST_F(ConfigTest, NamesTheVariableAndTheFlagThatAreWrong) {
  const auto config = load("listen = 5\n",
                           {{"WRAPUP_DELIVERY_TIMEOUT", "soon"},
                            {"WRAPUP_DELIVERY_ALLOW_HTTP", "yes"},
                            {"WRAPUP_DELIVERY_TIMEOT", "1s"},
                            {"WRAPUP_SERVER_MAX_CONNECTIONS", "ten"}},
                           {{"data", ""}});
  ASSERT_FALSE(config);
  Texts places;
  for (const auto& field : config.error().fields) places.push_back(field.path);
  EXPECT_EQ(places, (Texts{file_.string() + ":1:10", "WRAPUP_SERVER_MAX_CONNECTIONS", "WRAPUP_DELIVERY_TIMEOUT",
                           "WRAPUP_DELIVERY_ALLOW_HTTP", "WRAPUP_DELIVERY_TIMEOT", "--data"}));
  EXPECT_NE(config.error().message.find("did you mean WRAPUP_DELIVERY_TIMEOUT?"), std::string::npos);
}

TEST_F(ConfigTest, MasterKeysComeFromTheEnvironmentAndAreNotPrinted) {
  const std::string key = "bWFzdGVyIGtleSBvZiB0aGlydHktdHdvIGJ5dGVzLi4=";
  const auto config = load("", {{"WRAPUP_MASTER_KEY", key}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->master_key, key);
  EXPECT_EQ(print_config(*config).find(key), std::string::npos);
  EXPECT_EQ(load("", {{"WRAPUP_MASTER_KEY", ""}})->master_key, "");
  const std::string wrong = problem("", {{"WRAPUP_MASTER_KEY", key + ",c2hvcnQ="}});
  EXPECT_TRUE(wrong.starts_with("WRAPUP_MASTER_KEY key 2 is not the base64 of 32 bytes")) << wrong;
  EXPECT_EQ(wrong.find("c2hvcnQ"), std::string::npos) << wrong;
  EXPECT_TRUE(problem("master_key = \"" + key + "\"\n").find("master_key_file") != std::string::npos)
      << "the file says where the keys are, not what they are";
  EXPECT_EQ(problem("master_key_file = 5\n"), "1:19 master_key_file must be a path, or \"\", not the number 5");
}

TEST_F(ConfigTest, WhatIsPrintedIsReadBackAsTheSame) {
  const std::string text =
      "data = \"a \\\"b\\\" \\\\ ü\"\n[server]\nmax_body = 1025\ndrain = \"90s\"\n[delivery]\nretry_schedule = "
      "[\"61s\"]\n"
      "allow_addresses = [\"10.0.0.0/8\"]\nallow_http = true\n[log]\nlevel = \"off\"\n";
  const auto first = load(text);
  ASSERT_TRUE(first) << first.error().message;
  const std::string printed = print_config(*first);
  const auto second = load(printed);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(print_config(*second), printed);
  EXPECT_EQ(second->data, "a \"b\" \\ ü");
  EXPECT_EQ(second->server.max_body, 1025);
  EXPECT_EQ(second->server.drain, 90 * kSecond);
  EXPECT_EQ(second->delivery.retry_schedule, std::vector<Duration>{61 * kSecond});
  EXPECT_EQ(second->log.level, LogLevel::off);
}

TEST_F(ConfigTest, PrintsEverySettingWithItsVariableAndDefault) {
  const std::string printed = print_config(*load("[delivery]\ntimeout = \"7s\"\n"));
  for (const Setting& setting : settings()) {
    EXPECT_NE(printed.find("\n" + std::string(setting.key) + " = "), std::string::npos) << setting.name();
    EXPECT_NE(printed.find("# " + setting.variable() + ": "), std::string::npos) << setting.name();
  }
  EXPECT_NE(printed.find("; default \"15s\"\ntimeout = \"7s\"\n"), std::string::npos);
}

TEST(Settings, EveryDefaultIsOneThatCouldBeWritten) {
  EXPECT_TRUE(settings().size() > 20);
  const fs::path file = fs::temp_directory_path() / ("wrapup-defaults-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(file) << print_config(Config{});
  const auto config = load_config({file.string(), {}, {}});
  fs::remove(file);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(print_config(*config), print_config(Config{}));
}

TEST(Duration, IsADigitsAndAUnit) {
  EXPECT_EQ(parse_duration("200ms"), 200 * kMillisecond);
  EXPECT_EQ(parse_duration("5s"), 5 * kSecond);
  EXPECT_EQ(parse_duration("2m"), 2 * kMinute);
  EXPECT_EQ(parse_duration("1h"), kHour);
  EXPECT_EQ(parse_duration("1d"), kDay);
  for (const char* text : {"", "5", "s", "-5s", "+5s", "1.5s", "5 s", " 5s", "5S", "5sec", "1h30m",
                           "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(format_duration(90 * kSecond), "90s");
  EXPECT_EQ(format_duration(48 * kHour), "2d");
  EXPECT_EQ(format_duration(0), "0ms");
}

TEST(Size, IsANumberOfBytesOrHasAUnit) {
  EXPECT_EQ(parse_size("64KiB"), 65536);
  EXPECT_EQ(parse_size("4MiB"), 4 * 1024 * 1024);
  EXPECT_EQ(parse_size("1GiB"), 1024 * 1024 * 1024);
  EXPECT_EQ(parse_size("17B"), 17);
  EXPECT_EQ(parse_size("17"), 17);
  for (const char* text : {"", "KiB", "4MB", "4 MiB", "1.5MiB", "9223372036854775807GiB"})
    EXPECT_FALSE(parse_size(text)) << text;
  EXPECT_EQ(format_size(65536), "64KiB");
  EXPECT_EQ(format_size(65537), "65537B");
  EXPECT_EQ(format_size(0), "0B");
}

}  // namespace
}  // namespace wrapup
