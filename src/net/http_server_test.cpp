#include "net/http_server.hpp"

#include <map>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "net/net_test_peers.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::Wire;

/// A server whose handler says what it saw.
class HttpServerTest : public ::testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    server_ = std::make_unique<HttpServer>(
        reactor_.executor(), [this](ServerRequest request) { return handle(std::move(request)); },
        [](int status, std::string_view why) {
          ServerReply reply;
          reply.status = status;
          reply.body = "refused: " + std::string(why);
          return reply;
        },
        limits);
    const auto listening = reactor_.call([&] { return server_->listen("127.0.0.1", 0); });
    ASSERT_TRUE(listening) << listening.error().message;
    port_ = reactor_.call([&] { return server_->port(); });
  }

  void TearDown() override {
    if (!server_) return;
    drain(0ms);
    reactor_.call([&] {
      server_.reset();
      return 0;
    });
  }

  int drain(std::chrono::milliseconds grace) {
    return reactor_.run([](HttpServer& server, std::chrono::milliseconds time) -> Task<int> {
      co_await server.drain(time);
      co_return 1;
    }(*server_, grace));
  }

  Task<ServerReply> handle(ServerRequest request) {
    ++handled_;
    if (request.path == "/slow") {
      auto timer = clock_.timer(reactor_.executor());
      co_await timer->wait_until(clock_.now() + 300 * kMillisecond);
    }
    if (request.path == "/forever") {
      auto timer = clock_.timer(reactor_.executor());
      co_await timer->wait_until(clock_.now() + kHour);
    }
    ServerReply reply;
    reply.content_type = "text/plain";
    if (request.path == "/big") {
      reply.body.assign(32 * 1024 * 1024, 'x');
      co_return reply;
    }
    if (request.path == "/none") {
      reply.status = 204;
      co_return reply;
    }
    if (request.path == "/split") reply.headers = {{"X-Bad", "a\r\nX-Injected: 1"}, {"X-Good", "yes"}};
    reply.close = request.path == "/close";
    const std::string* echo = request.header("X-Echo");
    reply.body = request.method + " " + request.path + "?" + request.query + " " + std::to_string(request.body.size()) +
                 " " + request.body.substr(0, 20) + (echo ? " echo=" + *echo : "") + " from " + request.peer;
    co_return reply;
  }

  std::unique_ptr<Wire> connect() { return std::make_unique<Wire>(test::connect_to(port_)); }
  std::size_t connections() {
    return reactor_.call([&] { return server_->connections(); });
  }
  bool connections_become(std::size_t wanted) {
    for (int i = 0; i < 300; ++i) {
      if (connections() == wanted) return true;
      pause(10);
    }
    return false;
  }

  /// The reply to one request on a connection of its own, whole.
  std::string ask(const std::string& request) {
    const auto wire = connect();
    wire->send(request);
    return wire->read_message();
  }

  SystemClock clock_;
  test::Reactor reactor_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
  std::atomic<int> handled_{0};
};

std::string body_of(const std::string& reply) {
  const std::size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? "" : reply.substr(end + 4);
}

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

const std::string kGet = "GET /a HTTP/1.1\r\nHost: test\r\n\r\n";

TEST_F(HttpServerTest, AnswersARequest) {
  start();
  const std::string reply = ask(post("/v2/calls?x=1&y=%20", "hello", "X-Echo: one two\r\n"));
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
  EXPECT_EQ(body_of(reply), "POST /v2/calls?x=1&y=%20 5 hello echo=one two from 127.0.0.1");
  EXPECT_NE(reply.find("\r\nContent-Type: text/plain\r\n"), std::string::npos);
  EXPECT_NE(reply.find("\r\nDate: "), std::string::npos);
  EXPECT_NE(reply.find(" GMT\r\n"), std::string::npos);
  EXPECT_EQ(reply.find("Connection:"), std::string::npos) << "kept alive, as HTTP/1.1 does without a word";
}

TEST_F(HttpServerTest, KeepsTheConnectionAndCountsIt) {
  start();
  const auto wire = connect();
  for (int i = 0; i < 5; ++i) {
    wire->send(post("/n", std::to_string(i)));
    EXPECT_NE(body_of(wire->read_message()).find("1 " + std::to_string(i)), std::string::npos);
  }
  EXPECT_EQ(connections(), 1u);
  wire->close();
  EXPECT_TRUE(connections_become(0));
}

TEST_F(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  std::string all;
  for (int i = 0; i < 50; ++i) all += post("/p", "number " + std::to_string(i)) + (i % 7 == 0 ? "\r\n" : "");
  const auto wire = connect();
  ASSERT_TRUE(wire->send(all));
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(body_of(wire->read_message()).find("number " + std::to_string(i) + " from"), std::string::npos) << i;
  }
}

