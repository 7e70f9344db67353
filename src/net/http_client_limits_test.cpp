// The client against hostile addresses, many hanging receivers, hanging lookups, and its own end.
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <netdb.h>
#include <optional>

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "net/net_test_peers.hpp"

namespace {

/// What the names of these tests resolve to. Asked by curl's lookup threads.
class Names {
 public:
  using Addresses = std::vector<std::string>;

  /// Each lookup of `name` takes the next of `answers`; the last one stays.
  void set(const std::string& name, std::vector<Addresses> answers) {
    const std::lock_guard lock(mutex_);
    answers_[name] = {std::move(answers), 0};
  }
  std::optional<Addresses> look_up(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto known = answers_.find(name);
    if (known == answers_.end()) return std::nullopt;
    auto& [answers, asked] = known->second;
    return answers[std::min(asked++, answers.size() - 1)];
  }
  std::size_t asked(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return answers_.at(name).second;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::pair<std::vector<Addresses>, std::size_t>> answers_;
};

Names names;

}  // namespace

/// Takes the place of the C library's: names that begin with "hang." take two seconds to look up, those of `names`
/// have the addresses that the test gave them, and all others go to the C library.
extern "C" int getaddrinfo(const char* name, const char* service, const addrinfo* hints, addrinfo** result) {
  using Lookup = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  if (name && std::strncmp(name, "hang.", 5) == 0) {
    wrapup::test::pause(2000);
    return EAI_NONAME;
  }
  static const auto real = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "getaddrinfo"));
  const auto addresses = name ? names.look_up(name) : std::nullopt;
  if (!addresses) return real(name, service, hints, result);
  addrinfo** end = result;
  for (const std::string& address : *addresses) {
    if (const int problem = real(address.c_str(), service, hints, end); problem != 0) return problem;
    end = &(*end)->ai_next;
  }
  return 0;
}

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::pause;
using test::ScriptedServer;
using test::Wire;

