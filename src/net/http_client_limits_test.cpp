// The client against hostile addresses, many hanging receivers, hanging lookups, and its own end.
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <netdb.h>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "net/net_test_peers.hpp"

/// Names that begin with "hang." take two seconds to look up; all others go to the C library.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  if (name && std::strncmp(name, "hang.", 5) == 0) {
    wrapup::test::pause(2000);
    return EAI_NONAME;
  }
  static const auto real = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(name, service, hints, result);
}

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::ScriptedServer;
using test::Wire;

class HttpClientLimits : public ::testing::Test {
 protected:
  void make_client(const AddressPolicy& policy) {
    CurlClient::Options options;
    options.policy = policy;
    client_ = std::make_unique<CurlClient>(options);
  }
  static HttpRequest request_to(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.body = std::make_shared<const std::string>("x");
    request.total_timeout = 5s;
    return request;
  }
  HttpReply send(HttpRequest request) { return reactor_.run(client_->send(std::move(request))); }
  std::future<HttpReply> send_later(HttpRequest request) {
    auto promise = std::make_shared<std::promise<HttpReply>>();
    asio::co_spawn(reactor_.executor(), client_->send(std::move(request)),
                   [promise](const std::exception_ptr&, HttpReply reply) { promise->set_value(std::move(reply)); });
    return promise->get_future();
  }
  static void answer(Wire& wire, int) {
    while (!wire.read_message().empty()) wire.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  }

  SystemClock clock_;
  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientLimits, LoopbackIsBlockedHoweverItIsSpelt) {
  make_client(AddressPolicy());
  ScriptedServer server(answer);
  const std::string port = ":" + std::to_string(server.port()) + "/";
  for (const char* host : {"127.0.0.1", "localhost", "LOCALHOST", "127.1", "127.0.1", "2130706433", "0x7f000001",
                           "0x7F.1", "0177.0.0.1", "017700000001", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
                           "[0:0:0:0:0:0:0:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"}) {
    const HttpReply reply = send(request_to("http://" + std::string(host) + port));
    EXPECT_EQ(reply.error, TransportError::blocked) << host << ": " << reply.error_text;
    EXPECT_NE(reply.error_text.find("loopback"), std::string::npos) << host << ": " << reply.error_text;
    EXPECT_FALSE(maybe_delivered(reply.error));
    EXPECT_EQ(reply.status, 0);
  }
  EXPECT_EQ(server.accepted(), 0) << "nothing was dialled";
}

TEST_F(HttpClientLimits, OtherSpecialAddressesAreBlocked) {
  make_client(AddressPolicy::allowing_loopback());
  const std::pair<const char*, const char*> cases[] = {
      {"10.0.0.1", "private"},     {"192.168.1.1", "private"},      {"169.254.169.254", "metadata"},
      {"2852039166", "metadata"},  {"[fd00:ec2::254]", "metadata"}, {"0.0.0.0", "unspecified"},
      {"0", "unspecified"},        {"224.0.0.1", "multicast"},      {"255.255.255.255", "broadcast"},
      {"[fe80::1]", "link-local"}, {"[fc00::1]", "unique-local"},   {"[::ffff:10.0.0.1]", "private"},
  };
  for (const auto& [host, word] : cases) {
    const HttpReply reply = send(request_to("http://" + std::string(host) + "/"));
    EXPECT_EQ(reply.error, TransportError::blocked) << host << ": " << reply.error_text;
    EXPECT_NE(reply.error_text.find(word), std::string::npos) << host << ": " << reply.error_text;
  }
}

TEST_F(HttpClientLimits, TheAddressDialledIsWhatCounts) {
  make_client(AddressPolicy::allowing_loopback());
  ScriptedServer server(answer);
  const HttpReply reply = send(request_to("http://2130706433:" + std::to_string(server.port()) + "/"));
  EXPECT_EQ(reply.status, 200) << reply.error_text;
  EXPECT_EQ(reply.address, "127.0.0.1:" + std::to_string(server.port()));
}

