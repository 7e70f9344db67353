// An HTTP/2 receiver that is told what to send frame by frame (RFC 9113), for the tests of this room. It reads no more
// of a request than it must: which stream it is on, and how many bytes of body came.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "net/net_test_tls.hpp"

namespace wrapup::test {

/// One connection, after its prefaces.
class Http2Wire {
 public:
  enum Type : std::uint8_t { data = 0, headers = 1, reset = 3, settings = 4, ping = 6, goaway = 7, window = 8 };
  enum Flag : std::uint8_t { none = 0, ack = 1, end_stream = 1, end_headers = 4 };
  enum Reason : std::uint32_t { no_error = 0, protocol_error = 1, internal_error = 2, refused = 7, use_http1 = 13 };

  Http2Wire(SSL* ssl, Wire& wire, const std::atomic<bool>& stop) : ssl_(ssl), wire_(wire), stop_(stop) {}

  bool open() {
    if (!fill(24) || !received_.starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) return false;
    received_.erase(0, 24);
    return send(settings, none, 0, "");
  }

  /// The stream of the next request, once it is whole; 0 when the connection ended before.
  std::uint32_t read_request() { return read_until(end_stream); }
  /// The same as soon as its headers are there.
  std::uint32_t read_headers() { return read_until(end_headers); }

  bool send(Type type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    std::string frame = number(static_cast<std::uint32_t>(payload.size())).substr(1);
    frame += {static_cast<char>(type), static_cast<char>(flags)};
    frame += number(stream);
    frame += payload;
    return SSL_write(ssl_, frame.data(), static_cast<int>(frame.size())) > 0;
  }
  /// Status 200 and, in `fields`, names and values; each shorter than 127 bytes.
  bool send_head(std::uint32_t stream, bool last,
                 std::initializer_list<std::pair<std::string, std::string>> fields = {}) {
    std::string block = "\x88";  // ":status: 200" of the static table (RFC 7541, appendix A)
    for (const auto& [name, value] : fields) block += field(name, value);
    return send(headers, static_cast<std::uint8_t>(end_headers | (last ? end_stream : none)), stream, block);
  }
  bool send_reset(std::uint32_t stream, Reason reason) { return send(reset, none, stream, number(reason)); }
  bool send_goaway(std::uint32_t last_stream, Reason reason) {
    return send(goaway, none, 0, number(last_stream) + number(reason));
  }
  bool answer(std::uint32_t stream, std::string_view body) {
    return send_head(stream, false) && send(data, end_stream, stream, body);
  }
  /// A field that is not indexed, its name and value as they are (RFC 7541, section 6.2.2).
  static std::string field(std::string_view name, std::string_view value) {
    std::string text(1, '\0');
    for (const std::string_view part : {name, value}) text.append(1, static_cast<char>(part.size())).append(part);
    return text;
  }
  static std::string number(std::uint32_t value) {
    std::string bytes;
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
  }
  /// Until the client leaves or the test is over.
  void hold() {
    while (fill(received_.size() + 1)) received_.clear();
  }

  std::size_t body_bytes = 0;

 private:
  std::uint32_t read_until(Flag wanted) {
    while (fill(9)) {
      const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(received_[i]); };
      const auto size = static_cast<std::size_t>(byte(0) << 16 | byte(1) << 8 | byte(2));
      const std::uint8_t type = byte(3);
      const std::uint8_t flags = byte(4);
      const auto stream = static_cast<std::uint32_t>(byte(5) << 24 | byte(6) << 16 | byte(7) << 8 | byte(8));
      if (!fill(9 + size)) return 0;
      received_.erase(0, 9 + size);
      if (type == settings && !(flags & ack)) send(settings, ack, 0, "");
      if (type == data) {
        body_bytes += size;
        // Give back what was used of the stream's window and of the connection's.
        if (size > 0) send(window, none, 0, number(static_cast<std::uint32_t>(size)));
        if (size > 0) send(window, none, stream, number(static_cast<std::uint32_t>(size)));
      }
      if ((type == headers || type == data) && (flags & wanted)) return stream;
    }
    return 0;
  }

  bool fill(std::size_t size) {
    while (received_.size() < size) {
      pollfd waiting{wire_.fd(), POLLIN, 0};
      while (SSL_pending(ssl_) == 0 && poll(&waiting, 1, 20) == 0) {
        if (stop_) return false;
      }
      char bytes[16384];
      const int n = SSL_read(ssl_, bytes, sizeof bytes);
      if (n <= 0) return false;
      received_.append(bytes, static_cast<std::size_t>(n));
    }
    return true;
  }

  SSL* ssl_;
  Wire& wire_;
  const std::atomic<bool>& stop_;
  std::string received_;
};

/// Runs `script` for each connection on which the client agrees to HTTP/2; `number` counts them from 0.
class Http2Server {
 public:
  using Script = std::function<void(Http2Wire& wire, int number)>;

  Http2Server(Identity identity, Script script)
      : context_(SSL_CTX_new(TLS_server_method())), script_(std::move(script)) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    SSL_CTX_set_alpn_select_cb(context_.get(), choose, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    server_.emplace([this](Wire& wire, int) { serve(wire); });
  }
  ~Http2Server() {
    stopping_ = true;
    server_.reset();
  }

  std::string url(const std::string& host) const {
    return "https://" + host + ":" + std::to_string(server_->port()) + "/";
  }
  /// Connections that speak HTTP/2.
  int accepted() const { return accepted_; }

 private:
  static int choose(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr unsigned char kHttp2[] = "\x02h2";
    unsigned char* found = nullptr;
    const int result = SSL_select_next_proto(&found, size, kHttp2, 3, offered, offered_size);
    *chosen = found;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
  }

  void serve(Wire& wire) {
    const std::unique_ptr<SSL, Freed> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), wire.fd());
    if (SSL_accept(ssl.get()) != 1) return;
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl.get(), &protocol, &size);
    if (size == 0) {
      // HTTP/1.1, for a client that was told to use it.
      char bytes[4096];
      static constexpr std::string_view kReply = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nHTTP/1.1";
      if (SSL_read(ssl.get(), bytes, sizeof bytes) > 0) SSL_write(ssl.get(), kReply.data(), kReply.size());
      SSL_shutdown(ssl.get());
      return;
    }
    Http2Wire http2(ssl.get(), wire, stopping_);
    if (http2.open()) script_(http2, accepted_++);
    SSL_shutdown(ssl.get());
  }

  std::unique_ptr<SSL_CTX, Freed> context_;
  Script script_;
  std::atomic<int> accepted_{0};
  std::atomic<bool> stopping_{false};
  std::optional<ScriptedServer> server_;
};

}  // namespace wrapup::test
