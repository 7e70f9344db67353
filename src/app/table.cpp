#include "app/table.hpp"

#include <algorithm>

#include "app/safe_text.hpp"

namespace wrapup {

namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kLeastOfLast = 12;  // before other columns give way
constexpr std::size_t kLeast = 4;

}  // namespace

Table::Table(std::vector<Column> columns, const Look& look) : columns_(std::move(columns)), look_(look) {}

void Table::add(std::vector<Cell> row) {
  row.resize(columns_.size());
  for (Cell& cell : row) cell.text = cell.text.empty() ? "-" : safe_line(cell.text);
  rows_.push_back(std::move(row));
}

std::size_t Table::total() const {
  std::size_t sum = 0;
  for (const std::size_t width : widths_) sum += width == 0 ? 0 : width + (sum == 0 ? 0 : kGap);
  return sum;
}

void Table::lay_out() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    std::size_t width = std::max(columns_[i].title.size(), columns_[i].least);
    for (const auto& row : rows_) width = std::max(width, columns_of(row[i].text));
    widths_.push_back(width);
  }
  if (look_.width == 0) return;
  std::size_t& last = widths_.back();
  const std::size_t wanted = last;
  last = std::min(wanted, kLeastOfLast);
  while (total() > look_.width) {
    const auto next = std::ranges::max_element(columns_, {}, &Column::drop);
    if (next->drop == 0) break;
    widths_[static_cast<std::size_t>(next - columns_.begin())] = 0;
    next->drop = 0;
  }
  while (total() > look_.width && last > kLeast) --last;
  while (total() > look_.width) {
    auto widest = std::ranges::max_element(widths_);
    if (*widest <= kLeast) break;
    --*widest;
  }
  // A table that is added to keeps the room for longer values to come.
  if (total() < look_.width) last += look_.width - total();
}

std::string Table::line(const std::vector<Cell>& row) const {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (widths_[i] == 0) continue;
    if (!out.empty()) out.append(kGap, ' ');
    std::string text = row[i].text;
    if (look_.width > 0) text = columns_[i].inside ? shortened_inside(text, widths_[i]) : shortened(text, widths_[i]);
    out += painted(look_.color, row[i].paint, text);
    const std::size_t taken = columns_of(text);
    if (i + 1 < row.size() && taken < widths_[i]) out.append(widths_[i] - taken, ' ');
  }
  return out + "\n";
}

std::string Table::take() {
  std::string out;
  if (widths_.empty()) {
    lay_out();
    std::vector<Cell> titles;
    for (const Column& column : columns_) titles.push_back({column.title, Paint::dim});
    out += line(titles);
  }
  for (const auto& row : rows_) out += line(row);
  rows_.clear();
  return out;
}

}  // namespace wrapup
