// A certificate authority made on the spot and TLS on a raw connection, for the tests of this room.
#pragma once

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/net_test_peers.hpp"

namespace wrapup::test {

struct Freed {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Freed>;
using Certificate = std::unique_ptr<X509, Freed>;

struct Identity {
  Key key;
  Certificate certificate;
};

inline void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (!extension) std::abort();
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// A certificate of `key` for `alt_names` ("DNS:example.com"), valid from now - 10 days to now + `days`. Signed by
/// `issuer`, or by itself when that is null; with no names it is an authority.
inline Identity sign_identity(Key key, const std::string& name, const std::string& alt_names, const Identity* issuer,
                              int days = 30) {
  Identity made{std::move(key), Certificate(X509_new())};
  X509* x = made.certificate.get();
  static int serial = 1;
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(x), -10L * 86400);
  X509_gmtime_adj(X509_getm_notAfter(x), days * 86400L);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* signer = issuer ? issuer->certificate.get() : x;
  X509_set_issuer_name(x, X509_get_subject_name(signer));
  X509_set_pubkey(x, made.key.get());
  if (alt_names.empty()) {
    add_extension(x, signer, NID_basic_constraints, "critical,CA:TRUE");
    add_extension(x, signer, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add_extension(x, signer, NID_subject_alt_name, alt_names);
  }
  X509_sign(x, issuer ? issuer->key.get() : made.key.get(), EVP_sha256());
  return made;
}

inline Identity make_identity(const std::string& name, const std::string& alt_names, const Identity* issuer,
                              int days = 30) {
  return sign_identity(Key(EVP_EC_gen("P-256")), name, alt_names, issuer, days);
}

template <class Write>
std::string pem_of(Write write) {
  const std::unique_ptr<BIO, Freed> out(BIO_new(BIO_s_mem()));
  write(out.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

inline std::string pem(const Certificate& certificate) {
  return pem_of([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); });
}

/// With a passphrase when one is given.
inline std::string pem(const Key& key, const std::string& passphrase = "") {
  return pem_of([&](BIO* out) {
    const unsigned char* phrase = reinterpret_cast<const unsigned char*>(passphrase.data());
    PEM_write_bio_PrivateKey(out, key.get(), passphrase.empty() ? nullptr : EVP_aes_256_cbc(), phrase,
                             static_cast<int>(passphrase.size()), nullptr, nullptr);
  });
}

inline void write_pem(const Identity& identity, const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (!file) std::abort();
  PEM_write_X509(file, identity.certificate.get());
  std::fclose(file);
}

/// Serves requests over TLS: each is answered with 200 and the body "secret", or the name in the client's certificate.
class TlsServer {
 public:
  explicit TlsServer(Identity identity, int newest_version = 0)
      : context_(SSL_CTX_new(TLS_server_method())), server_([this](Wire& wire, int) { serve(wire); }) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    if (newest_version != 0) {
      SSL_CTX_set_security_level(context_.get(), 0);
      SSL_CTX_set_min_proto_version(context_.get(), newest_version);
      SSL_CTX_set_max_proto_version(context_.get(), newest_version);
    }
    SSL_CTX_set_session_id_context(context_.get(), reinterpret_cast<const unsigned char*>("test"), 4);
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes an alert to whoever hung up
    ready_.set_value();
  }

  /// Before the first connection.
  void demand_certificate_of(const Identity& authority) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority.certificate.get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  void close_after_each() { keep_alive_ = false; }

  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(server_.port()) + "/";
  }
  std::uint16_t port() const { return server_.port(); }
  int accepted() const { return server_.accepted(); }
  int requests() const { return requests_; }
  /// Connections that resumed a session of an earlier one.
  int resumed() const { return resumed_; }

 private:
  void serve(Wire& wire) {
    prepared_.wait();
    const std::unique_ptr<SSL, Freed> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), wire.fd());
    if (SSL_accept(ssl.get()) != 1) return refuse(wire);
    if (SSL_session_reused(ssl.get()) == 1) ++resumed_;
    const std::string reply = reply_to(SSL_get0_peer_certificate(ssl.get()));
    std::string text;
    char bytes[4096];
    while (true) {
      pollfd waiting{wire.fd(), POLLIN, 0};
      while (SSL_pending(ssl.get()) == 0 && poll(&waiting, 1, 20) == 0) {
        if (server_.stopping()) return;
      }
      // The tests' requests have no body.
      const int n = SSL_read(ssl.get(), bytes, sizeof bytes);
      if (n <= 0) return;
      text.append(bytes, static_cast<std::size_t>(n));
      if (!text.ends_with("\r\n\r\n")) continue;
      text.clear();
      ++requests_;
      SSL_write(ssl.get(), reply.data(), static_cast<int>(reply.size()));
      if (!keep_alive_) break;
    }
    SSL_shutdown(ssl.get());
  }

  /// Lets what the client has still under way arrive: a close over unread bytes resets the connection, and the alert
  /// that says why may be lost.
  void refuse(Wire& wire) const {
    wire.finish_sending();
    while (!server_.stopping() && !wire.ended) {
      wire.received.clear();
      wire.closes(20);
    }
  }

  std::string reply_to(const X509* client) const {
    std::string body = "secret";
    if (client) {
      char name[64] = "";
      X509_NAME_get_text_by_NID(X509_get_subject_name(client), NID_commonName, name, sizeof name);
      body = name;
    }
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
           (keep_alive_ ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n") + body;
  }

  std::unique_ptr<SSL_CTX, Freed> context_;
  std::promise<void> ready_;
  std::shared_future<void> prepared_ = ready_.get_future().share();
  std::atomic<int> requests_{0};
  std::atomic<int> resumed_{0};
  std::atomic<bool> keep_alive_{true};
  ScriptedServer server_;
};

}  // namespace wrapup::test