TEST_F(HttpClientLimits, BadRequestsAreNotSent) {
  make_client(AddressPolicy::allowing_loopback());
  ScriptedServer server(answer);
  HttpRequest scheme = request_to("file:///etc/passwd");
  HttpRequest split = request_to(server.url());
  split.headers = {{"X-One", "a\r\nX-Two: b"}};
  HttpRequest name = request_to(server.url());
  name.headers = {{"X One:", "a"}};
  HttpRequest method = request_to(server.url());
  method.method = "GET / HTTP/1.1\r\nX: y";
  for (const HttpRequest& request : {scheme, split, name, method}) {
    const HttpReply reply = send(request);
    EXPECT_EQ(reply.error, TransportError::blocked);
    EXPECT_FALSE(reply.error_text.empty());
  }
  EXPECT_EQ(server.accepted(), 0);
  EXPECT_EQ(send(request_to(server.url())).status, 200) << "the client goes on";
}

TEST_F(HttpClientLimits, ProxiesOfTheEnvironmentAreNotUsed) {
  make_client(AddressPolicy::allowing_loopback());
  ScriptedServer server(answer);
  ScriptedServer proxy(answer);
  setenv("http_proxy", proxy.url().c_str(), 1);
  setenv("ALL_PROXY", proxy.url().c_str(), 1);
  const HttpReply reply = send(request_to(server.url()));
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
  EXPECT_EQ(reply.status, 200) << reply.error_text;
  EXPECT_EQ(proxy.accepted(), 0);
}

TEST_F(HttpClientLimits, HangingReceiversDelayNobodyElse) {
  make_client(AddressPolicy::allowing_loopback());
  const ScriptedServer hanging(nullptr, 1024);  // connections are made, nobody reads
  ScriptedServer live(answer);
  std::vector<std::future<HttpReply>> stuck;
  stuck.reserve(600);
  for (int i = 0; i < 600; ++i) {
    HttpRequest request = request_to(hanging.url());
    request.total_timeout = 3s;
    stuck.push_back(send_later(std::move(request)));
  }
  for (int i = 0; i < 50; ++i) {
    const HttpReply reply = send(request_to(live.url()));
    EXPECT_EQ(reply.status, 200);
    EXPECT_LT(reply.timings.total, 1'000'000) << i;
  }
  EXPECT_EQ(live.accepted(), 1) << "nor do they drive out its kept connection";
  for (auto& reply : stuck) EXPECT_EQ(reply.get().error, TransportError::timeout_after);
}

TEST_F(HttpClientLimits, AHangingLookupDelaysNobodyElse) {
  make_client(AddressPolicy::allowing_loopback());
  ScriptedServer live(answer);
  HttpRequest request = request_to("http://hang.example.com/");
  request.connect_timeout = 200ms;
  const std::int64_t start = clock_.monotonic();
  auto hanging = send_later(std::move(request));
  while (clock_.monotonic() - start < kSecond) {
    EXPECT_LT(send(request_to(live.url())).timings.total, 300'000);
    pause(20);
  }
  const HttpReply reply = hanging.get();
  EXPECT_LT(clock_.monotonic() - start, 1500 * kMillisecond) << "its own time-out holds as well";
  EXPECT_EQ(reply.error, TransportError::timeout_before) << reply.error_text;
}

TEST_F(HttpClientLimits, DestructionCancelsWhatIsRunning) {
  make_client(AddressPolicy::allowing_loopback());
  const ScriptedServer hanging(nullptr, 64);
  std::vector<std::future<HttpReply>> replies;
  replies.reserve(22);
  for (int i = 0; i < 20; ++i) replies.push_back(send_later(request_to(hanging.url())));
  replies.push_back(send_later(request_to("http://hang.example.com/")));
  pause(50);
  replies.push_back(send_later(request_to(hanging.url())));
  // The last one is submitted by the reactor's thread; destroy only after it has been.
  reactor_.call([] { return 0; });
  const std::int64_t start = clock_.monotonic();
  client_.reset();
  EXPECT_LT(clock_.monotonic() - start, kSecond);
  for (auto& reply : replies) EXPECT_EQ(reply.get().error, TransportError::canceled);
}

TEST_F(HttpClientLimits, ManyAtOnceAllComeBack) {
  make_client(AddressPolicy::allowing_loopback());
  ScriptedServer server(answer);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::future<HttpReply>> replies;
    replies.reserve(50);
    for (int i = 0; i < 50; ++i) replies.push_back(send_later(request_to(server.url())));
    for (auto& reply : replies) EXPECT_EQ(reply.get().status, 200);
  }
  EXPECT_LE(server.accepted(), 50) << "connections are kept";
}

}  // namespace
}  // namespace wrapup
