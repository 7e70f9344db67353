// The seam to a database. Store speaks one text of portable SQL through it; a driver is thin: it binds, steps and maps
// errors. Blocking; used by one thread at a time. Placeholders are $1, $2, … and must first appear in ascending order.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"

namespace wrapup::sql {

/// Name of the error of a transaction that met one of another program: tried again, it may do.
inline constexpr std::string_view kConflictOfWriters = "conflict_of_writers";

/// Bytes, as opposed to text.
struct Blob {
  std::string_view bytes;
};

/// What can be bound. Views must live until the call returns.
class Param {
 public:
  Param(std::nullptr_t) : value_(nullptr) {}
  Param(std::int64_t number) : value_(number) {}
  Param(int number) : value_(std::int64_t{number}) {}
  Param(bool flag) : value_(std::int64_t{flag}) {}
  Param(std::string_view text) : value_(text) {}
  Param(const std::string& text) : value_(std::string_view(text)) {}
  Param(const char* text) : value_(std::string_view(text)) {}
  Param(Blob blob) : value_(blob) {}
  Param(const std::optional<std::int64_t>& number) : value_(nullptr) {
    if (number) value_ = *number;
  }
  const auto& value() const { return value_; }

 private:
  std::variant<std::nullptr_t, std::int64_t, std::string_view, Blob> value_;
};

/// One row of an answer; valid inside the callback only. Columns count from 0.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool is_null(int column) const = 0;
  virtual std::int64_t integer(int column) const = 0;
  virtual std::string_view text(int column) const = 0;  // of text and blob columns
  std::optional<std::int64_t> optional_integer(int column) const {
    return is_null(column) ? std::optional<std::int64_t>() : integer(column);
  }
};

using OnRow = std::function<void(const Row&)>;

class Connection {
 public:
  virtual ~Connection() = default;
  /// Runs one statement; `on_row` is called for each row of its answer. Returns how many rows it changed. Errors:
  /// `conflict` when a unique key stands in the way, `out_of_space` when the disk is full, `unavailable` when the
  /// database is busy or gone, else `internal`.
  virtual Result<std::int64_t> run(std::string_view sql, const Param* params, std::size_t count,
                                   const OnRow& on_row) = 0;
  /// As run(), for a SELECT whose answer may be larger than memory: its rows are handed over as they come.
  virtual Status stream(std::string_view sql, const Param* params, std::size_t count, const OnRow& on_row) = 0;
  virtual Result<bool> has_table(const std::string& name) = 0;
  /// Runs one statement of which only the success matters. A driver may send it ahead, together with the next ones:
  /// then its error comes with the next run().
  virtual Status send(std::string_view sql, const Param* params, std::size_t count) = 0;
  /// Ends a transaction that has only read, without waiting for that.
  virtual void end_read() = 0;
  /// Waits for what was sent; the first error of it.
  virtual Status settle() = 0;
  /// Begins a transaction: one that may change something, or one that sees a single state of the database. First makes
  /// a connection that broke anew, if it is time to try.
  virtual Status begin() = 0;
  /// Pages that the last commit left in the log, to be copied by a checkpoint; 0 where the database sees to that alone.
  virtual std::int64_t log_pages() const = 0;
  /// Several statements without parameters, in the portable spelling of the schema.
  virtual Status script(const std::string& sql) = 0;
  /// Whether large tables are partitioned by the time in their ids; the schema has its own text for that.
  virtual bool has_partitions() const = 0;
  /// Holds off other programs that would change the schema, until the transaction ends.
  virtual Status lock_schema() = 0;
  /// Ends a SELECT of rows that are to be changed by what was read: nobody else changes them before the transaction
  /// ends. Empty where only one transaction changes anything at a time.
  virtual std::string_view for_update() const = 0;
  /// Grows with what was changed since it was opened, also by what was rolled back.
  virtual std::int64_t changes() const = 0;
  /// Whether a transaction that was begun stands.
  virtual bool in_transaction() = 0;
  /// Bytes of the database that hold something; what was freed and will be used again is not counted.
  virtual Result<std::int64_t> used_bytes() = 0;

  Result<std::int64_t> run(std::string_view sql, std::initializer_list<Param> params = {}, const OnRow& on_row = {}) {
    return run(sql, params.begin(), params.size(), on_row);
  }
  Status send(std::string_view sql, std::initializer_list<Param> params) {
    return send(sql, params.begin(), params.size());
  }
};

}  // namespace wrapup::sql
