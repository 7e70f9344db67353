// Reads an HTTP/1.1 request into a ServerRequest, within limits. Private to http_server.cpp: the other file with Beast
// in it. A request that breaks a limit or the rules of RFC 9112 ends the parse, and refusal() says with which status
// and why.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include "net/http_server.hpp"

namespace wrapup {

namespace beast = boost::beast;
namespace http = beast::http;

/// Why a request gets no handler.
struct Refusal {
  int status = 0;
  std::string why;
};

/// Beast's parser, filling a ServerRequest without Beast's containers between.
class RequestParser final : public http::basic_parser<true> {
 public:
  explicit RequestParser(const ServerLimits& limits) : max_body_(limits.body_bytes) {
    header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    // Counted in on_header_impl and keep() instead: Beast's own limit is not applied to bodies read after their header.
    body_limit(boost::none);
    eager(true);
    request.headers.reserve(12);
  }

  ServerRequest request;
  bool expects_continue = false;
  bool head = false;  // answered as GET, without the body
  bool http_11 = true;

  /// What broke the parse that ended with `error`.
  Refusal refusal(const boost::system::error_code& error) {
    if (refusal_.status != 0) return std::move(refusal_);
    if (error == http::error::header_limit) return {431, "the headers are too large"};
    return {400, "the request is not valid HTTP: " + error.message()};
  }

 private:
  static constexpr std::size_t kMaxHeaders = 200;
  /// Room made for an announced body before its bytes have come.
  static constexpr std::size_t kMaxReserve = 256 * 1024;

  using string_view = beast::string_view;

  void refuse(int status, std::string why, boost::system::error_code& ec) {
    refusal_ = {status, std::move(why)};
    ec = http::error::bad_value;
  }

  void on_request_impl(http::verb, string_view method, string_view raw_target, int version,
                       boost::system::error_code& ec) override {
    http_11 = version == 11;
    std::string_view target{raw_target.data(), raw_target.size()};
    if (target.starts_with("http://") || target.starts_with("https://")) {  // absolute-form
      const std::size_t path = target.find('/', target.find("://") + 3);
      target = path == std::string_view::npos ? "/" : target.substr(path);
    }
    if (!target.starts_with('/') && target != "*") return refuse(400, "the request target must begin with /", ec);
    head = method == "HEAD";
    request.method = head ? "GET" : std::string(method.data(), method.size());
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = target.substr(0, mark);
    request.query = target.substr(std::min(mark + 1, target.size()));
  }

  void on_response_impl(int, string_view, int, boost::system::error_code&) override {}

  void on_field_impl(http::field field, string_view name, string_view value, boost::system::error_code& ec) override {
    if (is_header_done()) return;  // a trailer
    if (request.headers.size() == kMaxHeaders) return refuse(431, "there are too many headers", ec);
    switch (field) {
      case http::field::host: ++hosts_; break;
      case http::field::expect: expects_continue = beast::iequals(value, "100-continue"); break;
      case http::field::transfer_encoding:
        // Anything else leaves the end of the body to guesses, and a proxy may guess otherwise (RFC 9112, section 6.1).
        if (!beast::iequals(value, "chunked")) return refuse(400, "Transfer-Encoding must be chunked", ec);
        break;
      default: break;
    }
    request.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
  }

  void on_header_impl(boost::system::error_code& ec) override {
    if (http_11 ? hosts_ != 1 : hosts_ > 1) return refuse(400, "there must be one Host header", ec);
    if (chunked() && !http_11) return refuse(400, "Transfer-Encoding needs HTTP/1.1", ec);
    if (content_length().value_or(0) > max_body_) return refuse_size(ec);
    expects_continue = expects_continue && http_11;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, boost::system::error_code&) override {
    request.body.reserve(std::min<std::size_t>(length.value_or(0), kMaxReserve));
  }

  std::size_t on_body_impl(string_view bytes, boost::system::error_code& ec) override { return keep(bytes, ec); }
  void on_chunk_header_impl(std::uint64_t, string_view, boost::system::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, boost::system::error_code& ec) override {
    return keep(bytes, ec);
  }
  void on_finish_impl(boost::system::error_code&) override {}

  std::size_t keep(string_view bytes, boost::system::error_code& ec) {
    if (bytes.size() > max_body_ - request.body.size()) {
      refuse_size(ec);
      return 0;
    }
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void refuse_size(boost::system::error_code& ec) {
    refuse(413, "the body is larger than " + std::to_string(max_body_) + " bytes", ec);
  }

  std::size_t max_body_;
  int hosts_ = 0;
  Refusal refusal_;
};

}  // namespace wrapup
