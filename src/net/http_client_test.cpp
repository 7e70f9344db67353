#include "net/http_client.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "net/net_test_peers.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::ScriptedServer;
using test::Wire;

std::shared_ptr<const std::string> text(std::string body) {
  return std::make_shared<const std::string>(std::move(body));
}

std::string ok(std::string_view body, std::string_view headers = "") {
  return "HTTP/1.1 200 OK\r\n" + std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

/// More than the socket buffers of both sides hold.
std::string huge() {
  std::string bytes;
  bytes.resize(32'000'000, 'x');
  return bytes;
}

HttpRequest request_to(std::string url, std::string body = "{\"a\":1}") {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = text(std::move(body));
  request.total_timeout = 5s;
  return request;
}

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override { make_client(AddressPolicy::allowing_loopback()); }

  void make_client(AddressPolicy policy) {
    CurlClient::Options options;
    options.policy = std::move(policy);
    options.user_agent = "wrapup/test";
    client_ = std::make_unique<CurlClient>(options);
  }

  HttpReply send(HttpRequest request) { return reactor_.run(client_->send(std::move(request))); }
  /// What a receiver that sends `reply` and closes looks like.
  HttpReply against(std::string reply, std::size_t cap = 64 * 1024) {
    ScriptedServer server([&](Wire& wire, int) {
      wire.read_message();
      wire.send(reply);
    });
    HttpRequest request = request_to(server.url());
    request.reply_cap = cap;
    return send(std::move(request));
  }

  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientTest, SendsExactlyWhatItWasGiven) {
  std::string seen;
  ScriptedServer server([&](Wire& wire, int) {
    seen = wire.read_message();
    wire.send("HTTP/1.1 202 Accepted\r\nX-One:  1 \r\nX-Two: 2\r\nContent-Length: 4\r\n\r\ndone");
  });
  HttpRequest request = request_to(server.url("/a/../hook?x=%20y"));
  request.headers.emplace_back("webhook-id", "evt_1");
  request.headers.emplace_back("X-Empty", "");
  request.headers.emplace_back("Content-Length", "3");
  request.headers.emplace_back("Transfer-Encoding", "chunked");
  request.headers.emplace_back("Host", "other.example.com");
  const HttpReply reply = send(std::move(request));

  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(reply.body, "done");
  EXPECT_EQ(reply.headers, (Headers{{"X-One", "1"}, {"X-Two", "2"}, {"Content-Length", "4"}}));
  EXPECT_FALSE(reply.truncated);
  EXPECT_EQ(reply.tls_version, "");
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_EQ(reply.address, host);
  EXPECT_GT(reply.timings.connect, 0);
  EXPECT_EQ(reply.timings.tls, 0);
  EXPECT_GE(reply.timings.first_byte, reply.timings.connect);
  EXPECT_GE(reply.timings.total, reply.timings.first_byte);
  EXPECT_EQ(seen,
            "POST /a/../hook?x=%20y HTTP/1.1\r\nHost: " + host +
                "\r\nUser-Agent: wrapup/test\r\nContent-Type: application/json\r\nwebhook-id: evt_1\r\nX-Empty:\r\n"
                "Content-Length: 7\r\n\r\n{\"a\":1}");
}

