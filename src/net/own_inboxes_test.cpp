#include "net/own_inboxes.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

const std::string kToken = "0123456789abcdef0123456789abcdef";

std::string dialled(const OwnInboxes& own, const std::string& url) {
  const auto dial = own.dial(url);
  return dial ? dial->url + " at " + dial->address : "not ours";
}

OwnInboxes listening_on(const std::string& host, const std::string& public_url = "") {
  OwnInboxes own(public_url);
  own.listening(host, 8787);
  return own;
}

TEST(OwnInboxes, AreReachedAtTheAddressThatIsListenedOn) {
  const auto own = listening_on("127.0.0.1");
  const std::string at = "http://127.0.0.1:8787/in/" + kToken;
  EXPECT_EQ(own.url_of(kToken), at);
  EXPECT_EQ(dialled(own, at), at + " at 127.0.0.1:8787");
  EXPECT_EQ(dialled(own, "http://localhost:8787/in/" + kToken + "/a/b?c=/../d"), at + "/a/b?c=/../d at 127.0.0.1:8787");
  EXPECT_EQ(dialled(listening_on("0.0.0.0"), at), at + " at 127.0.0.1:8787");
  EXPECT_EQ(dialled(listening_on("::1"), "http://[::1]:8787/in/" + kToken),
            "http://[::1]:8787/in/" + kToken + " at [::1]:8787");
  EXPECT_EQ(dialled(listening_on("198.51.100.7"), "http://198.51.100.7:8787/in/" + kToken),
            "http://198.51.100.7:8787/in/" + kToken + " at 198.51.100.7:8787");
}

TEST(OwnInboxes, AreReachedByThePublicUrlWithoutGoingOut) {
  const auto own = listening_on("127.0.0.1", "https://calls.example.com/wrapup");
  EXPECT_EQ(own.url_of(kToken), "https://calls.example.com/wrapup/in/" + kToken);
  EXPECT_EQ(dialled(own, "https://calls.example.com/wrapup/in/" + kToken + "/x"),
            "http://127.0.0.1:8787/in/" + kToken + "/x at 127.0.0.1:8787");
  for (const char* other : {"http://calls.example.com/wrapup/in/", "https://calls.example.com:444/wrapup/in/",
                            "https://calls.example.com/in/", "https://calls.example.com/wrapupx/in/",
                            "https://calls.example.com.example.net/wrapup/in/", "https://example.com/wrapup/in/"}) {
    EXPECT_EQ(dialled(own, other + kToken), "not ours") << other;
  }
}

TEST(OwnInboxes, AreNoWayToAnythingElse) {
  const auto own = listening_on("127.0.0.1");
  const std::string at = "http://127.0.0.1:8787/in/" + kToken;
  for (const std::string& url : {std::string("http://127.0.0.1:8787/metrics"),
                                 std::string("http://127.0.0.1:8787/in/"),
                                 std::string("http://127.0.0.1:8787/in/short"),
                                 std::string("http://127.0.0.1:8788/in/") + kToken,
                                 std::string("http://127.0.0.2:8787/in/") + kToken,
                                 std::string("http://127.1:8787/in/") + kToken,
                                 std::string("https://127.0.0.1:8787/in/") + kToken,
                                 std::string("http://169.254.169.254:8787/in/") + kToken,
                                 std::string("http://127.0.0.1:8787/x/in/") + kToken,
                                 std::string("http://127.0.0.1:8787//in/") + kToken,
                                 std::string("http://127.0.0.1:8787/IN/") + kToken,
                                 at + "x",
                                 at + "/../../v2/calls",
                                 at + "/%2e%2E/x",
                                 at + "/.%2e",
                                 at + "/a%2f..%2fb",
                                 at + "/..",
                                 at + "/./x",
                                 at + "/a%5c..%5cb",
                                 std::string("http://user@127.0.0.1:8787/in/") + kToken,
                                 std::string("http://127.0.0.1:8787/metrics?/in/") + kToken}) {
    EXPECT_EQ(dialled(own, url), "not ours") << url;
  }
  EXPECT_EQ(dialled(listening_on("198.51.100.7"), at), "not ours");
  EXPECT_EQ(dialled(OwnInboxes(""), at), "not ours") << "nothing is listened on yet";
}

}  // namespace
}  // namespace wrapup
