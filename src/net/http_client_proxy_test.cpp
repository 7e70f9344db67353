// The client behind an egress proxy.
#include <cstdlib>

#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_tls.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::Identity;
using test::make_identity;
using test::pem;
using test::ScriptedServer;
using test::TlsServer;
using test::Wire;

/// A proxy that answers CONNECT and then passes bytes on, whatever the name, to one port of this machine.
class ConnectProxy {
 public:
  explicit ConnectProxy(std::uint16_t target) : target_(target), server_([this](Wire& wire, int) { pass(wire); }) {}

  std::string url(const std::string& user = "") const {
    return "http://" + user + "127.0.0.1:" + std::to_string(server_.port());
  }
  int accepted() const { return server_.accepted(); }
  /// Of the last connection, once a reply has come.
  std::string head;

 private:
  void pass(Wire& client) {
    head = client.read_message(true);
    if (!head.starts_with("CONNECT ")) return;
    Wire target(test::connect_to(target_));
    client.send("HTTP/1.1 200 Connection established\r\nX-Of-The-Proxy: 1\r\n\r\n");
    while (!server_.stopping() && move(client, target) && move(target, client)) {
    }
  }

  static bool move(Wire& from, Wire& to) {
    from.read_until([](const std::string& bytes) { return !bytes.empty(); }, 5);
    to.send(from.received);
    from.received.clear();
    return !from.ended;
  }

  std::uint16_t target_;
  ScriptedServer server_;
};

class HttpClientProxy : public ::testing::Test {
 protected:
  /// With the policy of production: not even loopback, where the proxy and the receivers are.
  HttpReply send(const std::string& proxy, const std::string& url, std::chrono::milliseconds time = 5s) {
    if (!client_ || proxy != options_.proxy) {
      options_.proxy = proxy;
      options_.user_agent = "wrapup/test";
      client_ = std::make_unique<CurlClient>(options_);
    }
    HttpRequest request;
    request.url = url;
    request.headers = {{"X-Secret", "for the receiver"}};
    request.body = std::make_shared<const std::string>("hello");
    request.total_timeout = time;
    request.tls = tls_;
    return reactor_.run(client_->send(std::move(request)));
  }