TEST_F(HttpClientTest, MethodsOneAfterTheOther) {
  std::vector<std::string> seen;
  ScriptedServer server([&](Wire& wire, int) {
    while (true) {
      const std::string message = wire.read_message();
      if (message.empty()) return;
      seen.push_back(message.substr(0, message.find(" HTTP")) + "|" + message.substr(message.find("\r\n\r\n") + 4));
      wire.send(message.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : ok("x"));
    }
  });
  const std::pair<const char*, std::shared_ptr<const std::string>> requests[] = {
      {"GET", nullptr},  {"POST", text("one")}, {"HEAD", nullptr},   {"PUT", text("two")},   {"DELETE", nullptr},
      {"POST", nullptr}, {"GET", nullptr},      {"PATCH", text("")}, {"POST", text("last")},
  };
  for (const auto& [method, body] : requests) {
    HttpRequest request = request_to(server.url("/m"));
    request.method = method;
    request.body = body;
    const HttpReply reply = send(std::move(request));
    EXPECT_EQ(reply.status, 200) << method << ": " << reply.error_text;
    EXPECT_EQ(reply.body, std::string_view(method) == "HEAD" ? "" : "x") << method;
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"GET /m|", "POST /m|one", "HEAD /m|", "PUT /m|two", "DELETE /m|",
                                            "POST /m|", "GET /m|", "PATCH /m|", "POST /m|last"}));
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(HttpClientTest, BodiesArriveWhole) {
  std::string big(3'000'000, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 31 + i / 257);
  std::string seen;
  ScriptedServer server([&](Wire& wire, int) {
    const std::string message = wire.read_message();
    seen = message.substr(message.find("\r\n\r\n") + 4);
    wire.send(ok(seen));
  });
  HttpRequest request = request_to(server.url(), big);
  request.reply_cap = big.size();
  const HttpReply reply = send(std::move(request));
  EXPECT_TRUE(seen == big);
  EXPECT_TRUE(reply.body == big) << reply.error_text;
  EXPECT_FALSE(reply.truncated) << "exactly the cap is not too long";
}

TEST_F(HttpClientTest, AKeptConnectionIsUsedAgain) {
  ScriptedServer server([&](Wire& wire, int) {
    while (!wire.read_message().empty()) wire.send(ok("x"));
  });
  EXPECT_GT(send(request_to(server.url())).timings.connect, 0);
  for (int i = 0; i < 3; ++i) {
    const HttpReply reply = send(request_to(server.url()));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.timings.dns, 0);
    EXPECT_EQ(reply.timings.connect, 0);
    EXPECT_EQ(reply.address, "127.0.0.1:" + std::to_string(server.port()));
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(HttpClientTest, AConnectionThatWasClosedInBetweenCostsNoAttempt) {
  ScriptedServer server([&](Wire& wire, int) {
    if (!wire.read_message().empty()) wire.send(ok("x"));
  });
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(send(request_to(server.url())).status, 200) << i;
    pause(20);
  }
  EXPECT_EQ(server.accepted(), 5);
}

TEST_F(HttpClientTest, ARequestThatWasReadIsNotSentTwice) {
  std::atomic<int> requests{0};
  ScriptedServer server([&](Wire& wire, int) {
    while (!wire.read_message().empty()) {
      if (++requests == 2) {
        pause(50);
        return wire.abort();
      }
      wire.send(ok("x"));
    }
  });
  EXPECT_EQ(send(request_to(server.url())).status, 200);
  const HttpReply reply = send(request_to(server.url()));
  EXPECT_EQ(reply.error, TransportError::reset_after) << reply.error_text;
  EXPECT_EQ(reply.status, 0);
  EXPECT_EQ(requests, 2) << "the receiver may have acted on it: a second copy is the caller's decision";
  EXPECT_EQ(send(request_to(server.url())).status, 200);
}

TEST_F(HttpClientTest, ARequestOfWhichNothingWasReceivedIsSentAgain) {
  std::atomic<bool> second{false};
  ScriptedServer server([&](Wire& wire, int number) {
    if (number > 0) {
      while (!wire.read_message().empty()) wire.send(ok("again"));
      return;
    }
    // Answers without reading the body, so that its window is full and the next request stays on the client's side.
    wire.set_receive_buffer(4096);
    pause(100);
    wire.send(ok("first"));
    while (!second && !server.stopping()) pause(5);
    pause(100);
    wire.abort();
  });
  EXPECT_EQ(send(request_to(server.url(), std::string(1'000'000, 'x'))).body, "first");
  auto later = std::async(std::launch::async, [&] { return send(request_to(server.url())); });
  second = true;
  const HttpReply reply = later.get();
  EXPECT_EQ(reply.body, "again") << to_string(reply.error) << ": " << reply.error_text;
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientTest, RefusedConnection) {
  std::string url;
  { url = ScriptedServer(nullptr).url(); }
  const HttpReply reply = send(request_to(url));
  EXPECT_EQ(reply.error, TransportError::connect);
  EXPECT_FALSE(maybe_delivered(reply.error));
  EXPECT_NE(reply.error_text.find("refused"), std::string::npos) << reply.error_text;
  EXPECT_EQ(reply.status, 0);
}

