#include "net/http_client_transfer.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <curl/curl.h>
#include <openssl/ssl.h>

#include "net/url.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kHeaderOverhead = 32;

bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; });
}

bool equal_names(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

/// Headers that frame the message or steer the connection: they are ours to set.
bool is_reserved(std::string_view name) {
  static constexpr std::string_view kReserved[] = {
      "host", "content-length", "transfer-encoding", "expect", "connection", "upgrade", "te", "keep-alive"};
  return std::ranges::any_of(kReserved, [&](std::string_view reserved) { return equal_names(name, reserved); });
}

std::string_view trim(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::string endpoint_text(const std::string& ip, int port) {
  const bool v6 = ip.find(':') != std::string::npos;
  return (v6 ? "[" + ip + "]:" : ip + ":") + std::to_string(port);
}

std::string refused(const std::string& ip, std::string_view why) {
  return "the address " + ip + " is not allowed (" + std::string(why) + ")";
}

}  // namespace

/// The functions that curl calls, in C's terms.
struct CurlCallbacks {
  static curl_socket_t open_socket(void* self, curlsocktype, curl_sockaddr* address) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    char ip[INET6_ADDRSTRLEN] = "";
    int port = 0;
    if (address->family == AF_INET) {
      const auto& v4 = reinterpret_cast<const sockaddr_in&>(address->addr);
      inet_ntop(AF_INET, &v4.sin_addr, ip, sizeof ip);
      port = ntohs(v4.sin_port);
    } else if (address->family == AF_INET6) {
      // curl reserves room for any kind of address behind `addr`.
      const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address->addr);
      inet_ntop(AF_INET6, &v6.sin6_addr, ip, sizeof ip);
      port = ntohs(v6.sin6_port);
    }
    if (!transfer.admit(ip, port)) return CURL_SOCKET_BAD;
    transfer.dialled_ = true;
    return transfer.sockets_.open(address->family, address->socktype, address->protocol);
  }

  // Belongs to the connection, which outlives the transfer that opened it.
  static int close_socket(void* sockets, curl_socket_t fd) { return static_cast<CurlSockets*>(sockets)->close(fd); }

  static int before_request(void* self, char* ip, char*, int port, int) {
    auto& transfer = *static_cast<CurlTransfer*>(self);
    if (!transfer.admit(ip, port)) return CURL_PREREQFUNC_ABORT;
    if (!transfer.note_send()) return CURL_PREREQFUNC_ABORT;
    transfer.note_tls();
    return CURL_PREREQFUNC_OK;
  }

  static std::size_t header(char* text, std::size_t size, std::size_t count, void* self) {
    return static_cast<CurlTransfer*>(self)->on_header({text, size * count}) ? size * count : 0;
  }

  static std::size_t body(char* bytes, std::size_t size, std::size_t count, void* self) {
    return static_cast<CurlTransfer*>(self)->on_body({bytes, size * count}) ? size * count : 0;
  }
};

CurlTransfer::CurlTransfer(const CurlClient::Options& options, CurlSockets& sockets, const CurlSessions& sessions)
    : options_(options), sockets_(sockets), sessions_(sessions), easy_(curl_easy_init()) {
  static_assert(CURL_ERROR_SIZE == 256);
  if (!easy_) throw std::bad_alloc();
  set_fixed_options();
}

CurlTransfer::~CurlTransfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(static_cast<curl_slist*>(header_list_));
}

void CurlTransfer::set_fixed_options() {
  CURL* easy = easy_;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_buffer_.data());
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // Otherwise a name whose lookup hangs holds up everybody when its time is over: curl would wait for the lookup's
  // thread.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, options_.proxy.c_str());  // set to nothing, or curl asks the environment
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, options_.proxy.empty() ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_HEADEROPT,
                   static_cast<long>(CURLHEADER_SEPARATE));  // a receiver's are not the proxy's
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, static_cast<long>(options_.dns_cache.count()));
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 0L);
  curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16L * 1024);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, static_cast<long>(options_.pool_idle.count()));
  if (!options_.user_agent.empty()) curl_easy_setopt(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());

  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
  // With a directory beside the file curl would read all certificates again for each connection.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  // Without one OpenSSL would ask for the passphrase of a key at the terminal.
  curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");

  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, CurlCallbacks::open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, CurlCallbacks::close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &sockets_);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, CurlCallbacks::before_request);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, CurlCallbacks::header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, CurlCallbacks::body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
}

