// The client and TLS: what is accepted, and how each refusal is named.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_tls.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::Identity;
using test::make_identity;
using test::TlsServer;

class HttpClientTls : public ::testing::Test {
 protected:
  void SetUp() override {
    authority_ = make_identity("Test Authority", "", nullptr);
    ca_file_ = ::testing::TempDir() + "wrapup_test_ca_" + std::to_string(getpid()) + ".pem";
    write_pem(authority_, ca_file_);
    CurlClient::Options options;
    options.policy = AddressPolicy::allowing_loopback();
    options.ca_file = ca_file_;
    client_ = std::make_unique<CurlClient>(options);
  }
  void TearDown() override { std::remove(ca_file_.c_str()); }

  HttpReply get(const std::string& url) {
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    request.total_timeout = 5s;
    return reactor_.run(client_->send(std::move(request)));
  }

  Identity authority_;
  std::string ca_file_;
  test::Reactor reactor_;
  std::unique_ptr<CurlClient> client_;
};

TEST_F(HttpClientTls, AGoodCertificate) {
  TlsServer server(make_identity("hooks", "DNS:localhost,IP:127.0.0.1", &authority_));
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const HttpReply reply = get(server.url(host));
    EXPECT_EQ(reply.error, TransportError::none) << reply.error_text;
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "secret");
    EXPECT_EQ(reply.tls_version, "TLSv1.3");
    EXPECT_GT(reply.timings.tls, reply.timings.connect);
  }
  const HttpReply again = get(server.url("localhost"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.timings.tls, 0) << "the connection is used again";
  EXPECT_EQ(again.tls_version, "TLSv1.3");
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(HttpClientTls, TheNameMustFit) {
  TlsServer server(make_identity("localhost", "DNS:other.example.com", &authority_));
  const HttpReply reply = get(server.url("localhost"));
  EXPECT_EQ(reply.error, TransportError::tls_name) << reply.error_text;
  EXPECT_FALSE(maybe_delivered(reply.error));
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpClientTls, ExpiredCertificates) {
  TlsServer server(make_identity("hooks", "DNS:localhost", &authority_, -1));
  const HttpReply reply = get(server.url("localhost"));
  EXPECT_EQ(reply.error, TransportError::tls_expired) << reply.error_text;
  EXPECT_EQ(server.requests(), 0);
}

TEST_F(HttpClientTls, UntrustedCertificates) {
  const Identity stranger = make_identity("Another Authority", "", nullptr);
  TlsServer strange(make_identity("hooks", "DNS:localhost", &stranger));
  EXPECT_EQ(get(strange.url("localhost")).error, TransportError::tls_untrusted);
  TlsServer self_signed(make_identity("hooks", "DNS:localhost", nullptr));
  EXPECT_EQ(get(self_signed.url("localhost")).error, TransportError::tls_untrusted);
  TlsServer strange_and_misnamed(make_identity("hooks", "DNS:other.example.com", &stranger));
  EXPECT_EQ(get(strange_and_misnamed.url("localhost")).error, TransportError::tls_untrusted);
  EXPECT_EQ(strange.requests() + self_signed.requests() + strange_and_misnamed.requests(), 0);
}

TEST_F(HttpClientTls, TheSystemsAuthoritiesDoNotKnowOurs) {
  CurlClient::Options options;
  options.policy = AddressPolicy::allowing_loopback();
  client_ = std::make_unique<CurlClient>(options);
  TlsServer server(make_identity("hooks", "DNS:localhost", &authority_));
  EXPECT_EQ(get(server.url("localhost")).error, TransportError::tls_untrusted);
}

TEST_F(HttpClientTls, OldVersionsAreRefused) {
  TlsServer old(make_identity("hooks", "DNS:localhost", &authority_), TLS1_1_VERSION);
  EXPECT_EQ(get(old.url("localhost")).error, TransportError::tls);
  TlsServer oldest_good(make_identity("hooks", "DNS:localhost", &authority_), TLS1_2_VERSION);
  EXPECT_EQ(get(oldest_good.url("localhost")).tls_version, "TLSv1.2");
}

TEST_F(HttpClientTls, APlainServerIsNoTlsServer) {
  test::ScriptedServer plain([](test::Wire& wire, int) {
    wire.read_until([](const std::string& bytes) { return !bytes.empty(); });
    wire.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  });
  const HttpReply reply = get("https://localhost:" + std::to_string(plain.port()) + "/");
  EXPECT_EQ(reply.error, TransportError::tls) << reply.error_text;

  test::ScriptedServer silent(
      [](test::Wire& wire, int) { wire.read_until([](const std::string& bytes) { return !bytes.empty(); }); });
  const HttpReply closed = get("https://localhost:" + std::to_string(silent.port()) + "/");
  EXPECT_EQ(closed.error, TransportError::tls) << closed.error_text;
  EXPECT_FALSE(maybe_delivered(closed.error));
}

}  // namespace
}  // namespace wrapup
