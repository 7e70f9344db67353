#include "net/reply_stream.hpp"

#include <gtest/gtest.h>

#include "net/http_server.hpp"
#include "net/net_test_peers.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::Wire;

/// A server that answers everything with one stream, which the test writes.
class ReplyStreamTest : public ::testing::Test {
 protected:
  void start(std::size_t room, ServerLimits limits = {}) {
    stream_ = std::make_shared<ReplyStream>(reactor_.executor(), clock_, room);
    server_ = std::make_unique<HttpServer>(
        reactor_.executor(),
        [this](ServerRequest) -> Task<ServerReply> {
          ServerReply reply;
          reply.content_type = "text/event-stream";
          reply.stream = stream_;
          co_return reply;
        },
        [](int, std::string_view) { return ServerReply{}; }, limits);
    ASSERT_TRUE(reactor_.call([&] { return server_->listen("127.0.0.1", 0); }));
    wire_ = std::make_unique<Wire>(test::connect_to(reactor_.call([&] { return server_->port(); })));
    wire_->send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  }

  void TearDown() override {
    drain();
    reactor_.call([&] {
      server_.reset();
      stream_.reset();
      return 0;
    });
  }

  void drain() {
    reactor_.run([](HttpServer& server) -> Task<int> {
      co_await server.drain(5s);
      co_return 1;
    }(*server_));
  }

  bool write(const std::string& text) {
    return reactor_.call([&] { return stream_->write(text); });
  }
  /// What came up to and with `text`.
  std::string read_up_to(const std::string& text) {
    wire_->read_until([&](const std::string& got) { return got.find(text) != std::string::npos; });
    return std::exchange(wire_->received, {});
  }
  std::string read_to_end() {
    wire_->read_until([](const std::string&) { return false; });
    EXPECT_TRUE(wire_->ended);
    return std::exchange(wire_->received, {});
  }
  bool becomes_ended() {
    for (int i = 0; i < 500; ++i) {
      if (reactor_.call([&] { return stream_->ended(); })) return true;
      pause(10);
    }
    return false;
  }

  SystemClock clock_;
  test::Reactor reactor_;
  std::shared_ptr<ReplyStream> stream_;
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<Wire> wire_;
};

TEST_F(ReplyStreamTest, IsSentAsItIsWrittenAndClosedAtItsEnd) {
  start(1000);
  ASSERT_TRUE(write("one\n"));
  const std::string head = read_up_to("one\n");
  EXPECT_NE(head.find("Content-Type: text/event-stream\r\n"), std::string::npos) << head;
  EXPECT_NE(head.find("Connection: close\r\n"), std::string::npos) << head;
  EXPECT_EQ(head.find("Content-Length"), std::string::npos) << head;
  ASSERT_TRUE(write("two\n"));
  reactor_.call([&] {
    stream_->write("three\n");
    stream_->end();
    return 0;
  });
  EXPECT_EQ(read_to_end(), "two\nthree\n");
  EXPECT_FALSE(write("four\n"));
}

TEST_F(ReplyStreamTest, EndsWhenTheClientLeaves) {
  start(1000);
  ASSERT_TRUE(write("one\n"));
  read_up_to("one\n");
  wire_.reset();
  EXPECT_TRUE(becomes_ended());
}

TEST_F(ReplyStreamTest, EndsWhenMoreWaitsThanThereIsRoomFor) {
  start(1000);
  ASSERT_TRUE(write("one\n"));
  read_up_to("one\n");
  EXPECT_FALSE(write(std::string(1001, 'x')));
  EXPECT_EQ(read_to_end(), "");
}

TEST_F(ReplyStreamTest, EndsWhenTheClientTakesNothing) {
  ServerLimits limits;
  limits.write_time = 200ms;
  start(std::size_t{64} << 20, limits);
  read_up_to("\r\n\r\n");
  ASSERT_TRUE(write(std::string(std::size_t{48} << 20, 'x')));
  EXPECT_TRUE(becomes_ended());
}

TEST_F(ReplyStreamTest, EndsWhenTheServerDrains) {
  start(1000);
  ASSERT_TRUE(write("one\n"));
  read_up_to("one\n");
  const auto began = std::chrono::steady_clock::now();
  drain();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
  EXPECT_TRUE(becomes_ended());
}

}  // namespace
}  // namespace wrapup
