#include "net/url.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(Url, GoodOnes) {
  struct Case {
    const char* text;
    const char* scheme;
    const char* host;
    int port;
    const char* target;
  };
  const Case cases[] = {
      {"https://example.com", "https", "example.com", 443, "/"},
      {"https://example.com/", "https", "example.com", 443, "/"},
      {"http://example.com/hook?a=1&b=%20", "http", "example.com", 80, "/hook?a=1&b=%20"},
      {"HTTPS://Hooks.Example.COM:8443/Case/Kept", "https", "hooks.example.com", 8443, "/Case/Kept"},
      {"https://example.com?x=1", "https", "example.com", 443, "/?x=1"},
      {"https://example.com:/x", "https", "example.com", 443, "/x"},
      {"https://example.com:1/", "https", "example.com", 1, "/"},
      {"https://example.com:65535/", "https", "example.com", 65535, "/"},
      {"https://192.0.2.7:80/a", "https", "192.0.2.7", 80, "/a"},
      {"https://[2001:DB8::1]:8080/a", "https", "2001:db8::1", 8080, "/a"},
      {"http://[::1]/", "http", "::1", 80, "/"},
      {"https://xn--bcher-kva.example/", "https", "xn--bcher-kva.example", 443, "/"},
      {"https://my_host.example./a/../b", "https", "my_host.example.", 443, "/a/../b"},
      {"https://192.0.2.7.example.com/", "https", "192.0.2.7.example.com", 443, "/"},
      {"https://192.0.2.7./", "https", "192.0.2.7.", 443, "/"},
      {"https://example.com/a?b?c/d:e@f", "https", "example.com", 443, "/a?b?c/d:e@f"},
      {"https://example.com//double?//", "https", "example.com", 443, "//double?//"},
  };
  for (const Case& c : cases) {
    const auto url = parse_url(c.text);
    ASSERT_TRUE(url) << c.text << ": " << url.error().message;
    EXPECT_EQ(url->scheme, c.scheme) << c.text;
    EXPECT_EQ(url->host, c.host) << c.text;
    EXPECT_EQ(url->port, c.port) << c.text;
    EXPECT_EQ(url->target, c.target) << c.text;
    EXPECT_EQ(url->text, c.text);
  }
}

TEST(Url, FragmentIsDropped) {
  const auto url = parse_url("https://example.com/a?b#c?d/e");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->text, "https://example.com/a?b");
  EXPECT_EQ(url->target, "/a?b");
  EXPECT_EQ(parse_url("https://example.com#x")->text, "https://example.com");
}