std::optional<std::string> CurlTransfer::begin(HttpRequest request) {
  request_ = std::move(request);
  reply_ = HttpReply{};
  error_buffer_[0] = '\0';
  header_bytes_ = 0;
  awaits_status_line_ = true;
  interim_ = headers_done_ = headers_too_large_ = dialled_ = resend_refused_ = false;
  blocked_.clear();
  fresh_ = http2_ = false;
  sends_ = 0;
  socket_ = -1;
  connects_ = unacknowledged_ = written_ = 0;

  if (auto problem = set_url()) return problem;
  if (!is_token(request_.method)) return "the method is not valid";
  set_proxy();
  if (auto problem = target_problem(host_)) return problem;
  if (auto problem = set_headers()) return problem;
  set_method();
  set_tls();
  // For curl 0 means no limit.
  const auto limit = [](std::chrono::milliseconds time) {
    return static_cast<long>(std::max<std::int64_t>(time.count(), 1));
  };
  curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, limit(request_.connect_timeout));
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, limit(request_.total_timeout));
  set_quiet_timeout();
  return std::nullopt;
}

// Mostly it is that of the request before.
std::optional<std::string> CurlTransfer::set_url() {
  if (!url_.empty() && request_.url == url_) return std::nullopt;
  url_.clear();
  const auto url = parse_url(request_.url);
  if (!url) return url.error().message;
  url_ = request_.url;
  host_ = url->host;
  curl_easy_setopt(easy_, CURLOPT_URL, url->text.c_str());
  curl_easy_setopt(easy_, CURLOPT_SHARE, sessions_.share_for(host_));
  return std::nullopt;
}

void CurlTransfer::set_quiet_timeout() {
  const bool wanted = request_.quiet_timeout.count() > 0;
  if (!wanted && !quiet_) return;
  quiet_ = wanted;
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_LIMIT, wanted ? 1L : 0L);
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.quiet_timeout.count()));
}

void CurlTransfer::set_proxy() {
  const bool direct = !request_.only_address.empty();
  if (direct == direct_) return;
  direct_ = direct;
  curl_easy_setopt(easy_, CURLOPT_PROXY, direct ? "" : options_.proxy.c_str());
  curl_easy_setopt(easy_, CURLOPT_HTTPPROXYTUNNEL, direct || options_.proxy.empty() ? 0L : 1L);
}

/// Takes the place of what the request before had. curl uses a kept connection or a session for no other CA and no
/// other certificate than it was made with; the key it does not compare, so certificate and key are one text to it.
void CurlTransfer::set_tls() {
  std::string identity;
  if (request_.tls && !(request_.tls->certificate.empty() && request_.tls->key.empty())) {
    identity = request_.tls->certificate + "\n" + request_.tls->key;
  }
  set_blob(CURLOPT_CAINFO_BLOB, request_.tls ? std::string_view(request_.tls->ca) : std::string_view());
  set_blob(CURLOPT_SSLCERT_BLOB, identity);
  set_blob(CURLOPT_SSLKEY_BLOB, identity);
}

void CurlTransfer::set_blob(int option, std::string_view text) {
  curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};
  curl_easy_setopt(easy_, static_cast<CURLoption>(option), text.empty() ? nullptr : &blob);
}

std::optional<std::string> CurlTransfer::set_headers() {
  auto* list = static_cast<curl_slist*>(std::exchange(header_list_, nullptr));
  curl_slist_free_all(list);
  list = nullptr;
  const auto add = [&](const char* line) {
    list = curl_slist_append(list, line);
    header_list_ = list;
  };
  // A name with nothing after the colon keeps curl from adding that header itself.
  add("Expect:");
  if (!find_header(request_.headers, "Accept")) add("Accept:");
  if (!find_header(request_.headers, "Content-Type")) add("Content-Type:");
  std::string line;
  for (const auto& [name, value] : request_.headers) {
    if (!is_token(name) || !is_field_value(value)) return "the header \"" + name + "\" is not valid";
    if (is_reserved(name)) continue;
    line.assign(name).append(trim(value).empty() ? ";" : ": ").append(trim(value));
    add(line.c_str());
  }
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, list);
  return std::nullopt;
}

void CurlTransfer::set_method() {
  const std::string& method = request_.method;
  const bool post = request_.body || method == "POST";
  if (post) {
    curl_easy_setopt(easy_, CURLOPT_POST, 1L);
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request_.body ? request_.body->size() : 0));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request_.body ? request_.body->data() : "");
  } else if (method == "HEAD") {
    curl_easy_setopt(easy_, CURLOPT_NOBODY, 1L);
  } else {
    curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  }
  const bool known = post ? method == "POST" : method == "HEAD" || method == "GET";
  curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, known ? nullptr : method.c_str());
}

