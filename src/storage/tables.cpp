#include "storage/tables.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/crypto.hpp"
#include "base/utf8.hpp"
#include "storage/migrations.hpp"
#include "storage/sql/sqlite.hpp"

namespace wrapup {

namespace {

constexpr std::array<std::string_view, 4> kLeftOut{"console_session", "migration", "node", "slot"};

ColumnKind kind_of(std::string_view type) {
  return type == "BIGINT" ? ColumnKind::integer : type == "BLOB" ? ColumnKind::bytes : ColumnKind::text;
}

Result<TableShape> shape_of(sql::Connection& db, const std::string& name) {
  TableShape table{name, {}, {}};
  std::vector<std::pair<std::int64_t, std::size_t>> key;  // place in the key, position
  auto read = db.run("SELECT name, type, pk FROM pragma_table_info($1) ORDER BY cid", {name}, [&](const sql::Row& row) {
    if (row.integer(2) > 0) key.emplace_back(row.integer(2), table.columns.size());
    table.columns.push_back({std::string(row.text(0)), kind_of(row.text(1))});
  });
  if (!read) return fail(std::move(read.error()));
  std::sort(key.begin(), key.end());
  for (const auto& [place, position] : key) table.key.push_back(position);
  if (table.key.empty()) return fail(Code::internal, "internal_error", "the table " + name + " has no key");
  return table;
}

void append_number(std::string& out, std::uint64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

std::string TableShape::column_names() const {
  std::string names;
  for (const auto& column : columns) names += (names.empty() ? "" : ", ") + column.name;
  return names;
}

std::string TableShape::key_names() const {
  std::string names;
  for (const auto position : key) names += (names.empty() ? "" : ", ") + columns[position].name;
  return names;
}

Result<std::vector<TableShape>> tables_to_move() {
  auto db = sql::open_sqlite(":memory:", sql::SqliteMode::write, {.durable = false});
  if (!db) return fail(std::move(db.error()));
  if (auto made = migrate(**db, 0); !made) return fail(std::move(made.error()));
  std::vector<std::string> names;
  auto read = (*db)->run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", {},
                         [&](const sql::Row& row) { names.emplace_back(row.text(0)); });
  if (!read) return fail(std::move(read.error()));
  std::vector<TableShape> tables;
  for (const auto& name : names) {
    if (std::ranges::find(kLeftOut, name) != kLeftOut.end()) continue;
    auto table = shape_of(**db, name);
    if (!table) return fail(std::move(table.error()));
    tables.push_back(std::move(*table));
  }
  return tables;
}

RowKey key_of(const TableShape& table, const RowValues& cells) {
  RowKey key;
  for (const auto position : table.key) key.push_back({cells[position].number, std::string(cells[position].text)});
  return key;
}

int compare_keys(const RowKey& a, const RowKey& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const int order = a[i].text.compare(b[i].text); order != 0) return order;
    if (a[i].number != b[i].number) return a[i].number < b[i].number ? -1 : 1;
  }
  return 0;
}

std::string shown_key(const TableShape& table, const RowKey& key) {
  std::string shown;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto& column = table.columns[table.key[i]];
    const bool number = column.kind == ColumnKind::integer;
    shown += (shown.empty() ? "" : ", ") + column.name + " " +
             (number ? std::to_string(key[i].number) : std::string(utf8_beginning(key[i].text, 100)));
  }
  return table.name + " (" + shown + ")";
}

// Each value with its kind and length before it, so that no two rows read alike.
std::string digest_of(const TableShape& table, const RowValues& cells) {
  thread_local std::string bytes;
  bytes.clear();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const RowValue& cell = cells[i];
    if (cell.null) {
      bytes += '0';
    } else if (table.columns[i].kind == ColumnKind::integer) {
      bytes += 'i';
      append_number(bytes, static_cast<std::uint64_t>(cell.number));
    } else {
      bytes += 't';
      append_number(bytes, cell.text.size());
      bytes += cell.text;
    }
  }
  return sha256(bytes);
}

void TableDigest::add(std::string_view row_digest) {
  ++rows_;
  for (std::size_t i = 0; i < 4; ++i) {
    std::uint64_t part = 0;
    std::memcpy(&part, row_digest.data() + i * sizeof part, sizeof part);
    sums_[i] += part;
  }
}

std::string TableDigest::hex() const {
  return to_hex(sha256({reinterpret_cast<const char*>(sums_), sizeof sums_})).substr(0, 16);
}

}  // namespace wrapup
