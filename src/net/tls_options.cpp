#include "net/tls_options.hpp"

#include <algorithm>
#include <ctime>
#include <memory>
#include <string_view>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/time.hpp"

namespace wrapup {

namespace {

struct Freed {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Certificate = std::unique_ptr<X509, Freed>;
using Key = std::unique_ptr<EVP_PKEY, Freed>;

/// OpenSSL keeps errors for the thread until somebody takes them; the HTTP client's or the server's must not find ours.
struct ErrorsForgotten {
  ~ErrorsForgotten() { ERR_clear_error(); }
};

tl::unexpected<Error> refuse(std::string field, std::string why) {
  Error error;
  error.code = Code::invalid;
  error.name = "invalid_tls";
  error.message = "the " + field + " is not valid: " + why;
  error.fields.push_back({"/" + field, std::move(why)});
  return fail(std::move(error));
}

/// Without one OpenSSL asks for a passphrase at the terminal.
int no_passphrase(char*, int, int, void*) { return 0; }

std::unique_ptr<BIO, Freed> reader(const std::string& pem) {
  return std::unique_ptr<BIO, Freed>(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

/// All certificates of `pem`. Nothing when there is none or one of them is broken.
std::vector<Certificate> read_certificates(const std::string& pem) {
  std::vector<Certificate> found;
  const auto in = reader(pem);
  while (X509* certificate = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) {
    found.emplace_back(certificate);
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) found.clear();
  ERR_clear_error();
  return found;
}

bool holds_a_key(const std::string& pem) { return pem.find("PRIVATE KEY-----") != std::string::npos; }

std::string date(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unknown date";
  return format_utc(timegm(&parts) * kSecond).substr(0, 10);
}

/// Why a certificate is not in force; empty when it is.
std::string out_of_time(const X509* certificate, Timestamp now) {
  std::time_t at = now / kSecond;
  if (X509_cmp_time(X509_get0_notAfter(certificate), &at) <= 0) {
    return "it expired on " + date(X509_get0_notAfter(certificate)) + "; give one that is in force";
  }
  if (X509_cmp_time(X509_get0_notBefore(certificate), &at) > 0) {
    return "it is not valid before " + date(X509_get0_notBefore(certificate)) + "; give one that is in force";
  }
  return {};
}

/// What is wrong with a text in which only certificates belong; nothing when it holds some.
std::string certificate_problem(const std::string& pem, const std::vector<Certificate>& found) {
  if (pem.size() > kMaxPem) return "it is longer than " + std::to_string(kMaxPem) + " bytes";
  if (holds_a_key(pem)) return "it holds a private key; only certificates belong here";
  if (found.empty()) {
    return "it must be one or more certificates in PEM, each from -----BEGIN CERTIFICATE----- to "
           "-----END CERTIFICATE-----";
  }
  return {};
}

Status check_authority(const std::string& pem, Timestamp now) {
  const auto found = read_certificates(pem);
  if (auto problem = certificate_problem(pem, found); !problem.empty()) return refuse("ca", std::move(problem));
  // A bundle may hold old ones beside the one that counts.
  const bool any = std::ranges::any_of(found, [&](const auto& one) { return out_of_time(one.get(), now).empty(); });
  if (!any) return refuse("ca", out_of_time(found.front().get(), now));
  return {};
}

Result<Key> read_key(const std::string& pem) {
  if (pem.size() > kMaxPem) return refuse("key", "it is longer than " + std::to_string(kMaxPem) + " bytes");
  Key key(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_passphrase, nullptr));
  if (key) return key;
  if (pem.find("ENCRYPTED") != std::string::npos) {
    return refuse("key", "it has a passphrase; give it without one (openssl pkey -in key.pem takes it off)");
  }
  return refuse("key",
                "it must be a private key in PEM, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----");
}

/// What OpenSSL itself has against the pair, which the client would only learn at the first connection: keys that are
/// too short, digests that are too weak.
std::string unusable(X509* certificate, EVP_PKEY* key) {
  const std::unique_ptr<SSL_CTX, Freed> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return "TLS is not available";
  const bool taken =
      SSL_CTX_use_certificate(context.get(), certificate) == 1 && SSL_CTX_use_PrivateKey(context.get(), key) == 1;
  if (taken) return {};
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return std::string("it cannot be used with TLS (") + (reason ? reason : "unknown reason") + ")";
}

Status check_identity(const TlsOptions& options, Timestamp now) {
  if (options.key.empty()) return refuse("key", "a certificate needs its key");
  if (options.certificate.empty()) return refuse("certificate", "a key needs its certificate");
  const auto chain = read_certificates(options.certificate);
  if (auto problem = certificate_problem(options.certificate, chain); !problem.empty()) {
    return refuse("certificate", std::move(problem));
  }
  const auto key = read_key(options.key);
  if (!key) return fail(key.error());
  if (X509_check_private_key(chain.front().get(), key->get()) != 1) {
    return refuse("key", "it does not belong to the certificate; where there are several, the key's own must be first");
  }
  if (auto problem = out_of_time(chain.front().get(), now); !problem.empty()) {
    return refuse("certificate", std::move(problem));
  }
  if (auto problem = unusable(chain.front().get(), key->get()); !problem.empty()) {
    return refuse("certificate", std::move(problem));
  }
  return {};
}

}  // namespace

Status check_tls(const TlsOptions& options, Timestamp now) {
  const ErrorsForgotten forgotten;
  ERR_clear_error();
  if (!options.ca.empty()) {
    if (auto checked = check_authority(options.ca, now); !checked) return checked;
  }
  if (options.certificate.empty() && options.key.empty()) return {};
  return check_identity(options, now);
}

}  // namespace wrapup
