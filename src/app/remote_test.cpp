#include "app/remote.hpp"

#include <gtest/gtest.h>

#include "testing/fake_network.hpp"
#include "testing/sim_clock.hpp"

namespace wrapup {
namespace {

class RemoteTest : public testing::Test {
 protected:
  void answer(const std::string& path, int status, std::string body) {
    network_.on("http://192.0.2.1:8787" + path, [status, body](const HttpRequest&) {
      auto answer = FakeNetwork::status(status, {}, 0);
      answer.reply.body = body;
      return answer;
    });
  }

  SimClock clock_;
  asio::io_context reactor_;
  FakeNetwork network_{clock_};
  Remote remote_{reactor_, network_, clock_, {"http://192.0.2.1:8787", "wk_1"}};
};

TEST_F(RemoteTest, GivesTheResponseAndTheAnswerAsItCame) {
  const std::string text = R"({"status":"ok","response":{"a": 1}})";
  answer("/v2/logs?search=a%20b", 200, text);
  const auto got = remote_.get(path_with("/v2/logs", {{"search", "a b"}, {"status", ""}}));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->text, text);
  EXPECT_EQ(got->response.at("a"), 1);
  EXPECT_EQ(*find_header(network_.exchanges()[0].request.headers, "Authorization"), "Bearer wk_1");
  ASSERT_TRUE(remote_.get("/v2/logs?search=a%20b")) << "and so a second time";
}

TEST_F(RemoteTest, SendsAJsonBody) {
  answer("/v2/x", 200, R"({"status":"success","response":{}})");
  ASSERT_TRUE(remote_.send("POST", "/v2/x", {{"url", "u"}}));
  EXPECT_EQ(*network_.exchanges()[0].request.body, R"({"url":"u"})");
}

TEST_F(RemoteTest, ErrorsAreTheServersWordsWithTheRequestId) {
  answer("/v2/x", 404,
         R"({"detail":{"code":"log_not_found","description":"there is no log entry x","request_id":"ab12"}})");
  const auto got = remote_.get("/v2/x");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message, "there is no log entry x (request ab12)");
  EXPECT_EQ(got.error().code, Code::not_found);
}

TEST_F(RemoteTest, AServerThatIsNotThereIsNamedWithWhatToCheck) {
  const auto got = remote_.get("/v2/x");
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::unavailable);
  for (const char* part : {"http://192.0.2.1:8787", "nothing accepts connections", "wrapup serve", "WRAPUP_SERVER"})
    EXPECT_NE(got.error().message.find(part), std::string::npos) << got.error().message;
}

TEST_F(RemoteTest, AnotherProgramAtThatAddressIsNotTakenForAServer) {
  for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
           {200, "<html>"}, {200, "[]"}, {200, R"({"response":3})"}, {502, "bad gateway"}, {500, R"({"detail":[]})"}}) {
    answer("/v2/x", status, body);
    const auto got = remote_.get("/v2/x");
    ASSERT_FALSE(got) << body;
    EXPECT_NE(got.error().message.find("not as a wrapup server does"), std::string::npos) << got.error().message;
  }
}

TEST(RemoteTarget, OptionsWinOverTheEnvironment) {
  const Environment environment{{"WRAPUP_SERVER", "https://a.example.com/wrapup/"}, {"WRAPUP_API_KEY", "wk_env"}};
  const auto by_environment = remote_target({}, environment);
  ASSERT_TRUE(by_environment) << by_environment.error().message;
  EXPECT_EQ(by_environment->base, "https://a.example.com/wrapup");
  EXPECT_EQ(by_environment->key, "wk_env");
  const auto by_options = remote_target({"http://192.0.2.9:1", "wk_opt"}, environment);
  ASSERT_TRUE(by_options);
  EXPECT_EQ(by_options->base, "http://192.0.2.9:1");
  EXPECT_EQ(by_options->key, "wk_opt");
  EXPECT_EQ(remote_target({}, {{"WRAPUP_API_KEY", "k"}})->base, "http://127.0.0.1:8787");
}

TEST(RemoteTarget, SaysWhatIsWrongAndWhereItWasGiven) {
  const auto words = [](const RemoteOptions& options, const Environment& environment) {
    const auto target = remote_target(options, environment);
    return target ? "fine" : target.error().message;
  };
  EXPECT_TRUE(words({"127.0.0.1:8787", "k"}, {}).starts_with("--server: "));
  EXPECT_TRUE(words({"", "k"}, {{"WRAPUP_SERVER", "ftp://x"}}).starts_with("WRAPUP_SERVER: "));
  EXPECT_TRUE(words({"http://x.example.com/?a=b", "k"}, {}).starts_with("--server: "));
  EXPECT_TRUE(words({}, {}).starts_with("an API key is needed"));
  EXPECT_TRUE(words({}, {{"WRAPUP_API_KEY", "a\nb"}}).starts_with("WRAPUP_API_KEY: "));
}

}  // namespace
}  // namespace wrapup