TEST(Url, BadOnesSayWhatIsWrong) {
  const std::pair<std::string, const char*> cases[] = {
      {"", "empty"},
      {"example.com/hook", "must begin with https://"},
      {"localhost:8080/x", "must begin with https://"},
      {"//example.com/x", "must begin with https://"},
      {"https:/example.com", "must begin with https://"},
      {"/a?u=https://example.com", "must begin with https://"},
      {"ftp://example.com/", "scheme must be https or http"},
      {"file:///etc/passwd", "scheme must be https or http"},
      {"javascript://example.com/", "scheme must be https or http"},
      {"https://", "no host"},
      {"https:///path", "no host"},
      {"https://?x", "no host"},
      {"https://:443/", "no host"},
      {"https://user:secret@example.com/", "user name or password"},
      {"https://user@example.com/", "user name or password"},
      {"https://@example.com/", "user name or password"},
      {"https://example.com:99999/", "1 to 65535"},
      {"https://example.com:65536/", "1 to 65535"},
      {"https://example.com:0/", "1 to 65535"},
      {"https://example.com:4294967739/", "1 to 65535"},
      {"https://example.com:18446744073709552059/", "1 to 65535"},
      {"https://example.com:80a/", "1 to 65535"},
      {"https://example.com:-1/", "1 to 65535"},
      {"https://exa mple.com/", "%20"},
      {" https://example.com/", "%20"},
      {"https://example.com/\n", "control character"},
      {"https://example.com/\r\nX-Evil: 1", "control character"},
      {std::string("https://example.com/\0", 21), "control character"},
      {"https://example.com/\x7f", "control character"},
      {"https://bücher.example/", "xn--"},
      {"https://example.com/é", "percent-encoded"},
      {"https://example.com\\@evil.example/", "%5C"},
      {"https://example.com/{id}", "%7B"},
      {"https://example.com/<x>", "%3C"},
      {"https://example.com/%", "two hex digits"},
      {"https://example.com/[x]", "malformed"},
      {"https://example.com/?a=%f", "two hex digits"},
      {"https://example.com/%zz", "two hex digits"},
      {"https://ex%61mple.com/", "host must be"},
      {"https://example..com/", "host must be"},
      {"https://.example.com/", "host must be"},
      {"https://./", "host must be"},
      {"https://a,b/", "host must be"},
      {"https://" + std::string(64, 'a') + ".example/", "host must be"},
      {"https://[::1/", "not an IPv6 address"},
      {"https://[::1]x/", "1 to 65535"},
      {"https://[]/", "not an IPv6 address"},
      {"https://::1/", "no host"},
      {"https://2001:db8::1/", "1 to 65535"},
      {"https://[127.0.0.1]/", "not an IPv6 address"},
      {"https://[fe80::1%25eth0]/", "not an IPv6 address"},
      {"https://[v1.x]/", "not an IPv6 address"},
      {"https://example.com/" + std::string(kMaxUrl, 'a'), "longer than 2048"},
  };
  for (const auto& [text, words] : cases) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Code::invalid) << text;
    EXPECT_EQ(url.error().name, "invalid_url") << text;
    EXPECT_NE(url.error().message.find(words), std::string::npos) << text << " got: " << url.error().message;
  }
  const std::string longest = "https://example.com/" + std::string(kMaxUrl - 20, 'a');
  EXPECT_TRUE(parse_url(longest));
}

TEST(CheckProxy, Good) {
  for (const char* good : {"http://proxy.example.com:3128", "http://10.0.0.7:8080", "HTTP://[fd12::1]:3128/",
                           "http://user:pass@proxy.example.com:3128", "http://user@proxy.example.com:3128",
                           "http://us%40er:p%3Ass@proxy.example.com:3128", "http://localhost:1"}) {
    const Status checked = check_proxy(good);
    EXPECT_TRUE(checked) << good << ": " << checked.error().message;
  }
}

TEST(CheckProxy, BadAndTheWordsKeepThePassword) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "http://"},
      {"proxy.example.com:3128", "http://"},
      {"https://proxy.example.com:3128", "http://"},
      {"socks5://proxy.example.com:1080", "http://"},
      {"http://proxy.example.com", "port"},
      {"http://user:geheim@proxy.example.com", "port"},
      {"http://proxy.example.com:", "port"},
      {"http://[fd12::1]", "port"},
      {"http://proxy.example.com:99999", "65535"},
      {"http://:3128", "host"},
      {"http://proxy.example.com:3128/path", "path"},
      {"http://proxy.example.com:3128?x=1", "path"},
      {"http://user:geheim@", "port"},
      {"http://user:ge heim@proxy.example.com:3128", "percent-encoded"},
      {"http://user:ge/heim@proxy.example.com:3128", "percent-encoded"},
      {"http://user:ge@heim@proxy.example.com:3128", "percent-encoded"},
      {"http://user:geheim%@proxy.example.com:3128", "percent-encoded"},
      {"http://user:geheim\r\n@proxy.example.com:3128", "percent-encoded"},
  };
  for (const auto& [text, words] : cases) {
    const Status checked = check_proxy(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().name, "invalid_proxy");
    EXPECT_NE(checked.error().message.find(words), std::string::npos) << text << ": " << checked.error().message;
    EXPECT_NE(checked.error().message.find("http://user:password@proxy.example.com:3128"), std::string::npos);
    EXPECT_EQ(checked.error().message.find("heim"), std::string::npos) << checked.error().message;
  }
}

}  // namespace
}  // namespace wrapup
