#include "net/address_policy.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace wrapup {
namespace {

std::string refusal(const AddressPolicy& policy, const std::string& address) {
  return std::string(policy.refusal(boost::asio::ip::make_address(address)));
}

struct Case {
  const char* address;
  const char* refusal;
};

TEST(AddressPolicy, Ipv4RangesAndTheirNeighbours) {
  const Case cases[] = {
      {"0.0.0.0", "unspecified"},
      {"0.0.0.1", "this-network"},
      {"0.255.255.255", "this-network"},
      {"1.0.0.0", ""},
      {"9.255.255.255", ""},
      {"10.0.0.0", "private"},
      {"10.255.255.255", "private"},
      {"11.0.0.0", ""},
      {"100.63.255.255", ""},
      {"100.64.0.0", "carrier-grade-nat"},
      {"100.100.100.200", "metadata"},
      {"100.127.255.255", "carrier-grade-nat"},
      {"100.128.0.0", ""},
      {"126.255.255.255", ""},
      {"127.0.0.0", "loopback"},
      {"127.0.0.1", "loopback"},
      {"127.255.255.255", "loopback"},
      {"128.0.0.0", ""},
      {"168.63.129.15", ""},
      {"168.63.129.16", "metadata"},
      {"169.253.255.255", ""},
      {"169.254.0.0", "link-local"},
      {"169.254.169.254", "metadata"},
      {"169.254.170.2", "metadata"},
      {"169.254.255.255", "link-local"},
      {"169.255.0.0", ""},
      {"172.15.255.255", ""},
      {"172.16.0.0", "private"},
      {"172.31.255.255", "private"},
      {"172.32.0.0", ""},
      {"191.255.255.255", ""},
      {"192.0.0.0", "protocol-assignments"},
      {"192.0.0.192", "metadata"},
      {"192.0.0.255", "protocol-assignments"},
      {"192.0.1.0", ""},
      {"192.0.1.255", ""},
      {"192.0.2.0", "documentation"},
      {"192.0.2.255", "documentation"},
      {"192.0.3.0", ""},
      {"192.31.195.255", ""},
      {"192.31.196.0", "as112"},
      {"192.31.197.0", ""},
      {"192.52.192.255", ""},
      {"192.52.193.0", "amt"},
      {"192.52.194.0", ""},
      {"192.88.98.255", ""},
      {"192.88.99.2", "6to4-relay"},
      {"192.88.100.0", ""},
      {"192.167.255.255", ""},
      {"192.168.0.0", "private"},
      {"192.168.255.255", "private"},
      {"192.169.0.0", ""},
      {"192.175.47.255", ""},
      {"192.175.48.1", "as112"},
      {"192.175.49.0", ""},
      {"198.17.255.255", ""},
      {"198.18.0.0", "benchmarking"},
      {"198.19.255.255", "benchmarking"},
      {"198.20.0.0", ""},
      {"198.51.99.255", ""},
      {"198.51.100.0", "documentation"},
      {"198.51.101.0", ""},
      {"203.0.112.255", ""},
      {"203.0.113.255", "documentation"},
      {"203.0.114.0", ""},
      {"223.255.255.255", ""},
      {"224.0.0.0", "multicast"},
      {"239.255.255.255", "multicast"},
      {"240.0.0.0", "reserved"},
      {"255.255.255.254", "reserved"},
      {"255.255.255.255", "broadcast"},
  };
  const AddressPolicy policy;
  for (const Case& c : cases) EXPECT_EQ(refusal(policy, c.address), c.refusal) << c.address;
}

TEST(AddressPolicy, Ipv6RangesAndTheirNeighbours) {
  const Case cases[] = {
      {"::", "unspecified"},
      {"::1", "loopback"},
      {"::2", "this-network"},  // carries 0.0.0.2
      {"64:ff9b:2::1", "reserved"},
      {"64:ff9b:1::1", "nat64"},
      {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "nat64"},
      {"64:ff9b:0:1::1", "reserved"},
      {"100::1", "discard"},
      {"100::ffff:ffff:ffff:ffff", "discard"},
      {"100:0:0:1::1", "dummy"},
      {"100:0:0:2::1", "reserved"},
      {"1fff:ffff::1", "reserved"},
      {"2000::1", ""},
      {"2000:ffff::1", ""},
      {"2001:1::1", "protocol-assignments"},
      {"2001:2::1", "benchmarking"},
      {"2001:2:1::1", "protocol-assignments"},
      {"2001:3::1", "amt"},
      {"2001:4:112::1", "as112"},
      {"2001:10::1", "orchid"},
      {"2001:2f:ffff::1", "orchid"},
      {"2001:30::1", "drone-remote-id"},
      {"2001:1ff:ffff::1", "protocol-assignments"},
      {"2001:200::1", ""},
      {"2001:db7:ffff::1", ""},
      {"2001:db8::1", "documentation"},
      {"2001:db8:ffff:ffff::1", "documentation"},
      {"2001:db9::1", ""},
      {"2003::1", ""},
      {"2606:4700:4700::1111", ""},
      {"2620:4f:7fff::1", ""},
      {"2620:4f:8000::1", "as112"},
      {"2620:4f:8001::1", ""},
      {"3ffe:ffff::1", ""},
      {"3fff::1", "documentation"},
      {"3fff:fff:ffff::1", "documentation"},
      {"3fff:1000::1", ""},
      {"4000::1", "reserved"},
      {"5f00::1", "segment-routing"},
      {"fbff::1", "reserved"},
      {"fc00::1", "unique-local"},
      {"fd12:3456::1", "unique-local"},
      {"fd00:ec2::254", "metadata"},
      {"fdff:ffff::1", "unique-local"},
      {"fe00::1", "reserved"},
      {"fe80::1", "link-local"},
      {"febf:ffff::1", "link-local"},
      {"fec0::1", "site-local"},
      {"feff:ffff::1", "site-local"},
      {"ff00::1", "multicast"},
      {"ff02::1", "multicast"},
      {"ffff::1", "multicast"},
  };
  const AddressPolicy policy;
  for (const Case& c : cases) EXPECT_EQ(refusal(policy, c.address), c.refusal) << c.address;
  EXPECT_EQ(policy.refusal(boost::asio::ip::make_address("fe80::1%1")), "link-local");
}

/// The blocks that are not for everybody, as the registries have them (IANA IPv4 and IPv6 Special-Purpose Address
/// Registry, and the multicast, site-local and unassigned space beside them).
constexpr const char* kBlocksV4[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",     "169.254.0.0/16",
    "172.16.0.0/12",   "192.0.0.0/24",   "192.0.0.0/29",   "192.0.0.8/32",    "192.0.0.9/32",
    "192.0.0.10/32",   "192.0.0.170/32", "192.0.0.171/32", "192.0.2.0/24",    "192.31.196.0/24",
    "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",     "255.255.255.255/32",
};
constexpr const char* kBlocksV6[] = {
    "::/128",         "::1/128",     "::ffff:0:0/96",     "64:ff9b::/96",  "64:ff9b:1::/48", "100::/64",
    "100:0:0:1::/64", "2001::/23",   "2001::/32",         "2001:1::1/128", "2001:1::2/128",  "2001:1::3/128",
    "2001:2::/48",    "2001:3::/32", "2001:4:112::/48",   "2001:10::/28",  "2001:20::/28",   "2001:30::/28",
    "2001:db8::/32",  "2002::/16",   "2620:4f:8000::/48", "3fff::/20",     "5f00::/16",      "fc00::/7",
    "fe80::/10",      "fec0::/10",   "ff00::/8",          "::/3",          "4000::/2",       "8000::/1",
};

using Bytes = std::vector<unsigned char>;

struct Block {
  Bytes first;
  Bytes last;
};

Bytes bytes_of(const std::string& text) {
  const auto address = boost::asio::ip::make_address(text);
  const auto copy = [](const auto& array) { return Bytes(array.begin(), array.end()); };
  return address.is_v4() ? copy(address.to_v4().to_bytes()) : copy(address.to_v6().to_bytes());
}

boost::asio::ip::address address_of(const Bytes& bytes) {
  if (bytes.size() == 4) return boost::asio::ip::address_v4({bytes[0], bytes[1], bytes[2], bytes[3]});
  boost::asio::ip::address_v6::bytes_type array;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return boost::asio::ip::address_v6(array);
}

Block block(const std::string& text) {
  const std::size_t slash = text.find('/');
  Block made{bytes_of(text.substr(0, slash)), {}};
  made.last = made.first;
  for (std::size_t bit = std::stoul(text.substr(slash + 1)); bit < made.first.size() * 8; ++bit) {
    made.last[bit / 8] |= static_cast<unsigned char>(0x80 >> bit % 8);
  }
  return made;
}

/// The next address up or down; nothing at either end of the space.
std::optional<Bytes> step(Bytes bytes, int by) {
  for (std::size_t i = bytes.size(); i-- > 0;) {
    const unsigned char before = bytes[i];
    bytes[i] = static_cast<unsigned char>(before + by);
    if (before != (by > 0 ? 0xFF : 0x00)) return bytes;
  }
  return std::nullopt;
}

template <std::size_t N>
void check_edges(const char* const (&texts)[N], const std::vector<std::string>& elsewhere) {
  std::vector<Block> blocks;
  for (const char* text : texts) blocks.push_back(block(text));
  for (const std::string& text : elsewhere) blocks.push_back(block(text));
  const auto special = [&](const Bytes& bytes) {
    return std::ranges::any_of(blocks, [&](const Block& b) { return b.first <= bytes && bytes <= b.last; });
  };
  const AddressPolicy policy;
  std::size_t allowed = 0;
  for (const Block& b : blocks) {
    for (const auto& bytes : {std::optional(b.first), std::optional(b.last), step(b.first, -1), step(b.last, +1)}) {
      if (!bytes) continue;
      const auto address = address_of(*bytes);
      EXPECT_EQ(policy.refusal(address).empty(), !special(*bytes)) << address << " " << policy.refusal(address);
      if (!special(*bytes)) ++allowed;
    }
  }
  EXPECT_GT(allowed, blocks.size() / 3) << "that neighbours are allowed was looked at, too";
}

TEST(AddressPolicy, EveryBlockOfTheRegistriesFromItsFirstAddressToItsLast) {
  check_edges(kBlocksV4, {"168.63.129.16/32"});
  check_edges(kBlocksV6, {});
}

TEST(AddressPolicy, FormsThatCarryIpv4) {
  const Case cases[] = {
      {"::ffff:127.0.0.1", "loopback"},
      {"::ffff:10.1.2.3", "private"},
      {"::ffff:169.254.169.254", "metadata"},
      {"::ffff:8.8.8.8", "mapped"},
      {"::127.0.0.1", "loopback"},
      {"::8.8.8.8", "compatible"},
      {"::ffff:0:127.0.0.1", "loopback"},
      {"::ffff:0:8.8.8.8", "translated"},
      {"64:ff9b::127.0.0.1", "loopback"},
      {"64:ff9b::169.254.169.254", "metadata"},
      {"64:ff9b::8.8.8.8", "nat64"},
      {"2002:7f00:1::1", "loopback"},
      {"2002:c0a8:101::1", "private"},
      {"2002:808:808::1", "6to4"},
      {"2001:0:4136:e378:8000:63bf:80ff:fffe", "loopback"},  // the client is 127.0.0.1, inverted
      {"2001:0:4136:e378:8000:63bf:f7f7:f7f7", "teredo"},
  };
  const AddressPolicy policy;
  for (const Case& c : cases) EXPECT_EQ(refusal(policy, c.address), c.refusal) << c.address;
}

TEST(AddressPolicy, AllowedNetworks) {
  const auto policy =
      AddressPolicy::with_allowed({"10.20.0.0/16", "192.168.1.7", "fd12:3456::/32", "64:ff9b::/96", "64:ff9b:1::/48"});
  ASSERT_TRUE(policy) << policy.error().message;
  EXPECT_EQ(refusal(*policy, "10.20.0.1"), "");
  EXPECT_EQ(refusal(*policy, "10.20.255.255"), "");
  EXPECT_EQ(refusal(*policy, "10.21.0.0"), "private");
  EXPECT_EQ(refusal(*policy, "10.19.255.255"), "private");
  EXPECT_EQ(refusal(*policy, "192.168.1.7"), "");
  EXPECT_EQ(refusal(*policy, "192.168.1.8"), "private");
  EXPECT_EQ(refusal(*policy, "fd12:3456:1::1"), "");
  EXPECT_EQ(refusal(*policy, "fd12:3457::1"), "unique-local");
  EXPECT_EQ(refusal(*policy, "127.0.0.1"), "loopback");
  EXPECT_EQ(refusal(*policy, "64:ff9b::8.8.8.8"), "") << "an IPv6-only host behind NAT64";
  EXPECT_EQ(refusal(*policy, "64:ff9b::169.254.169.254"), "metadata")
      << "allowing the form does not allow what it carries";
  EXPECT_EQ(refusal(*policy, "64:ff9b::10.20.0.1"), "");
  EXPECT_EQ(refusal(*policy, "64:ff9b:1::1"), "");
  EXPECT_EQ(refusal(*policy, "::ffff:10.20.0.1"), "mapped");
}

TEST(AddressPolicy, LoopbackForDevelopment) {
  const AddressPolicy policy = AddressPolicy::allowing_loopback();
  EXPECT_EQ(refusal(policy, "127.0.0.1"), "");
  EXPECT_EQ(refusal(policy, "127.9.9.9"), "");
  EXPECT_EQ(refusal(policy, "::1"), "");
  EXPECT_EQ(refusal(policy, "10.0.0.1"), "private");
  EXPECT_EQ(refusal(policy, "169.254.169.254"), "metadata");
}

TEST(AddressPolicy, BadNetworksAreNamed) {
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0/8", "::/129", "example.com", "10.0.0.0/", "/8", "10.0.0.0/-1"}) {
    const auto policy = AddressPolicy::with_allowed({"10.0.0.0/8", bad});
    ASSERT_FALSE(policy) << bad;
    EXPECT_EQ(policy.error().code, Code::invalid);
    EXPECT_NE(policy.error().message.find("\"" + std::string(bad) + "\""), std::string::npos) << policy.error().message;
  }
}

}  // namespace
}  // namespace wrapup

namespace wrapup {
namespace {

TEST(LiteralAddress, ReadsEverySpellingAndNoNames) {
  for (const char* host : {"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1"}) {
    const auto address = literal_address(host);
    ASSERT_TRUE(address) << host;
    EXPECT_EQ(address->to_string(), "127.0.0.1") << host;
  }
  EXPECT_EQ(literal_address("::1")->to_string(), "::1");
  EXPECT_EQ(literal_address("127.1.")->to_string(), "127.0.0.1");
  EXPECT_FALSE(literal_address("localhost"));
  EXPECT_FALSE(literal_address("example.com"));
}

}  // namespace
}  // namespace wrapup
