#include "storage/table_rows.hpp"

#include <utility>

namespace wrapup {

namespace {

constexpr std::int64_t kPageRows = 4000;
constexpr std::int64_t kKnownRows = 1000;  // of what is there, looked at together
constexpr std::int64_t kBatchRows = 2000;
constexpr std::size_t kBatchBytes = 4u << 20;

void take_cells(const TableShape& table, const sql::Row& row, RowValues& cells) {
  cells.resize(table.columns.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const int column = static_cast<int>(i);
    cells[i] = {row.is_null(column), 0, {}};
    if (cells[i].null) continue;
    if (table.columns[i].kind == ColumnKind::integer) {
      cells[i].number = row.integer(column);
    } else {
      cells[i].text = row.text(column);
    }
  }
}

sql::Param param_of(ColumnKind kind, const RowValue& cell) {
  if (cell.null) return nullptr;
  if (kind == ColumnKind::integer) return cell.number;
  if (kind == ColumnKind::bytes) return sql::Blob{cell.text};
  return cell.text;
}

std::vector<sql::Param> params_of(const TableShape& table, const RowKey& key) {
  std::vector<sql::Param> params;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool number = table.columns[table.key[i]].kind == ColumnKind::integer;
    params.push_back(number ? sql::Param(key[i].number) : sql::Param(key[i].text));
  }
  return params;
}

std::string placeholders(std::size_t count) {
  std::string out;
  for (std::size_t i = 1; i <= count; ++i) out += (i == 1 ? "$" : ", $") + std::to_string(i);
  return out;
}

std::string page_sql(const TableShape& table, bool first, std::int64_t rows) {
  const std::string key = table.key_names();
  return "SELECT " + table.column_names() + " FROM " + table.name +
         (first ? "" : " WHERE (" + key + ") > (" + placeholders(table.key.size()) + ")") + " ORDER BY " + key +
         " LIMIT " + std::to_string(rows);
}

}  // namespace

Status read_rows(sql::Connection& db, const TableShape& table, std::optional<RowKey> after,
                 const std::function<Status(const RowValues&)>& each) {
  RowValues cells;
  while (true) {
    std::int64_t rows = 0;
    RowKey last;
    Status wrong;
    const auto params = after ? params_of(table, *after) : std::vector<sql::Param>();
    auto read = db.stream(page_sql(table, !after, kPageRows), params.data(), params.size(), [&](const sql::Row& row) {
      if (!wrong) return;
      take_cells(table, row, cells);
      if (++rows == kPageRows) last = key_of(table, cells);
      wrong = each(cells);
    });
    if (!wrong) return wrong;
    if (!read) return read;
    if (rows < kPageRows) return {};
    after = std::move(last);
  }
}

Result<std::optional<RowKey>> last_key(sql::Connection& db, const TableShape& table) {
  std::string descending;
  for (const auto position : table.key)
    descending += (descending.empty() ? "" : ", ") + table.columns[position].name + " DESC";
  std::optional<RowKey> last;
  RowValues cells;
  auto read = db.run("SELECT " + table.column_names() + " FROM " + table.name + " ORDER BY " + descending + " LIMIT 1",
                     {}, [&](const sql::Row& row) {
                       take_cells(table, row, cells);
                       last = key_of(table, cells);
                     });
  if (!read) return fail(std::move(read.error()));
  return last;
}

Result<std::int64_t> count_rows(sql::Connection& db, const TableShape& table) {
  std::int64_t count = 0;
  auto read = db.run("SELECT count(*) FROM " + table.name, {}, [&](const sql::Row& row) { count = row.integer(0); });
  if (!read) return fail(std::move(read.error()));
  return count;
}

TableWriter::TableWriter(sql::Connection& db, const TableShape& table)
    : db_(db),
      table_(table),
      insert_sql_("INSERT INTO " + table.name + " (" + table.column_names() + ") VALUES (" +
                  placeholders(table.columns.size()) + ")"),
      page_sql_(page_sql(table, false, kKnownRows)),
      first_page_sql_(page_sql(table, true, kKnownRows)) {}

Status TableWriter::open() {
  auto last = last_key(db_, table_);
  if (!last) return fail(std::move(last.error()));
  last_ = std::move(*last);
  return {};
}

Status TableWriter::put(const RowValues& cells) {
  if (last_) {
    auto there = is_there(cells);
    if (!there) return fail(std::move(there.error()));
    if (*there) return {};
  }
  return insert(cells);
}

Result<bool> TableWriter::is_there(const RowValues& cells) {
  const RowKey key = key_of(table_, cells);
  if (compare_keys(key, *last_) > 0) return false;
  if (next_ == known_.size() && !known_all_) {
    if (auto looked = look_ahead(); !looked) return fail(std::move(looked.error()));
  }
  if (next_ == known_.size()) return false;
  const int order = compare_keys(key, known_[next_].key);
  if (order < 0) return false;
  if (order > 0) {
    return fail(Code::conflict, "rows_left_over",
                shown_key(table_, known_[next_].key) + " is here and not where the data comes from");
  }
  if (known_[next_].digest != digest_of(table_, cells)) {
    return fail(Code::conflict, "row_differs", shown_key(table_, key) + " is here already, and differs");
  }
  ++next_;
  return true;
}

Status TableWriter::look_ahead() {
  const RowKey after = known_.empty() ? RowKey() : known_.back().key;
  const auto params = params_of(table_, after);
  known_.clear();
  next_ = 0;
  RowValues cells;
  auto read = db_.stream(looked_ ? page_sql_ : first_page_sql_, params.data(), params.size(), [&](const sql::Row& row) {
    take_cells(table_, row, cells);
    RowKey key = key_of(table_, cells);
    if (compare_keys(key, *last_) > 0) return;  // put since
    known_.push_back({std::move(key), digest_of(table_, cells)});
  });
  looked_ = true;
  known_all_ = static_cast<std::int64_t>(known_.size()) < kKnownRows;
  return read;
}

Status TableWriter::insert(const RowValues& cells) {
  if (!std::exchange(open_, true)) {
    if (auto begun = db_.begin(); !begun) return begun;
  }
  std::vector<sql::Param> params;
  params.reserve(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    params.push_back(param_of(table_.columns[i].kind, cells[i]));
    batch_bytes_ += cells[i].text.size();
  }
  if (auto sent = db_.send(insert_sql_, params.data(), params.size()); !sent) return sent;
  ++stored_;
  if (++batch_rows_ < kBatchRows && batch_bytes_ < kBatchBytes) return {};
  return commit();
}

Status TableWriter::commit() {
  batch_rows_ = 0;
  batch_bytes_ = 0;
  if (!std::exchange(open_, false)) return {};
  auto done = db_.run("COMMIT");
  if (done) return {};
  Error problem = std::move(done.error());
  (void)db_.run("ROLLBACK");
  problem.message = "the table " + table_.name + ": " + problem.message;
  return fail(std::move(problem));
}

Status TableWriter::finish(bool part) {
  if (auto done = commit(); !done) return done;
  if (part || !last_) return {};
  if (next_ == known_.size() && !known_all_) {
    if (auto looked = look_ahead(); !looked) return looked;
  }
  if (next_ == known_.size()) return {};
  return fail(Code::conflict, "rows_left_over",
              shown_key(table_, known_[next_].key) + " is here and not where the data comes from");
}

}  // namespace wrapup
