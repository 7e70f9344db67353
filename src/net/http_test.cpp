#include "net/http.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(Http, FindsHeadersWithoutCase) {
  const Headers headers = {{"Content-Type", "a"}, {"X-One", "1"}, {"x-one", "2"}};
  ASSERT_NE(find_header(headers, "content-TYPE"), nullptr);
  EXPECT_EQ(*find_header(headers, "content-TYPE"), "a");
  EXPECT_EQ(*find_header(headers, "X-ONE"), "1") << "the first one counts";
  EXPECT_EQ(find_header(headers, "X-On"), nullptr);
  EXPECT_EQ(find_header(headers, ""), nullptr);
}

TEST(Http, PercentDecoding) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%2f%C3%A9", false), "a b/c/é");
  EXPECT_EQ(percent_decode("a+b", false), "a+b");
  EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
  EXPECT_EQ(percent_decode("%00", false), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("", false), "");
  for (const char* broken : {"%", "%2", "a%", "%zz", "%2g", "%g2", "%%20", "%+1"}) {
    EXPECT_EQ(percent_decode(broken, false), std::nullopt) << broken;
  }
}

TEST(Http, PercentEncodingKeepsOnlyUnreserved) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("+1 555/é?&="), "%2B1%20555%2F%C3%A9%3F%26%3D");
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(percent_decode(percent_encode(all), false), all);
}

TEST(Http, QueriesKeepOrderAndRepeats) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(parse_query("b=2&a=1&b=3"), (Pairs{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(parse_query("a&b=&=c&&d=x=y&"), (Pairs{{"a", ""}, {"b", ""}, {"", "c"}, {"d", "x=y"}}));
  EXPECT_EQ(parse_query("lead%20name=J%C3%B6rg+M%26M"), (Pairs{{"lead name", "Jörg M&M"}}));
  EXPECT_EQ(parse_query(""), Pairs{});
  EXPECT_EQ(parse_query("a=1&b=%4"), std::nullopt);
}

}  // namespace
}  // namespace wrapup