class HttpClientLimits : public ::testing::Test {
 protected:
  void make_client(const AddressPolicy& policy, std::chrono::seconds dns_cache = 5s) {
    CurlClient::Options options;
    options.policy = policy;
    options.dns_cache = dns_cache;
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
  for (const char* host : {"127.0.0.1",
                           "localhost",
                           "LOCALHOST",
                           "127.1",
                           "127.0.1",
                           "2130706433",
                           "0x7f000001",
                           "0x7F.1",
                           "0177.0.0.1",
                           "017700000001",
                           "0177.0x0.1",
                           "127.65535",
                           "[::1]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[0:0:0:0:0:0:0:1]",
                           "[::127.0.0.1]",
                           "[::ffff:0:127.0.0.1]",
                           "[64:ff9b::7f00:1]",
                           "[2002:7f00:1::]",
                           "[2001:0:4136:e378:8000:63bf:80ff:fffe]"}) {
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
      {"10.0.0.1", "private"},
      {"192.168.1.1", "private"},
      {"169.254.169.254", "metadata"},
      {"2852039166", "metadata"},
      {"[fd00:ec2::254]", "metadata"},
      {"0.0.0.0", "unspecified"},
      {"0", "unspecified"},
      {"224.0.0.1", "multicast"},
      {"255.255.255.255", "broadcast"},
      {"[fe80::1]", "link-local"},
      {"[fc00::1]", "unique-local"},
      {"[::ffff:10.0.0.1]", "private"},
      {"0xa9fea9fe", "metadata"},
      {"0251.0376.0251.0376", "metadata"},
      {"169.254.43518", "metadata"},
      {"0xc0.0250.257", "private"},
      {"012.1", "private"},
      {"[64:ff9b::a9fe:a9fe]", "metadata"},
      {"[64:ff9b:1::a9fe:a9fe]", "nat64"},
      {"[2002:a00:1::]", "private"},
      {"[::10.0.0.1]", "private"},
      {"[2001::f5ff:fffe]", "private"},
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

/// A name with one address that may be dialled, 127.0.0.1, and one that may not, 127.0.0.2; both listen on one port.
class HttpClientNames : public HttpClientLimits {
 protected:
  void SetUp() override {
    policy_ = *AddressPolicy::with_allowed({"127.0.0.1/32"});
    make_client(policy_);
  }
  void TearDown() override { EXPECT_EQ(forbidden_.accepted(), 0) << "an address that may not be dialled was dialled"; }
  HttpReply post(const std::string& name) {
    return send(request_to("http://" + name + ":" + std::to_string(allowed_.port()) + "/"));
  }

  AddressPolicy policy_;
  ScriptedServer allowed_{[this](Wire& wire, int) {
    wire.read_message();
    sockaddr_in local{};
    socklen_t size = sizeof local;
    getsockname(wire.fd(), reinterpret_cast<sockaddr*>(&local), &size);
    dialled_.push_back(ntohl(local.sin_addr.s_addr));
    wire.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  }};
  ScriptedServer forbidden_{answer, 64, 0x7F000002, allowed_.port()};
  std::vector<std::uint32_t> dialled_;
};

TEST_F(HttpClientNames, OfSeveralAddressesOnlyTheAllowedAreDialled) {
  names.set("first.example.com", {{"127.0.0.1", "127.0.0.2"}});
  names.set("second.example.com", {{"127.0.0.2", "127.0.0.1"}});
  names.set("third.example.com", {{"10.1.2.3", "::1", "169.254.169.254", "127.0.0.2", "127.0.0.1", "fd00::1"}});
  for (const char* name : {"first.example.com", "second.example.com", "third.example.com"}) {
    const HttpReply reply = post(name);
    EXPECT_EQ(reply.status, 200) << name << ": " << reply.error_text;
    EXPECT_EQ(reply.address, "127.0.0.1:" + std::to_string(allowed_.port())) << name;
  }
  EXPECT_EQ(dialled_, std::vector<std::uint32_t>(3, INADDR_LOOPBACK)) << "what was judged is what was dialled";
}

TEST_F(HttpClientNames, WhenTheAllowedOneIsDownTheOthersAreNotTried) {
  std::uint16_t port = 0;
  { port = ScriptedServer(nullptr).port(); }
  ScriptedServer trap(answer, 64, 0x7F000002, port);
  names.set("down.example.com", {{"127.0.0.1", "127.0.0.2"}});
  const HttpReply reply = send(request_to("http://down.example.com:" + std::to_string(port) + "/"));
  EXPECT_EQ(reply.error, TransportError::connect) << reply.error_text;
  EXPECT_EQ(trap.accepted(), 0);
}

TEST_F(HttpClientNames, WithoutAnAllowedAddressTheNameIsBlocked) {
  names.set("inside.example.com", {{"127.0.0.2", "10.1.2.3", "::1", "::ffff:127.0.0.1"}});
  const HttpReply reply = post("inside.example.com");
  EXPECT_EQ(reply.error, TransportError::blocked) << reply.error_text;
  EXPECT_NE(reply.error_text.find("is not allowed"), std::string::npos) << reply.error_text;
}

TEST_F(HttpClientNames, ANameThatChangesItsMindIsJudgedEachTime) {
  make_client(policy_, 0s);
  names.set("rebinding.example.com", {{"127.0.0.1"}, {"127.0.0.2"}, {"127.0.0.1"}, {"::1", "127.0.0.2"}});
  EXPECT_EQ(post("rebinding.example.com").status, 200);
  EXPECT_EQ(post("rebinding.example.com").error, TransportError::blocked);
  EXPECT_EQ(post("rebinding.example.com").status, 200);
  EXPECT_EQ(post("rebinding.example.com").error, TransportError::blocked);
  EXPECT_EQ(names.asked("rebinding.example.com"), 4u);
}

TEST_F(HttpClientNames, ANameIsAskedForOnceAConnectionAtMost) {
  make_client(policy_, 60s);
  names.set("cached.example.com", {{"127.0.0.1"}, {"127.0.0.2"}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post("cached.example.com").status, 200);
  EXPECT_EQ(names.asked("cached.example.com"), 1u) << "between the check and the dialling nobody is asked again";
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