  CurlClient::Options options_;
  std::shared_ptr<const TlsOptions> tls_;
  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientProxy, PlainHttpGoesThroughATunnelToo) {
  std::string seen;
  ScriptedServer receiver([&](Wire& wire, int) {
    while (true) {
      const std::string message = wire.read_message();
      if (message.empty()) return;
      seen = message;
      wire.send("HTTP/1.1 202 Accepted\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  ConnectProxy proxy(receiver.port());
  for (int i = 0; i < 2; ++i) {
    const HttpReply reply = send(proxy.url("agent%20x:p%40ss:word@"), "http://receiver.example.com:8080/hook");
    EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
    EXPECT_EQ(reply.status, 202);
    EXPECT_EQ(reply.body, "ok");
    EXPECT_EQ(reply.headers, (Headers{{"X-One", "1"}, {"Content-Length", "2"}}));
    EXPECT_EQ(reply.address, proxy.url().substr(7));
  }
  EXPECT_EQ(proxy.accepted(), 1) << "the tunnel is kept";
  EXPECT_EQ(proxy.head,
            "CONNECT receiver.example.com:8080 HTTP/1.1\r\nHost: receiver.example.com:8080\r\n"
            "Proxy-Authorization: Basic YWdlbnQgeDpwQHNzOndvcmQ=\r\nUser-Agent: wrapup/test\r\n"
            "Proxy-Connection: Keep-Alive\r\n\r\n");
  EXPECT_EQ(seen,
            "POST /hook HTTP/1.1\r\nHost: receiver.example.com:8080\r\nUser-Agent: wrapup/test\r\n"
            "X-Secret: for the receiver\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(HttpClientProxy, TlsIsBetweenUsAndTheReceiver) {
  const Identity authority = make_identity("Test Authority", "", nullptr);
  TlsServer receiver(make_identity("hooks", "DNS:receiver.example.com", &authority));
  ConnectProxy proxy(receiver.port());
  EXPECT_EQ(send(proxy.url(), "https://receiver.example.com/").error, TransportError::tls_untrusted);
  tls_ = std::make_shared<const TlsOptions>(TlsOptions{pem(authority.certificate), "", ""});
  EXPECT_EQ(send(proxy.url(), "https://other.example.com/").error, TransportError::tls_name);
  EXPECT_EQ(receiver.requests(), 0);
}

TEST_F(HttpClientProxy, LiteralAddressesAreStillJudged) {
  ScriptedServer receiver([](Wire& wire, int) { wire.read_message(); });
  ConnectProxy proxy(receiver.port());
  for (const char* host : {"127.0.0.1", "127.0.0.1.", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]",
                           "[::ffff:127.0.0.1]", "localhost", "LocalHost.", "a.localhost"}) {
    const HttpReply reply = send(proxy.url(), "http://" + std::string(host) + "/");
    EXPECT_EQ(reply.error, TransportError::blocked) << host;
    EXPECT_NE(reply.error_text.find("loopback"), std::string::npos) << host << ": " << reply.error_text;
  }
  EXPECT_EQ(send(proxy.url(), "https://10.1.2.3/").error, TransportError::blocked);
  EXPECT_EQ(send(proxy.url(), "https://169.254.169.254/").error, TransportError::blocked);
  EXPECT_EQ(proxy.accepted(), 0);
}

TEST_F(HttpClientProxy, AProxyThatDoesNotLetThrough) {
  const std::pair<std::string, std::string> answers[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: "
       "4\r\n\r\nnope",
       "407"},
      {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\n\r\n", "407"},
      {"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "502"},
      {"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "302"},
      {"", "broke the connection"},
      {"SSH-2.0-OpenSSH_9.2\r\n", "broke the connection"},
  };
  for (const auto& [answer, words] : answers) {
    ScriptedServer proxy([&](Wire& wire, int) {
      while (!wire.read_message(true).empty() && wire.send(answer)) {
        if (answer.empty() || answer.starts_with("SSH")) return;
      }
    });
    const HttpReply reply =
        send("http://agent:a-password@127.0.0.1:" + std::to_string(proxy.port()), "http://receiver.example.com/");
    EXPECT_EQ(reply.error, TransportError::proxy) << answer << reply.error_text;
    EXPECT_NE(reply.error_text.find(words), std::string::npos) << reply.error_text;
    EXPECT_EQ(reply.error_text.find("a-password"), std::string::npos) << reply.error_text;
    EXPECT_EQ(reply.status, 0);
    EXPECT_TRUE(reply.headers.empty());
    EXPECT_FALSE(maybe_delivered(reply.error));
  }
}

TEST_F(HttpClientProxy, AProxyThatCannotBeReached) {
  std::string port;
  { port = std::to_string(ScriptedServer(nullptr).port()); }
  const HttpReply refused = send("http://agent:a-password@127.0.0.1:" + port, "http://receiver.example.com/");
  EXPECT_EQ(refused.error, TransportError::proxy);
  EXPECT_EQ(refused.error_text, "cannot connect to the proxy at 127.0.0.1:" + port + ": Connection refused");
  const HttpReply unknown = send("http://agent:a-password@proxy.invalid:3128", "http://receiver.example.com/");
  EXPECT_EQ(unknown.error, TransportError::proxy);
  EXPECT_EQ(unknown.error_text, "the name of the proxy does not resolve");
  const ScriptedServer silent(nullptr);
  const HttpReply hanging =
      send("http://127.0.0.1:" + std::to_string(silent.port()), "http://receiver.example.com/", 300ms);
  EXPECT_EQ(hanging.error, TransportError::timeout_before) << hanging.error_text;
}

TEST_F(HttpClientProxy, TheEnvironmentMakesNoExceptions) {
  ScriptedServer receiver([](Wire& wire, int) {
    wire.read_message();
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  ConnectProxy proxy(receiver.port());
  setenv("no_proxy", "*", 1);
  setenv("NO_PROXY", "receiver.example.com", 1);
  const HttpReply reply = send(proxy.url(), "http://receiver.example.com/");
  unsetenv("no_proxy");
  unsetenv("NO_PROXY");
  EXPECT_EQ(reply.status, 200) << reply.error_text;
  EXPECT_EQ(proxy.accepted(), 1);
}

}  // namespace
}  // namespace wrapup
