// What there is to move: every table with its columns and key, read from the schema itself, so that no list has to be
// kept. Used by export, import and the move from one database to another. Pure but for a database in memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/sql/connection.hpp"

namespace wrapup {

enum class ColumnKind { integer, text, bytes };

struct TableShape {
  struct Column {
    std::string name;
    ColumnKind kind;
  };
  std::string name;
  std::vector<Column> columns;
  std::vector<std::size_t> key;  // positions of columns, in the order of the primary key

  /// The names of the columns, or of those of the key, with ", " between.
  std::string column_names() const;
  std::string key_names() const;
};

/// By name. Left out is what belongs to nodes that run (node, slot), to browsers that are logged in (console_session),
/// and the record of the schema itself.
Result<std::vector<TableShape>> tables_to_move();

/// One value of a row. A view: valid as long as the row is.
struct RowValue {
  bool null = false;
  std::int64_t number = 0;  // of an integer
  std::string_view text;    // of text and bytes
};
using RowValues = std::vector<RowValue>;

/// A key that stands by itself.
struct KeyPart {
  std::int64_t number = 0;
  std::string text;
};
using RowKey = std::vector<KeyPart>;

RowKey key_of(const TableShape& table, const RowValues& cells);
/// Below, at or above zero, as the database orders them.
int compare_keys(const RowKey& a, const RowKey& b);
/// Such as "call (workspace_id default, call_id 019a…)", for errors.
std::string shown_key(const TableShape& table, const RowKey& key);

/// 32 bytes: tells one row from another, whatever database it is in.
std::string digest_of(const TableShape& table, const RowValues& cells);

/// Of all rows of a table, in whatever order they are added.
class TableDigest {
 public:
  void add(std::string_view row_digest);
  std::int64_t rows() const { return rows_; }
  std::string hex() const;
  bool operator==(const TableDigest&) const = default;

 private:
  std::int64_t rows_ = 0;
  std::uint64_t sums_[4] = {};
};

}  // namespace wrapup