TEST_F(HttpClientTest, UnknownName) {
  const HttpReply reply = send(request_to("http://no-such-host.invalid/"));
  EXPECT_EQ(reply.error, TransportError::dns) << reply.error_text;
}

TEST_F(HttpClientTest, ConnectTimeout) {
  const ScriptedServer full(nullptr, 0);
  std::vector<std::unique_ptr<Wire>> queue;
  for (int i = 0; i < 4; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(full.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) EXPECT_EQ(errno, EINPROGRESS);
    queue.push_back(std::make_unique<Wire>(fd));
  }
  HttpRequest request = request_to(full.url());
  request.connect_timeout = 200ms;
  const HttpReply reply = send(std::move(request));
  EXPECT_EQ(reply.error, TransportError::timeout_before) << reply.error_text;
  EXPECT_LT(reply.timings.total, 3'000'000) << "the connect time-out, not the total one";
}

TEST_F(HttpClientTest, TimeoutBeforeTheRequestWasWritten) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.set_receive_buffer(4096);
    while (!server.stopping()) pause(10);
  });
  HttpRequest request = request_to(server.url(), huge());
  request.total_timeout = 300ms;
  const HttpReply reply = send(std::move(request));
  EXPECT_EQ(reply.error, TransportError::timeout_before) << reply.error_text;
  EXPECT_FALSE(maybe_delivered(reply.error));
}

TEST_F(HttpClientTest, TimeoutAfterTheRequestWasWritten) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_message();
    server.hold(wire);
  });
  for (const std::string& body : {std::string(), std::string("x"), std::string(100'000, 'x')}) {
    HttpRequest request = request_to(server.url(), body);
    request.total_timeout = 200ms;
    const HttpReply reply = send(std::move(request));
    EXPECT_EQ(reply.error, TransportError::timeout_after) << body.size() << reply.error_text;
    EXPECT_TRUE(maybe_delivered(reply.error));
    EXPECT_GE(reply.timings.total, 190'000);
  }
}

TEST_F(HttpClientTest, TimeoutInTheMiddleOfTheReplyKeepsTheStatus) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    server.hold(wire);
  });
  HttpRequest request = request_to(server.url());
  request.total_timeout = 200ms;
  const HttpReply reply = send(std::move(request));
  EXPECT_EQ(reply.error, TransportError::timeout_after);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "half");
}

TEST_F(HttpClientTest, ResetBeforeTheRequestWasWritten) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_until([](const std::string& bytes) { return bytes.size() > 10'000; });
    wire.abort();
  });
  const HttpReply reply = send(request_to(server.url(), huge()));
  EXPECT_EQ(reply.error, TransportError::reset_before) << reply.error_text;
}

TEST_F(HttpClientTest, ResetOrCloseAfterTheRequestWasWritten) {
  for (const bool hard : {true, false}) {
    ScriptedServer server([&](Wire& wire, int) {
      wire.read_message();
      if (hard) wire.abort();
    });
    const HttpReply reply = send(request_to(server.url()));
    EXPECT_EQ(reply.error, TransportError::reset_after) << hard << reply.error_text;
    EXPECT_EQ(reply.status, 0);
    EXPECT_EQ(server.accepted(), 1);
  }
}

TEST_F(HttpClientTest, BrokenReplyBodyKeepsTheStatus) {
  const HttpReply cut = against("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.");
  EXPECT_EQ(cut.error, TransportError::reset_after) << cut.error_text;
  EXPECT_EQ(cut.status, 200);
  EXPECT_EQ(cut.body, "ten bytes.");
  const HttpReply chunk = against("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
  EXPECT_EQ(chunk.error, TransportError::reset_after) << chunk.error_text;
  EXPECT_EQ(chunk.status, 200);
}

TEST_F(HttpClientTest, RepliesWithoutALengthEndWithTheConnection) {
  const HttpReply reply = against("HTTP/1.0 200 OK\r\n\r\nto the end");
  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_EQ(reply.body, "to the end");
  const HttpReply chunked =
      against("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: t\r\n\r\n");
  EXPECT_EQ(chunked.body, "abc");
  EXPECT_EQ(chunked.headers, (Headers{{"Transfer-Encoding", "chunked"}}));
}

TEST_F(HttpClientTest, AnEarlyReplyCountsThoughTheRequestWasNotRead) {
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_until([](const std::string& bytes) { return bytes.find("\r\n\r\n") != std::string::npos; });
    wire.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    server.hold(wire);
  });
  const HttpReply reply = send(request_to(server.url(), huge()));
  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_EQ(reply.status, 413);
}

