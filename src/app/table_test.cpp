#include "app/table.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "app/safe_text.hpp"

namespace wrapup {
namespace {

Look of_width(std::size_t width) {
  Look look;
  look.width = width;
  return look;
}

Table sample(const Look& look) {
  Table table({{"TIME"}, {"TRY", 2}, {"TOOK", 1}, {"ID"}, {"URL", 0, 0, true}}, look);
  table.add({{"Nov 24 12:00:00"}, {"1"}, {"3.2 ms"}, {"019a-first"}, {"https://example.com/hook/one"}});
  table.add({{"Nov 24 12:00:01"}, {"12"}, {"1.24 s"}, {"019a-second"}, {"https://example.com/x"}});
  return table;
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) widest = std::max(widest, columns_of(line));
  return widest;
}

TEST(Table, IsAlignedAndNeverCutWithoutAWidth) {
  EXPECT_EQ(sample(of_width(0)).take(),
            "TIME             TRY  TOOK    ID           URL\n"
            "Nov 24 12:00:00  1    3.2 ms  019a-first   https://example.com/hook/one\n"
            "Nov 24 12:00:01  12   1.24 s  019a-second  https://example.com/x\n");
}

TEST(Table, CutsTheLastColumnThenDropsThenCutsTheRest) {
  EXPECT_EQ(sample(of_width(60)).take(),
            "TIME             TRY  TOOK    ID           URL\n"
            "Nov 24 12:00:00  1    3.2 ms  019a-first   https://…hook/one\n"
            "Nov 24 12:00:01  12   1.24 s  019a-second  https://…le.com/x\n");
  for (std::size_t width = 20; width < 100; ++width) EXPECT_LE(widest_line(sample(of_width(width)).take()), width);
}

TEST(Table, RowsThatComeLaterKeepTheColumns) {
  Table table({{"RESULT", 0, 13}, {"ID"}}, of_width(40));
  EXPECT_EQ(table.take(), "RESULT         ID\n") << "the heading stands there while nothing has come yet";
  table.add({{"204"}, {"a"}});
  EXPECT_EQ(table.take(), "204            a\n");
  table.add({{"timeout_after"}, {"b"}});
  EXPECT_EQ(table.take(), "timeout_after  b\n");
}

TEST(Table, CellsAreSafeAndEmptyOnesAreMarked) {
  Table table({{"A"}, {"B"}}, of_width(0));
  table.add({{"x\x1b[2J\ny"}, {""}});
  EXPECT_EQ(table.take(), "A            B\nx\\x1b[2J\\ny  -\n");
}

TEST(Table, PaintDoesNotShiftColumns) {
  Look look = of_width(0);
  look.color = true;
  Table table({{"A"}, {"B"}}, look);
  table.add({{"ok", Paint::green}, {"1"}});
  table.add({{"failed", Paint::red}, {"2"}});
  EXPECT_EQ(table.take(),
            "\x1b[2mA\x1b[0m       \x1b[2mB\x1b[0m\n\x1b[32mok\x1b[0m      1\n\x1b[31mfailed\x1b[0m  2\n");
}

}  // namespace
}  // namespace wrapup
