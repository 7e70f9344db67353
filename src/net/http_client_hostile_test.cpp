// The client against receivers that mean ill: all of it must end within the time and the memory that were given.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_peers.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::ScriptedServer;
using test::Wire;

class HttpClientHostile : public ::testing::Test {
 protected:
  void SetUp() override {
    CurlClient::Options options;
    options.policy = AddressPolicy::allowing_loopback();
    client_ = std::make_unique<CurlClient>(options);
  }

  HttpReply post(const std::string& url, std::chrono::milliseconds time = 5s, std::string body = "x") {
    HttpRequest request;
    request.url = url;
    request.body = std::make_shared<const std::string>(std::move(body));
    request.total_timeout = time;
    return reactor_.run(client_->send(std::move(request)));
  }
  /// A receiver that sends `reply`, then leaves.
  HttpReply against(const std::string& reply) {
    ScriptedServer server([&](Wire& wire, int) {
      wire.read_message();
      wire.send(reply);
    });
    return post(server.url());
  }
  /// A receiver that sends `start`, then `again` every 20 ms for ever.
  HttpReply dripping(const std::string& start, const std::string& again) {
    ScriptedServer server([&](Wire& wire, int) {
      wire.read_message();
      wire.send(start);
      while (!server.stopping() && wire.send(again)) pause(20);
    });
    return post(server.url(), 400ms);
  }

  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientHostile, DripsEndWithTheTimeOfTheWholeExchange) {
  const HttpReply status = dripping("HTTP/1.1 200", "0");
  EXPECT_EQ(status.error, TransportError::timeout_after) << status.error_text;
  EXPECT_EQ(status.status, 0);
  const HttpReply header = dripping("HTTP/1.1 200 OK\r\nX: ", "y");
  EXPECT_EQ(header.error, TransportError::timeout_after) << header.error_text;
  const HttpReply headers = dripping("HTTP/1.1 200 OK\r\n", "X: y\r\n");
  EXPECT_EQ(headers.error, TransportError::timeout_after) << headers.error_text;
  const HttpReply interim = dripping("", "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(interim.error, TransportError::timeout_after) << interim.error_text;
  EXPECT_EQ(interim.status, 0);
  for (const char* framing : {"Content-Length: 9000000", "Transfer-Encoding: chunked", "Connection: close"}) {
    const std::string byte = std::string_view(framing).starts_with("Transfer") ? "1\r\ny\r\n" : "y";
    const HttpReply body = dripping("HTTP/1.1 200 OK\r\n" + std::string(framing) + "\r\n\r\n", byte);
    EXPECT_EQ(body.error, TransportError::timeout_after) << framing << body.error_text;
    EXPECT_EQ(body.status, 200) << framing;
  }
}

TEST_F(HttpClientHostile, AHandshakeThatDoesNotEnd) {
  ScriptedServer silent([&](Wire& wire, int) { silent.hold(wire); });
  // The header of a TLS record with a ServerHello of 16 KB, and then its bytes one at a time.
  ScriptedServer slow([&](Wire& wire, int) {
    wire.send(std::string_view("\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", 9));
    while (!slow.stopping() && wire.send("\x03")) pause(20);
  });
  for (const ScriptedServer* server : {&silent, &slow}) {
    const std::string url = "https://127.0.0.1:" + std::to_string(server->port()) + "/";
    const HttpReply reply = post(url, 400ms);
    EXPECT_EQ(reply.error, TransportError::timeout_before) << reply.error_text;
    HttpRequest request;
    request.url = url;
    request.connect_timeout = 300ms;
    const HttpReply early = reactor_.run(client_->send(std::move(request)));
    EXPECT_EQ(early.error, TransportError::timeout_before) << early.error_text;
    EXPECT_LT(early.timings.total, 10'000'000) << "the handshake is a part of connecting";
  }
}

TEST_F(HttpClientHostile, ManyHeaders) {
  std::string small = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 10'000; ++i) small += "a:\r\n";
  const HttpReply many = against(small + "\r\n");
  EXPECT_EQ(many.error, TransportError::protocol) << "40 KB on the wire, but each costs memory";
  EXPECT_LT(many.headers.size(), 2'000u);
  std::string large = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 100; ++i) large += "X-Fill: " + std::string(1'000, 'f') + "\r\n";
  EXPECT_EQ(against(large + "\r\n").error, TransportError::protocol);
  std::string usual = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 200; ++i) usual += "X-Header-" + std::to_string(i) + ": " + std::string(50, 'f') + "\r\n";
  const HttpReply good = against(usual + "\r\n");
  EXPECT_EQ(good.error, TransportError::none) << good.error_text;
  EXPECT_EQ(good.headers.size(), 200u);
}

TEST_F(HttpClientHostile, TrailersAreCountedAndLeftOut) {
  std::string trailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  const HttpReply few = against(trailers + "X-Late: 1\r\n\r\n");
  EXPECT_EQ(few.error, TransportError::none) << few.error_text;
  EXPECT_EQ(few.headers.size(), 1u);
  for (int i = 0; i < 3'000; ++i) trailers += "X-Late: 1234567890\r\n";
  EXPECT_EQ(against(trailers + "\r\n").error, TransportError::protocol);
}

TEST_F(HttpClientHostile, NothingIsDecompressed) {
  // gzip of 10 MB of zeros begins so; what counts is that the bytes come out as they went in.
  const std::string gzip("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x01\x0d\x00\x00\x00\xc2\xa0\xf7", 20);
  for (const char* coding : {"Content-Encoding: gzip", "Content-Encoding: gzip, gzip, gzip", "Content-Encoding: br",
                             "Content-Encoding: none-such"}) {
    const HttpReply reply =
        against("HTTP/1.1 200 OK\r\n" + std::string(coding) + "\r\nContent-Length: 20\r\n\r\n" + gzip);
    EXPECT_EQ(reply.error, TransportError::none) << coding << reply.error_text;
    EXPECT_EQ(reply.body, gzip) << coding;
  }
  const HttpReply transfer =
      against("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n14\r\n" + gzip + "\r\n0\r\n\r\n");
  EXPECT_EQ(transfer.error, TransportError::none) << transfer.error_text;
  EXPECT_EQ(transfer.body, gzip);
}

TEST_F(HttpClientHostile, BrokenChunks) {
  for (const char* chunks :
       {"fffffffffffffffff\r\nx", "-1\r\nx\r\n", ";\r\n", "5\r\nhelloworld\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n"}) {
    const HttpReply reply = against("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks));
    EXPECT_EQ(reply.error, TransportError::protocol) << chunks << ": " << reply.error_text;
    EXPECT_EQ(reply.status, 200);
  }
  const HttpReply promised = against("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nx");
  EXPECT_EQ(promised.error, TransportError::reset_after) << promised.error_text;
  ScriptedServer extension([&](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=");
    while (!extension.stopping() && wire.send(std::string(10'000, 'e'))) pause(1);
  });
  EXPECT_NE(post(extension.url(), 400ms).error, TransportError::none) << "an extension without end";
}

TEST_F(HttpClientHostile, OddStatusLinesAndHeads) {
  for (const char* head :
       {"HTTP/1.1 99 Low\r\n\r\n", "HTTP/1.1 -200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/9.1 200 OK\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "HTTP/ 200 OK\r\n\r\n", "\r\n\r\n",
        "<html>200</html>\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n"}) {
    const HttpReply reply = against(head);
    EXPECT_NE(reply.error, TransportError::none) << head;
    EXPECT_EQ(reply.status, 0) << head;
  }
  for (const char* head : {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
                           "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: 0\r\n\r\n"}) {
    const HttpReply reply = against(head);
    EXPECT_EQ(reply.error, TransportError::none) << head << reply.error_text;
    EXPECT_EQ(reply.status, 200) << head;
  }
  const HttpReply colon = against("HTTP/1.1 200 OK\r\nno colon here\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(colon.error, TransportError::protocol) << colon.error_text;
  const HttpReply nul = against(std::string("HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n", 46));
  EXPECT_EQ(nul.error, TransportError::protocol) << nul.error_text;
}

TEST_F(HttpClientHostile, AReplyThatEndsTooSoonIsNoReply) {
  for (const char* cut : {"HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
                          "HTTP/1.1 200 OK\r\nX: 1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx"}) {
    const HttpReply reply = against(cut);
    EXPECT_NE(reply.error, TransportError::none) << cut;
    EXPECT_TRUE(maybe_delivered(reply.error)) << cut << ": " << to_string(reply.error);
  }
}

TEST_F(HttpClientHostile, ALengthBeyondTheCapIsCutThere) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n" + std::string(70'000, 'z'));
    server.hold(wire);
  });
  const HttpReply reply = post(server.url());
  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_TRUE(reply.truncated);
  EXPECT_EQ(reply.body, std::string(64 * 1024, 'z'));
}

TEST_F(HttpClientHostile, WhatIsSaidBetweenTwoRequestsAnswersNeither) {
  std::atomic<bool> dropped{false};
  ScriptedServer server([&](Wire& wire, int number) {
    wire.read_message();
    if (number > 0) {
      wire.send("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
      return server.hold(wire);
    }
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    pause(50);
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    dropped = wire.closes();
  });
  EXPECT_EQ(post(server.url()).status, 200);
  for (int i = 0; i < 500 && !dropped; ++i) pause(10);
  EXPECT_TRUE(dropped) << "the connection is not kept";
  EXPECT_EQ(post(server.url()).status, 503);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientHostile, WhatComesBehindAReplyAnswersNothing) {
  for (const char* first :
       {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"}) {
    std::atomic<int> requests{0};
    ScriptedServer server([&](Wire& wire, int) {
      while (!wire.read_message().empty()) {
        wire.send(requests++ > 0 ? std::string("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
                                 : first + std::string("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"));
      }
    });
    EXPECT_EQ(post(server.url()).status / 100, 2) << first;
    EXPECT_EQ(post(server.url()).status, 503) << first;
  }
}

}  // namespace
}  // namespace wrapup