TEST_F(HttpServerTest, ByteByByte) {
  start();
  const auto wire = connect();
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\nX-Trailer: t\r\n\r\n"
      "POST /empty HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  const int on = 1;
  setsockopt(wire->fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (const char c : post("/b", "body") + chunked) {
    ASSERT_TRUE(wire->send(std::string_view(&c, 1)));
    pause(1);  // so that each arrives alone
  }
  EXPECT_NE(body_of(wire->read_message()).find("POST /b? 4 body"), std::string::npos);
  EXPECT_NE(body_of(wire->read_message()).find("POST /c? 7 abcdefg"), std::string::npos);
  EXPECT_NE(body_of(wire->read_message()).find("POST /empty? 0"), std::string::npos);
}

TEST_F(HttpServerTest, HeadIsGetWithoutTheBody) {
  start();
  const auto wire = connect();
  wire->send("HEAD /h HTTP/1.1\r\nHost: test\r\n\r\n" + kGet);
  const std::string head = wire->read_message(true);
  const std::string expected = "GET /h? 0  from 127.0.0.1";
  EXPECT_NE(head.find("Content-Length: " + std::to_string(expected.size()) + "\r\n"), std::string::npos) << head;
  EXPECT_NE(body_of(wire->read_message()).find("GET /a"), std::string::npos)
      << "what follows is the next reply, not a body";
}

TEST_F(HttpServerTest, StatusWithoutABody) {
  start();
  const auto wire = connect();
  wire->send("GET /none HTTP/1.1\r\nHost: test\r\n\r\n" + kGet);
  const std::string reply = wire->read_message();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 204 No Content\r\n"));
  EXPECT_EQ(reply.find("Content-Length"), std::string::npos);
  EXPECT_NE(wire->read_message().find("GET /a"), std::string::npos);
}

TEST_F(HttpServerTest, ReplyHeadersCannotBeSplit) {
  start();
  const std::string reply = ask("GET /split HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(reply.find("X-Injected"), std::string::npos) << reply;
  EXPECT_NE(reply.find("X-Good: yes\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, HttpOneDotZero) {
  start();
  const auto once = connect();
  once->send("GET /a HTTP/1.0\r\n\r\n");
  EXPECT_NE(once->read_message().find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(once->closes());

  const auto kept = connect();
  for (int i = 0; i < 2; ++i) {
    kept->send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_NE(kept->read_message().find("Connection: keep-alive\r\n"), std::string::npos) << i;
  }
}

TEST_F(HttpServerTest, ClosesWhenEitherSideAsks) {
  start();
  for (const std::string& request : {std::string("GET /a HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"),
                                     std::string("GET /close HTTP/1.1\r\nHost: test\r\n\r\n")}) {
    const auto wire = connect();
    wire->send(request);
    EXPECT_NE(wire->read_message().find("Connection: close\r\n"), std::string::npos) << request;
    EXPECT_TRUE(wire->closes()) << request;
  }
}

TEST_F(HttpServerTest, AbsoluteFormIsUnderstood) {
  start();
  EXPECT_NE(ask("GET http://test/x/y?z HTTP/1.1\r\nHost: test\r\n\r\n").find("GET /x/y?z 0"), std::string::npos);
  EXPECT_NE(ask("GET https://test HTTP/1.1\r\nHost: test\r\n\r\n").find("GET /? 0"), std::string::npos);
}

TEST_F(HttpServerTest, ExpectIsAnsweredBeforeTheBody) {
  start();
  const auto wire = connect();
  wire->send("POST /e HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-Continue\r\n\r\n");
  EXPECT_EQ(wire->read_message(), "HTTP/1.1 100 Continue\r\n\r\n");
  wire->send("body");
  EXPECT_NE(body_of(wire->read_message()).find("POST /e? 4 body"), std::string::npos);

  wire->send(post("/e", "there", "Expect: 100-continue\r\n"));
  EXPECT_TRUE(wire->read_message().starts_with("HTTP/1.1 200")) << "the body came along: no need to continue";
}

TEST_F(HttpServerTest, ExpectOfABodyTooLargeIsRefusedAtOnce) {
  ServerLimits limits;
  limits.body_bytes = 1000;
  start(limits);
  const std::string reply =
      ask("POST /e HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413 ")) << reply;
}

TEST_F(HttpServerTest, BodyLimitOfAnnouncedBodies) {
  ServerLimits limits;
  limits.body_bytes = 100'000;
  start(limits);
  EXPECT_TRUE(ask(post("/l", std::string(100'000, 'x'))).starts_with("HTTP/1.1 200"));
  EXPECT_EQ(handled_, 1);

  const auto wire = connect();
  wire->send("POST /l HTTP/1.1\r\nHost: test\r\nContent-Length: 100001\r\n\r\n");
  const std::string reply = wire->read_message();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413 ")) << "before a byte of the body: " << reply;
  EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(reply.find("refused: the body is larger than 100000 bytes"), std::string::npos);
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, AClientStillSendingSeesTheRefusal) {
  ServerLimits limits;
  limits.body_bytes = 100'000;
  start(limits);
  const auto wire = connect();
  EXPECT_TRUE(wire->send(post("/l", std::string(8'000'000, 'x')))) << "it is read and thrown away";
  EXPECT_TRUE(wire->read_message().starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(wire->closes());
  EXPECT_FALSE(wire->reset);
}

TEST_F(HttpServerTest, AnEndlessBodyIsNotReadForever) {
  ServerLimits limits;
  limits.body_bytes = 1000;
  start(limits);
  const auto wire = connect();
  wire->send("POST /l HTTP/1.1\r\nHost: test\r\nContent-Length: 99999999999\r\n\r\n");
  const std::string block(1 << 20, 'x');
  int blocks = 0;
  while (blocks < 1000 && wire->send(block)) ++blocks;
  EXPECT_LT(blocks, 100) << "cut off after a bounded number of bytes";
}

TEST_F(HttpServerTest, BodyLimitOfChunkedBodies) {
  ServerLimits limits;
  limits.body_bytes = 10;
  start(limits);
  const std::string head = "POST /l HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(ask(head + "5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(ask(head + "5\r\n12345\r\n6\r\n123456\r\n0\r\n\r\n").starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(ask(head + "ffffffffffffffff\r\n12345678901").starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, HeaderLimit) {
  ServerLimits limits;
  limits.header_bytes = 4096;
  start(limits);
  EXPECT_TRUE(ask("GET /a HTTP/1.1\r\nHost: test\r\nX-Echo: " + std::string(3000, 'h') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(ask("GET /a HTTP/1.1\r\nHost: test\r\nX-Echo: " + std::string(5000, 'h') + "\r\n\r\n")
                  .starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ask("GET /" + std::string(5000, 'p') + " HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(ask(std::string(100'000, 'G')).starts_with("HTTP/1.1 431 ")) << "no end of line at all";
  std::string many = "GET /a HTTP/1.1\r\nHost: test\r\n";
  for (int i = 0; i < 300; ++i) many += "a: b\r\n";
  EXPECT_TRUE(ask(many + "\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(handled_, 1);

  const std::string chunked = "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_TRUE(ask(chunked + "1;" + std::string(100'000, 'e')).starts_with("HTTP/1.1 400 "))
      << "an endless chunk extension";
  EXPECT_TRUE(ask(chunked + "0\r\nX: " + std::string(100'000, 't')).starts_with("HTTP/1.1 400 ")) << "endless trailers";
}

TEST_F(HttpServerTest, GarbageIsRefused) {
  start();
  const std::string cases[] = {
      std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n", 27),
      "GARBAGE\r\n\r\n",
      "GET /a\r\n\r\n",
      "GET /a HTTP/2.0\r\nHost: test\r\n\r\n",
      "GET /a HTTP/1.1 \r\nHost: test\r\n\r\n",
      "GET a HTTP/1.1\r\nHost: test\r\n\r\n",
      "GET /a HTTP/1.1\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: test\r\nBad Header: x\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: test\r\nNoColon\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: test\r\nX: a\x01z\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 1x\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 18446744073709551617\r\n\r\nx",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 1, 2\r\n\r\nxx",
      "POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
  };
  for (const std::string& request : cases) {
    const auto wire = connect();
    wire->send(request);
    const std::string reply = wire->read_message();
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 400 ")) << request << " got: " << reply;
    wire->finish_sending();
    EXPECT_TRUE(wire->closes()) << request;
  }
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, ASlowRequestGets408) {
  ServerLimits limits;
  limits.request_time = 200ms;
  start(limits);
  const auto header = connect();
  header->send("GET /a HTT");
  const auto body = connect();
  body->send("POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n123");
  const auto drip = connect();
  drip->send("GET /a HTTP/1.1\r\n");
  for (int i = 0; i < 40 && drip->send("X: y\r\n"); ++i) pause(10);
  EXPECT_TRUE(header->read_message().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(body->read_message().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(drip->read_message().starts_with("HTTP/1.1 408 ")) << "a byte now and then does not help";
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, ASilentConnectionIsClosedWithoutAWord) {
  ServerLimits limits;
  limits.request_time = 150ms;
  limits.idle_time = 150ms;
  start(limits);
  const auto never = connect();
  const auto after = connect();
  after->send(kGet);
  EXPECT_FALSE(after->read_message().empty());
  EXPECT_TRUE(never->closes());
  EXPECT_TRUE(after->closes());
  EXPECT_TRUE(connections_become(0));
}

TEST_F(HttpServerTest, AHandlerMayTakeLongerThanTheRequestLimits) {
  ServerLimits limits;
  limits.request_time = limits.idle_time = limits.write_time = 100ms;
  start(limits);
  EXPECT_TRUE(ask("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n").starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AClientThatDoesNotReadIsCutOff) {
  ServerLimits limits;
  limits.write_time = 200ms;
  start(limits);
  const auto wire = connect();
  wire->send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_TRUE(connections_become(1));
  EXPECT_TRUE(connections_become(0));
}

TEST_F(HttpServerTest, LargeRepliesArriveWhole) {
  start();
  const auto wire = connect();
  wire->send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(body_of(wire->read_message(false, 20'000)).size(), 32u * 1024 * 1024);
}

TEST_F(HttpServerTest, ConnectionsAboveTheCapAreTurnedAway) {
  ServerLimits limits;
  limits.connections = 3;
  start(limits);
  std::vector<std::unique_ptr<Wire>> kept;
  for (int i = 0; i < 3; ++i) {
    kept.push_back(connect());
    kept.back()->send(kGet);
    EXPECT_TRUE(kept.back()->read_message().starts_with("HTTP/1.1 200"));
  }
  const auto fourth = connect();
  fourth->send(kGet);
  EXPECT_TRUE(fourth->read_message().starts_with("HTTP/1.1 503 "));
  EXPECT_TRUE(fourth->closes());

  kept.pop_back();
  fourth->close();
  ASSERT_TRUE(connections_become(2));
  EXPECT_TRUE(ask(kGet).starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, DrainLetsRunningRequestsFinish) {
  start();
  const auto idle = connect();
  idle->send(kGet);
  EXPECT_FALSE(idle->read_message().empty());
  const auto running = connect();
  running->send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n");
  const auto half = connect();
  half->send("POST /a HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbo");
  while (handled_ < 2) pause(5);
  pause(50);

  const std::int64_t before = clock_.monotonic();
  auto drained = std::async(std::launch::async, [&] { return drain(5000ms); });
  EXPECT_TRUE(idle->closes());
  half->send("dy");
  EXPECT_NE(half->read_message().find("POST /a? 4 body"), std::string::npos) << "a request that had begun is served";
  const std::string reply = running->read_message();
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 200")) << reply;
  EXPECT_NE(reply.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(drained.get(), 1);
  EXPECT_LT(clock_.monotonic() - before, 3 * kSecond) << "done before the grace is over";
  EXPECT_EQ(test::connect_to(port_), -1) << "nobody listens any more";
  EXPECT_EQ(connections(), 0u);
}

TEST_F(HttpServerTest, DrainEndsWhenTheGraceIsOver) {
  start();
  const auto stuck = connect();
  stuck->send("GET /forever HTTP/1.1\r\nHost: test\r\n\r\n");
  while (handled_ < 1) pause(5);
  EXPECT_EQ(drain(100ms), 1);
  EXPECT_TRUE(stuck->closes());
  EXPECT_EQ(connections(), 0u);
}

TEST_F(HttpServerTest, ListenSaysWhyNot) {
  start();
  const auto second = reactor_.call([&] {
    HttpServer other(
        reactor_.executor(), [](ServerRequest) -> Task<ServerReply> { co_return ServerReply{}; },
        [](int, std::string_view) { return ServerReply{}; });
    return std::pair(other.listen("127.0.0.1", port_), other.listen("not-an-address", 0));
  });
  ASSERT_FALSE(second.first);
  EXPECT_EQ(second.first.error().name, "cannot_listen");
  EXPECT_NE(second.first.error().message.find(std::to_string(port_)), std::string::npos);
  ASSERT_FALSE(second.second);
  EXPECT_EQ(second.second.error().name, "invalid_listen");
}

TEST(ParseListen, TakesAddressAndPort) {
  using Pair = std::pair<std::string, std::uint16_t>;
  EXPECT_EQ(parse_listen("127.0.0.1:8787").value(), Pair("127.0.0.1", 8787));
  EXPECT_EQ(parse_listen("[::1]:80").value(), Pair("::1", 80));
  EXPECT_EQ(parse_listen("localhost:0").value(), Pair("localhost", 0));
  EXPECT_EQ(parse_listen("0.0.0.0:65535").value(), Pair("0.0.0.0", 65535));
  for (const char* bad :
       {"", ":", "127.0.0.1", "127.0.0.1:", ":80", "::1:80", "[127.0.0.1]:80", "[::1]", "127.0.0.1:65536",
        "127.0.0.1:-1", "127.0.0.1:8x", "example.com:80", "[localhost]:80", "127.0.0.1: 80"}) {
    EXPECT_FALSE(parse_listen(bad)) << bad;
  }
}

}  // namespace
}  // namespace wrapup
