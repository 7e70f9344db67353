// The client and TLS: what is accepted, and how each refusal is named.
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/net_test_tls.hpp"

namespace wrapup {
namespace {

using namespace std::chrono_literals;
using test::Identity;
using test::make_identity;
using test::pem;
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

  HttpReply get(const std::string& url, std::shared_ptr<const TlsOptions> tls = nullptr) {
    HttpRequest request;
    request.method = "GET";
    request.url = url;
    request.total_timeout = 5s;
    request.tls = std::move(tls);
    return reactor_.run(client_->send(std::move(request)));
  }
  static std::shared_ptr<const TlsOptions> with_ca(const Identity& authority) {
    return std::make_shared<const TlsOptions>(TlsOptions{pem(authority.certificate), "", ""});
  }
  static std::shared_ptr<const TlsOptions> showing(const std::string& certificate, const std::string& key) {
    return std::make_shared<const TlsOptions>(TlsOptions{"", certificate, key});
  }
  static std::shared_ptr<const TlsOptions> showing(const Identity& identity) {
    return showing(pem(identity.certificate), pem(identity.key));
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

TEST_F(HttpClientTls, AnAuthorityOfOnesOwnReplacesTheOthers) {
  const Identity own = make_identity("Private Authority", "", nullptr);
  TlsServer private_server(make_identity("hooks", "DNS:localhost", &own));
  TlsServer public_server(make_identity("hooks", "DNS:localhost", &authority_));
  const auto tls = with_ca(own);
  EXPECT_EQ(get(private_server.url("localhost")).error, TransportError::tls_untrusted);
  EXPECT_EQ(get(private_server.url("localhost"), tls).status, 200);
  EXPECT_EQ(get(public_server.url("localhost"), tls).error, TransportError::tls_untrusted);
  EXPECT_EQ(get(public_server.url("localhost")).status, 200) << "the next request has the system's again";
}

TEST_F(HttpClientTls, AKeptConnectionIsForItsOwnAuthorityOnly) {
  const Identity own = make_identity("Private Authority", "", nullptr);
  TlsServer server(make_identity("hooks", "DNS:localhost", &own));
  EXPECT_EQ(get(server.url("localhost"), with_ca(own)).status, 200);
  EXPECT_EQ(get(server.url("localhost")).error, TransportError::tls_untrusted);
  EXPECT_EQ(get(server.url("localhost"), with_ca(authority_)).error, TransportError::tls_untrusted);
  EXPECT_EQ(server.accepted(), 3);
  const HttpReply again = get(server.url("localhost"), with_ca(own));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.timings.connect, 0) << "the same authority uses it again";
  EXPECT_EQ(server.accepted(), 3);
}

TEST_F(HttpClientTls, TheClientCertificateIsShown) {
  const Identity customers = make_identity("Customer Authority", "", nullptr);
  TlsServer server(make_identity("hooks", "DNS:localhost", &authority_));
  server.demand_certificate_of(customers);
  const Identity alice = make_identity("alice", "DNS:alice.example.com", &customers);
  const Identity bob = make_identity("bob", "DNS:bob.example.com", &customers);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(get(server.url("localhost"), showing(alice)).body, "alice");
    EXPECT_EQ(get(server.url("localhost"), showing(bob)).body, "bob");
  }
  EXPECT_EQ(server.accepted(), 2) << "a connection for each, and no more";
}

TEST_F(HttpClientTls, AReceiverThatWantsACertificate) {
  const Identity customers = make_identity("Customer Authority", "", nullptr);
  const Identity stranger = make_identity("stranger", "DNS:stranger.example.com", &authority_);
  for (const int newest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    TlsServer server(make_identity("hooks", "DNS:localhost", &authority_), newest);
    server.demand_certificate_of(customers);
    const HttpReply none = get(server.url("localhost"));
    EXPECT_EQ(none.error, TransportError::tls) << none.error_text;
    EXPECT_NE(none.error_text.find("want a client certificate"), std::string::npos) << none.error_text;
    EXPECT_FALSE(maybe_delivered(none.error)) << "its application never saw the request";
    const HttpReply unknown = get(server.url("localhost"), showing(stranger));
    EXPECT_EQ(unknown.error, TransportError::tls) << unknown.error_text;
    EXPECT_NE(unknown.error_text.find("refuses our client certificate"), std::string::npos) << unknown.error_text;
    EXPECT_EQ(server.requests(), 0);
  }
}

TEST_F(HttpClientTls, AnExpiredClientCertificateIsNotTheReceiversFault) {
  const Identity customers = make_identity("Customer Authority", "", nullptr);
  for (const int newest : {TLS1_3_VERSION, TLS1_2_VERSION}) {
    TlsServer server(make_identity("hooks", "DNS:localhost", &authority_), newest);
    server.demand_certificate_of(customers);
    const Identity late = make_identity("late", "DNS:late.example.com", &customers, -1);
    const HttpReply reply = get(server.url("localhost"), showing(late));
    EXPECT_EQ(reply.error, TransportError::tls) << reply.error_text;
    EXPECT_NE(reply.error_text.find("refuses our client certificate"), std::string::npos) << reply.error_text;
  }
}

TEST_F(HttpClientTls, NoKeptConnectionForAnotherKey) {
  const Identity customers = make_identity("Customer Authority", "", nullptr);
  TlsServer server(make_identity("hooks", "DNS:localhost", &authority_));
  server.demand_certificate_of(customers);
  const Identity alice = make_identity("alice", "DNS:alice.example.com", &customers);
  const Identity bob = make_identity("bob", "DNS:bob.example.com", &customers);
  EXPECT_EQ(get(server.url("localhost"), showing(alice)).body, "alice");
  EXPECT_EQ(get(server.url("localhost"), showing(pem(alice.certificate), pem(bob.key))).error, TransportError::tls);
  EXPECT_EQ(get(server.url("localhost"), showing(pem(alice.certificate), "")).error, TransportError::tls);
  EXPECT_EQ(get(server.url("localhost"), showing("", pem(alice.key))).error, TransportError::tls);
  EXPECT_EQ(get(server.url("localhost"), showing(pem(alice.certificate), pem(alice.key, "a passphrase"))).error,
            TransportError::tls)
      << "and nobody is asked for the passphrase";
  EXPECT_EQ(server.requests(), 1);
}

TEST_F(HttpClientTls, SessionsOfManyReceiversAreResumed) {
  std::string names = "DNS:r0.localhost";
  for (int i = 1; i < 12; ++i) names += ",DNS:r" + std::to_string(i) + ".localhost";
  TlsServer server(make_identity("hooks", names, &authority_));
  server.close_after_each();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 12; ++i) {
      const HttpReply reply = get(server.url("r" + std::to_string(i) + ".localhost"));
      EXPECT_EQ(reply.status, 200) << reply.error_text;
    }
  }
  EXPECT_EQ(server.accepted(), 24);
  EXPECT_EQ(server.resumed(), 12) << "in the second round, one for each";
}

TEST_F(HttpClientTls, ASessionDoesNotStandForAnotherVerification) {
  const Identity own = make_identity("Private Authority", "", nullptr);
  TlsServer server(make_identity("hooks", "DNS:localhost", &own));
  server.close_after_each();
  EXPECT_EQ(get(server.url("localhost"), with_ca(own)).status, 200);
  EXPECT_EQ(get(server.url("localhost"), with_ca(own)).status, 200);
  EXPECT_EQ(server.resumed(), 1);
  EXPECT_EQ(get(server.url("localhost")).error, TransportError::tls_untrusted);
  EXPECT_EQ(get(server.url("127.0.0.1"), with_ca(own)).error, TransportError::tls_name);
  EXPECT_EQ(server.resumed(), 1);
}

}  // namespace
}  // namespace wrapup
