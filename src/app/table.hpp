// A table on the terminal: aligned, never wider than it. When the room does not do, columns that can be done without
// are left out, then what is long is cut. Cells are made safe here. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/terminal.hpp"

namespace wrapup {

struct Column {
  std::string title;
  int drop = 0;           // the highest goes first when there is no room; 0: stays
  std::size_t least = 0;  // columns it takes at least
  bool inside = false;    // what is too long loses its middle, not its end
};

struct Cell {
  std::string text;
  Paint paint = Paint::none;
};

class Table {
 public:
  /// The last column takes what room is left and is the first to be cut.
  Table(std::vector<Column> columns, const Look& look);

  /// A row has a cell for each column.
  void add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  /// The rows since the last time; the first time under a heading, which fixes the widths.
  std::string take();

 private:
  void lay_out();
  std::size_t total() const;
  std::string line(const std::vector<Cell>& row) const;

  std::vector<Column> columns_;
  Look look_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> widths_;  // empty until laid out; of a dropped column 0
};

}  // namespace wrapup