TEST_F(HttpClientTest, AnEndlessReplyIsCut) {
  std::atomic<bool> left{false};
  ScriptedServer server([&](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\nX-Kept: yes\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (wire.send("4000\r\n" + std::string(0x4000, 'z') + "\r\n")) {
    }
    left = true;
  });
  const HttpReply reply = send(request_to(server.url()));
  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.truncated);
  EXPECT_EQ(reply.body, std::string(64 * 1024, 'z'));
  EXPECT_EQ(*find_header(reply.headers, "x-kept"), "yes");
  for (int i = 0; i < 300 && !left; ++i) pause(10);
  EXPECT_TRUE(left) << "the connection is dropped";
}

TEST_F(HttpClientTest, HugeHeaders) {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1500; ++i) many += "X-Fill: " + std::string(40, 'f') + "\r\n";
  const HttpReply fits = against(many + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(fits.error, TransportError::protocol) << "75 KB of headers";
  EXPECT_NE(fits.error_text.find("65536"), std::string::npos) << fits.error_text;
  const HttpReply line = against("HTTP/1.1 200 OK\r\nX: " + std::string(1'000'000, 'l') + "\r\n\r\n");
  EXPECT_EQ(line.error, TransportError::protocol) << line.error_text;
  const HttpReply good = against("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: " + std::string(60'000, 'l') + "\r\n\r\n");
  EXPECT_EQ(good.error, TransportError::none) << good.error_text;
  EXPECT_EQ(find_header(good.headers, "x")->size(), 60'000u);
}

TEST_F(HttpClientTest, RedirectsAreNotFollowed) {
  ScriptedServer other([](Wire& wire, int) { wire.read_message(); });
  const HttpReply reply =
      against("HTTP/1.1 307 Temporary Redirect\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(reply.error, TransportError::none);
  EXPECT_EQ(reply.status, 307);
  EXPECT_EQ(*find_header(reply.headers, "location"), other.url());
  EXPECT_EQ(other.accepted(), 0);
}

TEST_F(HttpClientTest, InterimRepliesAreSkipped) {
  const HttpReply reply =
      against("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + ok("final", "X: 1\r\n"));
  EXPECT_EQ(reply.status, 200) << reply.error_text;
  EXPECT_EQ(reply.headers, (Headers{{"X", "1"}, {"Content-Length", "5"}}));
  EXPECT_EQ(reply.body, "final");

  std::string endless;
  for (int i = 0; i < 10'000; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
  EXPECT_EQ(against(endless + ok("x")).error, TransportError::protocol)
      << "an endless stream of them ends at the header limit";
  const HttpReply only = against("HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_NE(only.error, TransportError::none);
  EXPECT_EQ(only.status, 0);
  EXPECT_TRUE(maybe_delivered(only.error));
}

TEST_F(HttpClientTest, CompressedRepliesStayAsTheyAre) {
  const std::string gzip("\x1f\x8b\x08\x00 not even valid", 19);
  const HttpReply reply = against(ok(gzip, "Content-Encoding: gzip\r\n"));
  EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
  EXPECT_EQ(reply.body, gzip);
}

TEST_F(HttpClientTest, WhatIsNotHttpIsAProtocolError) {
  for (const std::string& garbage :
       {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("hello\n"), std::string("HTTP/1.1 OK\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        std::string("\x15\x03\x01\x00\x02\x02\x46", 7), std::string("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")}) {
    const HttpReply reply = against(garbage);
    EXPECT_EQ(reply.error, TransportError::protocol) << garbage << " " << reply.error_text;
    EXPECT_FALSE(reply.error_text.empty());
  }
}

TEST_F(HttpClientTest, FoldedHeadersAreJoined) {
  const HttpReply reply = against("HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(*find_header(reply.headers, "x"), "a b");
}

}  // namespace
}  // namespace wrapup
