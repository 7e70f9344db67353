#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "net/http_server.hpp"

namespace wrapup {

Result<std::pair<std::string, std::uint16_t>> parse_listen(std::string_view text) {
  const auto bad = [&] {
    return fail(
        Code::invalid, "invalid_listen",
        "\"" + std::string(text) + "\" is not an address to listen on; write it as 127.0.0.1:8787 or [::1]:8787");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc() || end != digits.data() + digits.size()) return bad();

  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host == "localhost" && !bracketed) return std::pair(std::string(host), port);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  if (error || address.is_v6() != bracketed) return bad();
  return std::pair(std::string(host), port);
}

}  // namespace wrapup
