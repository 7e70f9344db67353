#include "model/inbox.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

TEST(InboxAnswer, TakesHeadersThatReceiversSend) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Retry-After", "120"},
                                                        {"content-type", "application/json; charset=utf-8"},
                                                        {"X-Request-Id", "a b"},
                                                        {"Location", "https://example.com/"}})
    EXPECT_EQ(inbox_header_problem(name, value), "") << name;
}

TEST(InboxAnswer, RefusesWhatCouldRunOrSteer) {
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"Content-Type", "text/html"},
                                                        {"Content-Type", "application/xhtml+xml"},
                                                        {"Content-Type", "text/xml"},
                                                        {"Set-Cookie", "a=b"},
                                                        {"Access-Control-Allow-Origin", "*"},
                                                        {"X-Accel-Redirect", "/a"},
                                                        {"x-sendfile", "/a"},
                                                        {"Content-Security-Policy", "x"},
                                                        {"X-Content-Type-Options", "x"},
                                                        {"Transfer-Encoding", "chunked"},
                                                        {"Service-Worker-Allowed", "/"},
                                                        {"X-A", "b\nc"},
                                                        {"X-A", std::string("b\0c", 3)},
                                                        {"X-\r\n", "b"},
                                                        {"", "b"}})
    EXPECT_NE(inbox_header_problem(name, value), "") << name << ": " << value;
}

TEST(InboxAnswer, IsReadBackAsItWasWritten) {
  InboxAnswer answer{503, 20, {{"Retry-After", "1"}}, "later", 2};
  std::vector<FieldError> errors;
  const InboxAnswer read = read_inbox_answer(to_json(answer), "", errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(to_json(read), to_json(answer));
  EXPECT_EQ(read.times, 2);
}

}  // namespace
}  // namespace wrapup
