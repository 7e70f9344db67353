#include "app/listener.hpp"

#include <gtest/gtest.h>

namespace wrapup {
namespace {

std::vector<std::string> read(const std::vector<std::string>& pieces, bool* whole = nullptr) {
  EventReader reader;
  std::vector<std::string> events;
  bool fine = true;
  for (const auto& piece : pieces) {
    fine = fine && reader.read(piece, [&](EventReader::Event event) {
      events.push_back(event.id + "|" + event.type + "|" + event.data);
    });
  }
  if (whole) *whole = fine;
  return events;
}

TEST(EventReader, ReadsEventsWhereverTheBytesAreCut) {
  const std::string text =
      "id: 1\nevent: ready\ndata: {}\n\n: still here\n\nevent: inbox\r\ndata:{\"a\": \": b\"}\r\n\r\n";
  const std::vector<std::string> events{"1|ready|{}", "|inbox|{\"a\": \": b\"}"};
  EXPECT_EQ(read({text}), events);
  std::vector<std::string> bytes;
  for (const char c : text) bytes.emplace_back(1, c);
  EXPECT_EQ(read(bytes), events);
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_EQ(read({text.substr(0, cut), text.substr(cut)}), events);
}

TEST(EventReader, LeavesAnEventThatIsNotWhole) {
  EXPECT_TRUE(read({"id: 1\nevent: inbox\ndata: {}\n"}).empty());
  EXPECT_TRUE(read({"data: {}\n\n"}).empty()) << "no type";
}

TEST(EventReader, RefusesALineWithoutEnd) {
  bool whole = true;
  read({"data: " + std::string(std::size_t{17} << 20, 'x')}, &whole);
  EXPECT_FALSE(whole);
}

}  // namespace
}  // namespace wrapup
