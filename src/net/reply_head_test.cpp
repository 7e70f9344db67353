#include "net/reply_head.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(ReplyHead, DatesAreImfFixdates) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(http_date(1709251199), "Thu, 29 Feb 2024 23:59:59 GMT");
}

TEST(ReplyHead, Lines) {
  ServerReply reply;
  reply.status = 429;
  reply.body = "{}";
  reply.headers = {{"Retry-After", "7"}};
  std::string out;
  append_reply_head(out, reply, "D", "close");
  EXPECT_EQ(out,
            "HTTP/1.1 429 Too Many Requests\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "Retry-After: 7\r\nConnection: close\r\n\r\n");

  reply.headers = {{"content-type", "text/html"}};
  reply.status = 299;
  out.clear();
  append_reply_head(out, reply, "D", "");
  EXPECT_EQ(out, "HTTP/1.1 299 \r\nDate: D\r\nContent-Length: 2\r\ncontent-type: text/html\r\n\r\n")
      << "the handler's own content type wins";
}

}  // namespace
}  // namespace wrapup
