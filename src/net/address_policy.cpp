#include "net/address_policy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <utility>

namespace wrapup {

namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using boost::asio::ip::make_network_v4;
using boost::asio::ip::make_network_v6;
using boost::asio::ip::network_v4;
using boost::asio::ip::network_v6;

using Range = std::pair<const char*, std::string_view>;

// The first range that holds an address names it. Metadata services of clouds stand before the ranges they lie in;
// 168.63.129.16 is a public address that only answers inside one cloud. Then the IANA registry, whole.
constexpr Range kSpecialV4[] = {
    {"169.254.169.254/32", "metadata"},  {"169.254.170.2/32", "metadata"},
    {"169.254.170.23/32", "metadata"},   {"100.100.100.200/32", "metadata"},
    {"192.0.0.192/32", "metadata"},      {"168.63.129.16/32", "metadata"},
    {"0.0.0.0/32", "unspecified"},       {"0.0.0.0/8", "this-network"},
    {"10.0.0.0/8", "private"},           {"100.64.0.0/10", "carrier-grade-nat"},
    {"127.0.0.0/8", "loopback"},         {"169.254.0.0/16", "link-local"},
    {"172.16.0.0/12", "private"},        {"192.0.0.0/24", "protocol-assignments"},
    {"192.0.2.0/24", "documentation"},   {"192.31.196.0/24", "as112"},
    {"192.52.193.0/24", "amt"},          {"192.88.99.0/24", "6to4-relay"},
    {"192.168.0.0/16", "private"},       {"192.175.48.0/24", "as112"},
    {"198.18.0.0/15", "benchmarking"},   {"198.51.100.0/24", "documentation"},
    {"203.0.113.0/24", "documentation"}, {"224.0.0.0/4", "multicast"},
    {"255.255.255.255/32", "broadcast"}, {"240.0.0.0/4", "reserved"},
};

constexpr Range kSpecialV6[] = {
    {"fd00:ec2::254/128", "metadata"},
    {"fd20:ce::254/128", "metadata"},
    {"::/128", "unspecified"},
    {"::1/128", "loopback"},
    {"::ffff:0:0/96", "mapped"},
    {"::/96", "compatible"},
    {"::ffff:0:0:0/96", "translated"},
    {"64:ff9b::/96", "nat64"},
    {"64:ff9b:1::/48", "nat64"},
    {"100::/64", "discard"},
    {"100:0:0:1::/64", "dummy"},
    {"2001::/32", "teredo"},
    {"2001:2::/48", "benchmarking"},
    {"2001:3::/32", "amt"},
    {"2001:4:112::/48", "as112"},
    {"2001:10::/28", "orchid"},
    {"2001:20::/28", "orchid"},
    {"2001:30::/28", "drone-remote-id"},
    {"2001::/23", "protocol-assignments"},
    {"2001:db8::/32", "documentation"},
    {"2002::/16", "6to4"},
    {"2620:4f:8000::/48", "as112"},
    {"3fff::/20", "documentation"},
    {"5f00::/16", "segment-routing"},
    {"fc00::/7", "unique-local"},
    {"fe80::/10", "link-local"},
    {"fec0::/10", "site-local"},
    {"ff00::/8", "multicast"},
};

/// All that is assigned as global unicast (RFC 4291, section 2.4); the rest of the space is nobody's.
constexpr const char* kGlobalUnicast = "2000::/3";

bool holds(const network_v4& network, const address_v4& address) {
  const auto mask = network.netmask().to_uint();
  return (address.to_uint() & mask) == (network.address().to_uint() & mask);
}

bool holds(const network_v6& network, const address_v6& address) {
  const auto prefix = network.address().to_bytes();
  const auto bytes = address.to_bytes();
  const auto whole = static_cast<std::size_t>(network.prefix_length() / 8);
  const int rest = network.prefix_length() % 8;
  for (std::size_t i = 0; i < whole; ++i) {
    if (prefix[i] != bytes[i]) return false;
  }
  return rest == 0 || ((prefix[whole] ^ bytes[whole]) >> (8 - rest)) == 0;
}

template <class Networks, class Address>
bool any_holds(const Networks& networks, const Address& address) {
  return std::ranges::any_of(networks, [&](const auto& network) { return holds(network, address); });
}

std::string_view special(const address_v4& address) {
  static const auto table = [] {
    std::vector<std::pair<network_v4, std::string_view>> networks;
    for (const auto& [text, name] : kSpecialV4) networks.emplace_back(make_network_v4(text), name);
    return networks;
  }();
  for (const auto& [network, name] : table) {
    if (holds(network, address)) return name;
  }
  return {};
}

std::string_view special(const address_v6& address) {
  static const auto table = [] {
    std::vector<std::pair<network_v6, std::string_view>> networks;
    for (const auto& [text, name] : kSpecialV6) networks.emplace_back(make_network_v6(text), name);
    return networks;
  }();
  static const network_v6 global = make_network_v6(kGlobalUnicast);
  for (const auto& [network, name] : table) {
    if (holds(network, address)) return name;
  }
  return holds(global, address) ? std::string_view{} : "reserved";
}

/// The IPv4 address that an address of that kind stands for, at its place in the 16 bytes.
std::optional<address_v4> carried(const address_v6& address, std::string_view kind) {
  const auto b = address.to_bytes();
  const auto at = [&](std::size_t i) { return address_v4({b[i], b[i + 1], b[i + 2], b[i + 3]}); };
  if (kind == "6to4") return at(2);
  if (kind == "teredo") {
    // The client's address is stored inverted (RFC 4380, section 4).
    return address_v4(~at(12).to_uint());
  }
  const bool last = kind == "mapped" || kind == "compatible" || kind == "translated" || (kind == "nat64" && b[5] == 0);
  if (last) return at(12);
  return std::nullopt;
}

}  // namespace

