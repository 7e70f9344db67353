// Rows of any table, in the order of its key: read in pages, written in batches. For export, import and the move from
// one database to another. Blocking; on the caller's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/sql/connection.hpp"
#include "storage/tables.hpp"

namespace wrapup {

/// Reads a table page by page behind `after` (nothing: from its beginning); memory holds one row. An error of `each`
/// ends it. In the transaction of the caller, if there is one.
Status read_rows(sql::Connection& db, const TableShape& table, std::optional<RowKey> after,
                 const std::function<Status(const RowValues&)>& each);

/// The key of the last row; nothing when the table is empty.
Result<std::optional<RowKey>> last_key(sql::Connection& db, const TableShape& table);

Result<std::int64_t> count_rows(sql::Connection& db, const TableShape& table);

/// Puts rows into a table, in the order of their keys. What is there already is compared: a row that is the same is
/// left, one that differs is an error that names it. Each batch is a transaction of its own.
class TableWriter {
 public:
  TableWriter(sql::Connection& db, const TableShape& table);
  TableWriter(const TableWriter&) = delete;
  TableWriter& operator=(const TableWriter&) = delete;

  /// Looks at what is there. Before the first row.
  Status open();
  const std::optional<RowKey>& last() const { return last_; }
  /// `conflict`, name "row_differs". Memory holds a batch.
  Status put(const RowValues& cells);
  /// Commits what is left. `conflict`, name "rows_left_over", when there are rows that were not put; with `part` not
  /// all were to be, and that is no fault.
  Status finish(bool part);
  std::int64_t stored() const { return stored_; }

 private:
  struct Known {
    RowKey key;
    std::string digest;
  };
  Status insert(const RowValues& cells);
  Status commit();
  Status look_ahead();
  /// Whether the row is there. Nothing is between it and the one before.
  Result<bool> is_there(const RowValues& cells);

  sql::Connection& db_;
  const TableShape& table_;
  std::string insert_sql_;
  std::string page_sql_;
  std::string first_page_sql_;
  std::optional<RowKey> last_;  // of what was there
  std::vector<Known> known_;    // a page of it
  std::size_t next_ = 0;        // of that page
  bool looked_ = false;
  bool known_all_ = false;  // there is no page behind this one
  bool open_ = false;       // a transaction is
  std::int64_t batch_rows_ = 0;
  std::size_t batch_bytes_ = 0;
  std::int64_t stored_ = 0;
};

}  // namespace wrapup
