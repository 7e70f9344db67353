// The client and receivers that speak HTTP/2.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_http2.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::Http2Server;
using test::Http2Wire;
using test::Identity;
using test::make_identity;
using test::pem;

class HttpClientHttp2 : public ::testing::Test {
 protected:
  void SetUp() override {
    CurlClient::Options options;
    options.policy = AddressPolicy::allowing_loopback();
    client_ = std::make_unique<CurlClient>(options);
  }

  Identity receiver() const { return make_identity("hooks", "DNS:localhost", &authority_); }

  HttpReply post(const Http2Server& server, const std::string& body = "{\"a\":1}",
                 std::chrono::milliseconds time = 5s) {
    HttpRequest request;
    request.url = server.url("localhost");
    request.headers = {{"Content-Type", "application/json"}, {"webhook-id", "evt_1"}};
    request.body = std::make_shared<const std::string>(body);
    request.total_timeout = time;
    request.tls = tls_;
    return reactor_.run(client_->send(std::move(request)));
  }

  const Identity authority_ = make_identity("Test Authority", "", nullptr);
  const std::shared_ptr<const TlsOptions> tls_ =
      std::make_shared<const TlsOptions>(TlsOptions{pem(authority_.certificate), "", ""});
  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientHttp2, IsUsedWhereItIsOfferedAndConnectionsAreKept) {
  std::vector<std::size_t> bodies;
  Http2Server server(receiver(), [&](Http2Wire& wire, int) {
    while (const std::uint32_t stream = wire.read_request()) {
      bodies.push_back(std::exchange(wire.body_bytes, 0));
      wire.send_head(stream, false, {{"x-one", "1"}});
      wire.send(Http2Wire::data, Http2Wire::end_stream, stream, "done");
      // What a receiver may say while nobody asks is no reason to drop the connection.
      wire.send(Http2Wire::ping, Http2Wire::none, 0, "12345678");
    }
  });
  const std::string large(300'000, 'x');
  for (const std::string& body : {std::string("{\"a\":1}"), large, std::string()}) {
    const HttpReply reply = post(server, body);
    EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "done");
    EXPECT_EQ(reply.headers, (Headers{{"x-one", "1"}}));
    test::pause(30);
  }
  EXPECT_EQ(bodies, (std::vector<std::size_t>{7, large.size(), 0}));
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(HttpClientHttp2, AStreamThatIsResetIsABrokenConnection) {
  std::atomic<int> requests{0};
  Http2Server server(receiver(), [&](Http2Wire& wire, int) {
    while (const std::uint32_t stream = wire.read_request()) {
      if (requests++ == 1) wire.send_head(stream, false);
      wire.send_reset(stream, Http2Wire::internal_error);
    }
  });
  const HttpReply before_the_head = post(server);
  EXPECT_EQ(before_the_head.error, TransportError::reset_after) << before_the_head.error_text;
  EXPECT_EQ(before_the_head.status, 0);
  EXPECT_NE(before_the_head.error_text.find("INTERNAL_ERROR"), std::string::npos) << before_the_head.error_text;
  const HttpReply after_the_head = post(server);
  EXPECT_EQ(after_the_head.error, TransportError::reset_after) << after_the_head.error_text;
  EXPECT_EQ(after_the_head.status, 200);
}

TEST_F(HttpClientHttp2, ARefusedStreamWasNotLookedAtAndIsSentAgain) {
  Http2Server server(receiver(), [&](Http2Wire& wire, int number) {
    const std::uint32_t stream = wire.read_request();
    if (number < 2) {
      wire.send_reset(stream, Http2Wire::refused);
    } else {
      wire.answer(stream, "at last");
    }
    wire.hold();
  });
  const HttpReply reply = post(server);
  EXPECT_EQ(reply.body, "at last") << to_string(reply.error) << ": " << reply.error_text;
  EXPECT_EQ(server.accepted(), 3);
}

TEST_F(HttpClientHttp2, AReceiverThatRefusesForEverIsGivenUp) {
  Http2Server server(receiver(), [&](Http2Wire& wire, int) {
    wire.send_reset(wire.read_request(), Http2Wire::refused);
    wire.hold();
  });
  const HttpReply reply = post(server);
  EXPECT_EQ(reply.error, TransportError::reset_after) << reply.error_text;
  EXPECT_EQ(reply.status, 0);
  EXPECT_LE(server.accepted(), 8);
}

TEST_F(HttpClientHttp2, GoawayEndsTheConnection) {
  Http2Server server(receiver(), [&](Http2Wire& wire, int number) {
    const std::uint32_t stream = wire.read_request();
    // First it leaves the stream out, then it makes it the last one.
    wire.send_goaway(number == 0 ? 0 : stream, Http2Wire::no_error);
    if (number > 0) wire.answer(stream, "last");
    wire.hold();
  });
  const HttpReply left_out = post(server);
  EXPECT_EQ(left_out.error, TransportError::reset_after) << left_out.error_text;
  EXPECT_EQ(left_out.status, 0);
  EXPECT_EQ(post(server).body, "last");
  EXPECT_EQ(post(server).body, "last");
  EXPECT_EQ(server.accepted(), 3) << "a connection that is to end is not used again";
}

TEST_F(HttpClientHttp2, AReceiverThatWantsHttp1GetsIt) {
  Http2Server server(receiver(), [&](Http2Wire& wire, int) {
    wire.send_reset(wire.read_request(), Http2Wire::use_http1);
    wire.hold();
  });
  const HttpReply reply = post(server);
  EXPECT_EQ(reply.body, "HTTP/1.1") << to_string(reply.error) << ": " << reply.error_text;
}

TEST_F(HttpClientHttp2, WhatBreaksTheRulesIsNoHttp) {
  const std::function<void(Http2Wire&, std::uint32_t)> breaches[] = {
      [](Http2Wire& wire, std::uint32_t stream) { wire.send(Http2Wire::headers, 4, stream, "\xff\xff\xff\xff\xff"); },
      [](Http2Wire& wire, std::uint32_t) { wire.send(Http2Wire::data, 0, 0, "data on no stream"); },
      [](Http2Wire& wire, std::uint32_t stream) { wire.send(Http2Wire::window, 0, stream, "odd"); },
      [](Http2Wire& wire, std::uint32_t) { wire.send_goaway(0, Http2Wire::protocol_error); },
  };
  int index = 0;
  for (const auto& breach : breaches) {
    Http2Server server(receiver(), [&](Http2Wire& wire, int) {
      while (const std::uint32_t stream = wire.read_request()) breach(wire, stream);
    });
    const HttpReply reply = post(server, "x", 2s);
    EXPECT_NE(reply.error, TransportError::none) << index;
    EXPECT_EQ(reply.status, 0) << index;
    EXPECT_TRUE(maybe_delivered(reply.error)) << index << " " << to_string(reply.error) << ": " << reply.error_text;
    EXPECT_FALSE(reply.error_text.empty()) << index;
    ++index;
  }
}

TEST_F(HttpClientHttp2, SilenceAndAShutWindowRunOutOfTime) {
  Http2Server silent(receiver(), [&](Http2Wire& wire, int) {
    wire.read_request();
    wire.hold();
  });
  EXPECT_EQ(post(silent, "x", 300ms).error, TransportError::timeout_after);
  Http2Server shut(receiver(), [&](Http2Wire& wire, int) {
    wire.read_headers();
    wire.hold();  // never gives the client more room than the 64 KiB that each stream begins with
  });
  const HttpReply reply = post(shut, std::string(2'000'000, 'x'), 500ms);
  EXPECT_EQ(reply.error, TransportError::timeout_before) << reply.error_text;
}

TEST_F(HttpClientHttp2, EndlessHeadersAndBodiesAreCut) {
  Http2Server headers(receiver(), [&](Http2Wire& wire, int) {
    const std::uint32_t stream = wire.read_request();
    // A field put into the table once and then named by one byte again and again: the bomb of RFC 7541, section 7.3.
    std::string block = "\x88\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'b');
    block += std::string(10'000, '\xbe');
    wire.send(Http2Wire::headers, Http2Wire::end_headers | Http2Wire::end_stream, stream, block);
    wire.hold();
  });
  const HttpReply bomb = post(headers);
  EXPECT_EQ(bomb.error, TransportError::protocol) << bomb.error_text;
  EXPECT_LE(bomb.headers.size(), 20u);

  Http2Server body(receiver(), [&](Http2Wire& wire, int) {
    const std::uint32_t stream = wire.read_request();
    wire.send_head(stream, false);
    for (int i = 0; i < 20; ++i) wire.send(Http2Wire::data, Http2Wire::none, stream, std::string(16'000, 'z'));
    wire.hold();
  });
  const HttpReply endless = post(body);
  EXPECT_EQ(endless.error, TransportError::none) << endless.error_text;
  EXPECT_EQ(endless.status, 200);
  EXPECT_TRUE(endless.truncated);
  EXPECT_EQ(endless.body, std::string(64 * 1024, 'z'));
}

}  // namespace
}  // namespace wrapup
