// Requests that may lead to one address alone, and replies that are taken piece by piece.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_peers.hpp"

namespace wrapup {
namespace {

using test::ScriptedServer;
using test::Wire;

constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void answer(Wire& wire, int) {
  while (!wire.read_message().empty()) wire.send(kAnswer);
}

class HttpClientDirect : public ::testing::Test {
 protected:
  HttpReply send(HttpRequest request, const std::string& proxy = "") {
    CurlClient::Options options;  // public addresses only
    options.proxy = proxy;
    CurlClient client(options);
    return reactor_.run(client.send(std::move(request)));
  }
  static HttpRequest to(std::uint16_t port) {
    HttpRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(port) + "/in";
    request.body = std::make_shared<const std::string>("x");
    return request;
  }

  test::Reactor reactor_;
};

TEST_F(HttpClientDirect, ReachesTheOneAddressPastThePolicyAndTheProxy) {
  ScriptedServer server(answer);
  HttpRequest request = to(server.port());
  request.only_address = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(send(request).body, "ok");
  EXPECT_EQ(send(request, "http://127.0.0.1:9").body, "ok") << "the proxy is not asked";
}

TEST_F(HttpClientDirect, ReachesNoOther) {
  ScriptedServer server(answer);
  HttpRequest request = to(server.port());
  EXPECT_EQ(send(request).error, TransportError::blocked) << "without it the policy holds";
  request.only_address = "127.0.0.1:" + std::to_string(server.port() + 1);
  EXPECT_EQ(send(request).error, TransportError::blocked);
}

TEST_F(HttpClientDirect, AnotherRequestOnTheKeptConnectionIsJudgedAsEver) {
  ScriptedServer server(answer);
  HttpRequest request = to(server.port());
  CurlClient client({});
  HttpRequest own = request;
  own.only_address = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(reactor_.run(client.send(own)).status, 200);
  EXPECT_EQ(reactor_.run(client.send(request)).error, TransportError::blocked);
  EXPECT_EQ(reactor_.run(client.send(own)).status, 200);
}

TEST_F(HttpClientDirect, HandsABodyOnPieceByPieceUntilThatIsEnough) {
  ScriptedServer server([](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\n\r\n");
    for (int i = 0; i < 500 && wire.send("piece\n"); ++i) test::pause(5);
  });
  HttpRequest request = to(server.port());
  request.only_address = "127.0.0.1:" + std::to_string(server.port());
  request.reply_cap = 1;
  auto taken = std::make_shared<std::string>();
  request.on_body = [taken](std::string_view bytes) {
    taken->append(bytes);
    return taken->size() < 30;
  };
  const HttpReply reply = send(request);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "");
  EXPECT_GE(taken->size(), 30u);
  EXPECT_LT(taken->size(), 3000u);
}

TEST_F(HttpClientDirect, KeepsTheBodyOfARefusalAsEver) {
  ScriptedServer server([](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  });
  HttpRequest request = to(server.port());
  request.only_address = "127.0.0.1:" + std::to_string(server.port());
  request.on_body = [](std::string_view) { return true; };
  EXPECT_EQ(send(request).body, "no");
}

}  // namespace
}  // namespace wrapup
