// Which addresses may be dialled. Judged on the address that a connection really goes to, never on the text of a URL:
// 127.1, 2130706433, 0x7f000001 and names that resolve to them are all loopback. Default-deny for everything in the
// IANA special-purpose registries (RFC 6890 and successors), and for IPv6 forms that carry an IPv4 address (mapped,
// compatible, 6to4, NAT64, Teredo).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "base/result.hpp"

namespace wrapup {

class AddressPolicy {
 public:
  /// Public addresses only.
  AddressPolicy() = default;
  /// `allowed`: CIDR blocks ("10.20.0.0/16", "::1/128") that are dialled although they are special.
  static Result<AddressPolicy> with_allowed(const std::vector<std::string>& allowed);
  /// As the default, and loopback too: for development.
  static AddressPolicy allowing_loopback();

  /// Why `address` may not be dialled ("loopback", "private", "link-local", "multicast", "metadata", …); empty when it
  /// may.
  std::string_view refusal(const boost::asio::ip::address& address) const;

 private:
  std::vector<boost::asio::ip::network_v4> allowed_v4_;
  std::vector<boost::asio::ip::network_v6> allowed_v6_;
};

/// The address that `host` spells, in any form the resolver reads without asking anyone: dotted, decimal, octal,
/// hexadecimal, short ("127.1"), IPv6; a dot may stand at the end. Nothing when it is a name.
std::optional<boost::asio::ip::address> literal_address(std::string host);

}  // namespace wrapup
