// The file of `wrapup export`: lines of JSON, described in docs/operations/moving.md. A header; of each table a line
// that names it, and its rows in the order of its key; after at most a megabyte a line that checks all before it; a
// last line that counts. Blocking; on the caller's thread. Errors say which lines are wrong.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "storage/tables.hpp"

namespace wrapup {

struct ExportHeader {
  std::string id;  // tells one export from another
  std::int64_t schema = 0;
  std::string schema_hash;
  std::string created_at;
  std::vector<std::string> sealed_by;  // ids of the master keys that sealed what is sealed
};

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin && file != stdout) std::fclose(file);
  }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

/// Writes one. What an interrupted export left in `<path>.partial` is compared and gone on with.
class ExportWriter {
 public:
  /// "-" is standard output. `export_file` when the file is there already or cannot be written.
  static Result<std::unique_ptr<ExportWriter>> open(const std::string& path, ExportHeader header);

  Status begin_table(const TableShape& table);
  Status put(const RowValues& cells);
  /// Writes the last line and gives the file its name, once it is on disk.
  Status finish();

  std::int64_t bytes() const { return bytes_; }
  std::int64_t rows() const { return rows_; }
  /// Bytes that were there already, from the export before.
  std::int64_t found() const { return found_; }

 private:
  explicit ExportWriter(std::string path) : path_(std::move(path)) {}
  std::string partial() const { return path_ + ".partial"; }
  Status begin(const ExportHeader& header);
  Status line();
  Status check();
  Status write(std::string_view bytes);
  Status failed() const;

  const std::string path_;
  OpenFile file_;
  bool comparing_ = false;  // with what is there
  std::string line_;
  std::string there_;
  std::string block_;    // lines since the last check
  std::string checked_;  // what that one said
  std::int64_t block_rows_ = 0;
  const TableShape* table_ = nullptr;
  std::vector<std::pair<std::string, std::int64_t>> counts_;
  std::int64_t bytes_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t found_ = 0;
};

/// Who takes what is read. Each is called with what has passed its check; an error ends the reading.
struct ExportTaker {
  std::function<Status(const ExportHeader&)> header;
  /// The table that rows are of from now on; its columns must be those of the file.
  std::function<Result<const TableShape*>(const std::string& name)> table;
  std::function<Status(const RowValues&)> row;
  /// Each part that was checked ends at this byte.
  std::function<void(std::int64_t bytes)> passed;
};

/// Reads a whole file; "-" is standard input. `invalid`, name "export_damaged": from which line to which it is not what
/// was written, or that it ends too early. Memory holds a part of about a megabyte, or one row.
Status read_export(const std::string& path, const ExportTaker& taker);

/// Bytes of the file; 0 when that cannot be known.
std::int64_t size_of_file(const std::string& path);

}  // namespace wrapup