Result<AddressPolicy> AddressPolicy::with_allowed(const std::vector<std::string>& allowed) {
  AddressPolicy policy;
  for (const std::string& text : allowed) {
    boost::system::error_code v4_error;
    boost::system::error_code v6_error;
    const bool single = text.find('/') == std::string::npos;
    const auto v4 = make_network_v4(single ? text + "/32" : text, v4_error);
    if (!v4_error) {
      policy.allowed_v4_.push_back(v4);
      continue;
    }
    const auto v6 = make_network_v6(single ? text + "/128" : text, v6_error);
    if (v6_error) {
      return fail(Code::invalid, "invalid_network",
                  "\"" + text + "\" is not a network; write it as 10.20.0.0/16 or fd12:3456::/32");
    }
    policy.allowed_v6_.push_back(v6);
  }
  return policy;
}

AddressPolicy AddressPolicy::allowing_loopback() {
  AddressPolicy policy;
  policy.allowed_v4_.push_back(make_network_v4("127.0.0.0/8"));
  policy.allowed_v6_.push_back(make_network_v6("::1/128"));
  return policy;
}

std::string_view AddressPolicy::refusal(const address& address) const {
  if (address.is_v4()) {
    return any_holds(allowed_v4_, address.to_v4()) ? std::string_view{} : special(address.to_v4());
  }
  const address_v6 v6 = address.to_v6();
  const std::string_view kind = special(v6);
  if (kind.empty()) return {};
  // To allow a form that carries IPv4 is not to allow every address inside it.
  if (const auto v4 = carried(v6, kind)) {
    const std::string_view inner = refusal(*v4);
    if (!inner.empty()) return inner;
  }
  return any_holds(allowed_v6_, v6) ? std::string_view{} : kind;
}

std::optional<boost::asio::ip::address> literal_address(std::string host) {
  // A name may end in the dot of the root; whoever strips it, such as a proxy, finds the address.
  if (host.ends_with('.')) host.pop_back();
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  if (found->ai_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(found->ai_addr);
    return boost::asio::ip::address_v4(ntohl(v4->sin_addr.s_addr));
  }
  boost::asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6*>(found->ai_addr)->sin6_addr, bytes.size());
  return boost::asio::ip::address_v6(bytes);
}

}  // namespace wrapup