/// With a proxy between, a literal address is all of a receiver that can be judged here. localhost is one, too (RFC
/// 6761, section 6.3).
std::optional<std::string> CurlTransfer::target_problem(const std::string& host) const {
  if (options_.proxy.empty() || direct_) return std::nullopt;
  auto address = literal_address(host);
  std::string_view name = host;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name == "localhost" || name.ends_with(".localhost")) address = boost::asio::ip::address_v4::loopback();
  const std::string_view refusal = address ? options_.policy.refusal(*address) : std::string_view{};
  if (refusal.empty()) return std::nullopt;
  return refused(address->to_string(), refusal);
}

/// Judges the address that is about to be used.
bool CurlTransfer::admit(const std::string& ip, int port) {
  reply_.address = endpoint_text(ip, port);
  if (direct_) {
    if (reply_.address == request_.only_address) return true;
    blocked_ = refused(reply_.address, "not that of this server");
    return false;
  }
  if (!options_.proxy.empty()) return true;  // nothing but the proxy is dialled then
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(ip, error);
  const std::string_view refusal = error ? "not an address" : options_.policy.refusal(address);
  if (refusal.empty()) return true;
  blocked_ = refused(ip, refusal);
  return false;
}

void CurlTransfer::set_socket(int fd) {
  // When the request goes out again, the connection it was on before may live on.
  if (socket_ >= 0) sockets_.set_user(socket_, nullptr);
  socket_ = fd;
  sockets_.set_user(fd, this);
  if (http2_) sockets_.set_http2(fd);
}

void CurlTransfer::connection_closed(std::uint64_t unacknowledged) {
  socket_ = -1;
  unacknowledged_ = unacknowledged;
  written_ = std::max(number(CURLINFO_REQUEST_SIZE), number(CURLINFO_SIZE_UPLOAD_T));
}

/// The request is about to be written to a connection. False when it must not be, since it would be a second copy.
bool CurlTransfer::note_send() {
  if (sends_ > 0 && !may_send_again()) {
    resend_refused_ = true;
    return false;
  }
  ++sends_;
  unacknowledged_ = 0;
  const std::uint64_t connects = number(CURLINFO_NUM_CONNECTS);
  fresh_ = connects > connects_;
  connects_ = connects;
  return true;
}

void CurlTransfer::note_tls() {
  http2_ = false;
  curl_tlssessioninfo* tls = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_TLS_SSL_PTR, &tls);
  if (!tls || tls->backend != CURLSSLBACKEND_OPENSSL || !tls->internals) return;
  const auto* ssl = static_cast<const SSL*>(tls->internals);
  reply_.tls_version = SSL_get_version(ssl);
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  http2_ = std::string_view(reinterpret_cast<const char*>(protocol), size) == "h2";
}

/// When a kept-alive connection breaks before the first byte of a reply, curl sends the request again on another one,
/// POST or not. That is right where the receiver had closed the connection before the request came. But it may also
/// have read the request, acted on it and died, and then a second copy would be our doing within one attempt. So the
/// second send is let through only when the receiver's TCP acknowledged no byte of the first. After a send on a new
/// connection curl comes back only when an HTTP/2 receiver says that it has not looked at the request (RFC 9113,
/// section 8.7).
bool CurlTransfer::may_send_again() const { return fresh_ || (written_ > 0 && unacknowledged_ >= written_); }

bool CurlTransfer::on_header(std::string_view line) {
  header_bytes_ += line.size() + kHeaderOverhead;
  if (header_bytes_ > kMaxHeaderBytes) {
    headers_too_large_ = true;
    return false;
  }
  if (headers_done_) return true;  // trailers
  if (awaits_status_line_) {
    awaits_status_line_ = false;
    reply_.headers.clear();
    const std::size_t space = line.find(' ');
    interim_ = space != std::string_view::npos && line.substr(space + 1, 1) == "1";
    return true;
  }
  const std::string_view text = trim(line);
  if (text.empty()) {
    awaits_status_line_ = interim_;
    headers_done_ = !interim_;
  } else if ((line.front() == ' ' || line.front() == '\t') && !reply_.headers.empty()) {
    reply_.headers.back().second.append(" ").append(text);  // obs-fold (RFC 9112, section 5.2)
  } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    reply_.headers.emplace_back(trim(text.substr(0, colon)), trim(text.substr(colon + 1)));
  }
  return true;
}

bool CurlTransfer::is_success() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return status / 100 == 2;
}

bool CurlTransfer::on_body(std::string_view bytes) {
  if (request_.on_body && is_success()) return request_.on_body(bytes);
  const std::size_t room = request_.reply_cap - reply_.body.size();
  reply_.body.append(bytes.substr(0, room));
  if (bytes.size() <= room) return true;
  reply_.truncated = true;
  return false;
}

}  // namespace wrapup
