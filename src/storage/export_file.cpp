#include "storage/export_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "base/crypto.hpp"
#include "base/json.hpp"
#include "base/utf8.hpp"

namespace wrapup {

namespace {

constexpr std::int64_t kFormat = 1;
constexpr std::size_t kBlock = 1u << 20;  // bytes after which a check follows
constexpr std::size_t kLongestLine = 1u << 30;
constexpr std::string_view kFirst = "{\"wrapup_export\":";
constexpr std::string_view kCheck = "{\"check\":\"";

std::string why_not() { return std::generic_category().message(errno ? errno : EIO); }

std::string next_check(const std::string& before, std::string_view block) {
  std::string bytes = before;
  bytes += block;
  return to_hex(sha256(bytes));
}

std::string header_line(const ExportHeader& header) {
  std::string line;
  JsonWriter out(line);
  out.begin_object().member("wrapup_export", kFormat).member("id", header.id).member("schema", header.schema);
  out.member("schema_hash", header.schema_hash).member("created_at", header.created_at);
  out.key("sealed_by").begin_array();
  for (const auto& id : header.sealed_by) out.string(id);
  out.end_array().end_object();
  return line;
}

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value && value->is_int64() ? value->get_int64() : 0;
}

std::optional<ExportHeader> read_header(const std::string& line) {
  const auto parsed = parse_json(line);
  if (!parsed || !parsed->is_object()) return {};
  const auto& object = parsed->get_object();
  ExportHeader header{text_of(object, "id"),
                      number_of(object, "schema"),
                      text_of(object, "schema_hash"),
                      text_of(object, "created_at"),
                      {}};
  if (const auto* ids = object.if_contains("sealed_by"); ids && ids->is_array()) {
    for (const auto& id : ids->get_array()) {
      if (id.is_string()) header.sealed_by.emplace_back(id.get_string());
    }
  }
  return header;
}

/// The first line of a file that an export left half done.
std::optional<ExportHeader> first_line(std::FILE* file) {
  std::array<char, 4096> text{};
  if (!std::fgets(text.data(), text.size(), file)) return {};
  const std::string line(text.data());
  return line.starts_with(kFirst) && line.ends_with('\n') ? read_header(line) : std::nullopt;
}

class LineReader {
 public:
  explicit LineReader(std::FILE* file) : file_(file), buffer_(1u << 18, '\0') {}

  /// False at the end: then `line` is what stands behind the last line break.
  bool next(std::string& line) {
    line.clear();
    while (true) {
      const auto* start = buffer_.data() + at_;
      const auto* end = static_cast<const char*>(std::memchr(start, '\n', size_ - at_));
      const std::size_t length = end ? static_cast<std::size_t>(end - start) : size_ - at_;
      line.append(start, length);
      at_ += length + (end ? 1 : 0);
      bytes_ += static_cast<std::int64_t>(length) + (end ? 1 : 0);
      if (end) return true;
      if (line.size() > kLongestLine) return false;
      size_ = std::fread(buffer_.data(), 1, buffer_.size(), file_);
      at_ = 0;
      if (size_ == 0) return false;
    }
  }
  std::int64_t bytes() const { return bytes_; }
  bool broken() const { return std::ferror(file_) != 0; }

 private:
  std::FILE* file_;
  std::string buffer_;
  std::size_t at_ = 0;
  std::size_t size_ = 0;
  std::int64_t bytes_ = 0;
};

class Reading {
 public:
  Reading(std::string name, std::FILE* file, const ExportTaker& taker)
      : name_(std::move(name)), lines_(file), taker_(taker) {}

  Status run() {
    std::string line;
    while (lines_.next(line)) {
      if (number_++ == 0) {
        if (auto known = first(line); !known) return known;
      }
      if (line.starts_with(kCheck)) {
        if (auto done = pass(line); !done) return done;
        continue;
      }
      if (ended_) return damaged("goes on behind its end");
      if (block_.size() >= kBlock) return damaged("has no check where one belongs: lines " + span());
      block_ += line;
      block_ += '\n';
      ends_.push_back(block_.size());
    }
    if (lines_.broken()) return damaged("cannot be read: " + why_not());
    if (lines_.bytes() == 0) return damaged("is empty");
    if (number_ == 0) {
      if (auto known = first(line); !known) return known;
    }
    if (ended_ && line.empty() && ends_.empty()) return {};
    return damaged("is not whole: it ends after byte " + std::to_string(lines_.bytes()) + ", behind line " +
                   std::to_string(number_) + ", and its last line is not there");
  }

 private:
  Status damaged(const std::string& how) const {
    return fail(
        Code::invalid, "export_damaged",
        name_ + " " + how + (checked_.empty() ? "; nothing of it was taken" : "; what stands before is stored"));
  }

  /// From the line behind the last check on.
  std::string span() const {
    return std::to_string(block_line_) + " to " + std::to_string(number_) + " (bytes " + std::to_string(block_at_) +
           " to " + std::to_string(lines_.bytes()) + ")";
  }

  Status first(const std::string& line) const {
    if (line.starts_with("\x28\xB5\x2F\xFD") || line.starts_with("\x1F\x8B")) {
      return damaged("is compressed; unpack it on the way in: zstd -dc FILE | wrapup import -");
    }
    if (!line.starts_with(kFirst)) return damaged("is no export of wrapup: its first line does not say so");
    if (!line.starts_with(std::string(kFirst) + std::to_string(kFormat) + ",")) {
      return damaged("is of a format that this version does not know; take a newer wrapup");
    }
    return {};
  }

  Status pass(const std::string& line) {
    const std::string right = next_check(checked_, block_);
    if (line != std::string(kCheck) + right + "\"}")
      return damaged("is damaged: lines " + span() + " are not what was written");
    std::size_t start = 0;
    std::int64_t number = block_line_;
    for (const std::size_t end : ends_) {
      if (auto taken = take(std::string_view(block_).substr(start, end - start - 1)); !taken) {
        if (taken.error().name == "export_damaged") taken.error().message += " (line " + std::to_string(number) + ")";
        return taken;
      }
      start = end;
      ++number;
    }
    checked_ = right;
    block_.clear();
    ends_.clear();
    block_line_ = number_ + 1;
    block_at_ = lines_.bytes();
    if (taker_.passed) taker_.passed(block_at_);
    return {};
  }

  Status take(std::string_view line) {
    const auto parsed = JsonDocument::parse(line);
    if (!parsed) return damaged("holds a line that is no JSON");
    const json::value& root = parsed->root();
    if (root.is_array()) return take_row(root.get_array());
    if (!root.is_object()) return damaged("holds a line of no known kind");
    const auto& object = root.get_object();
    if (object.if_contains("wrapup_export")) return taker_.header(*read_header(std::string(line)));
    if (object.if_contains("table")) return take_table(object);
    if (const auto* end = object.if_contains("end"); end && end->is_object()) return take_end(end->get_object());
    return damaged("holds a line of no known kind");
  }

  Status take_table(const json::object& object) {
    auto table = taker_.table(text_of(object, "table"));
    if (!table) return fail(std::move(table.error()));
    table_ = *table;
    std::string names;
    if (const auto* columns = object.if_contains("columns"); columns && columns->is_array()) {
      for (const auto& name : columns->get_array())
        names += (names.empty() ? "" : ", ") + (name.is_string() ? std::string(name.get_string()) : "");
    }
    if (names != table_->column_names()) return damaged("has other columns in " + table_->name + " than this version");
    counts_.emplace_back(table_->name, 0);
    return {};
  }

  Status take_row(const json::array& values) {
    if (!table_ || values.size() != table_->columns.size()) return damaged("holds a row of no table");
    cells_.resize(values.size());
    bytes_.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      const ColumnKind kind = table_->columns[i].kind;
      const json::value& value = values[i];
      cells_[i] = {value.is_null(), 0, {}};
      if (value.is_null()) continue;
      if (kind == ColumnKind::integer ? !value.is_int64() : !value.is_string())
        return damaged("holds a value that does not fit its column");
      if (kind == ColumnKind::integer) {
        cells_[i].number = value.get_int64();
      } else if (kind == ColumnKind::text) {
        cells_[i].text = {value.get_string().data(), value.get_string().size()};
      } else {
        auto bytes = base64_decode({value.get_string().data(), value.get_string().size()});
        if (!bytes) return damaged("holds bytes that are no base64");
        bytes_[i] = std::move(*bytes);
        cells_[i].text = bytes_[i];
      }
    }
    ++counts_.back().second;
    return taker_.row(cells_);
  }

  Status take_end(const json::object& end) {
    ended_ = true;
    for (const auto& [name, count] : counts_) {
      if (number_of(end, name) != count) return damaged("does not hold as many rows of " + name + " as it says");
    }
    return end.size() == counts_.size() ? Status() : damaged("lacks a table");
  }

  const std::string name_;
  LineReader lines_;
  const ExportTaker& taker_;
  const TableShape* table_ = nullptr;
  std::vector<std::pair<std::string, std::int64_t>> counts_;
  std::string block_;  // lines since the last check
  std::vector<std::size_t> ends_;
  std::string checked_;
  std::int64_t number_ = 0;
  std::int64_t block_line_ = 1;
  std::int64_t block_at_ = 0;
  bool ended_ = false;
  RowValues cells_;
  std::vector<std::string> bytes_;
};

}  // namespace

Result<std::unique_ptr<ExportWriter>> ExportWriter::open(const std::string& path, ExportHeader header) {
  std::unique_ptr<ExportWriter> writer(new ExportWriter(path));
  if (path == "-") {
    writer->file_.reset(stdout);
  } else {
    std::error_code problem;
    if (std::filesystem::exists(path, problem))
      return fail(Code::conflict, "export_file", path + " is there already; name another file, or remove it");
    errno = 0;
    writer->file_.reset(std::fopen(writer->partial().c_str(), "r+b"));
    if (writer->file_) {
      const auto before = first_line(writer->file_.get());
      // What began as another export is written anew.
      if (before && before->schema_hash == header.schema_hash && before->sealed_by == header.sealed_by) {
        header = *before;
        writer->comparing_ = true;
      }
      std::rewind(writer->file_.get());
      if (!writer->comparing_ && ::ftruncate(fileno(writer->file_.get()), 0) != 0)
        return fail(writer->failed().error());
    } else {
      writer->file_.reset(std::fopen(writer->partial().c_str(), "wb"));
    }
    if (!writer->file_) return fail(writer->failed().error());
  }
  if (auto begun = writer->begin(header); !begun) return fail(std::move(begun.error()));
  return writer;
}

Status ExportWriter::begin(const ExportHeader& header) {
  line_ = header_line(header);
  return line();
}

Status ExportWriter::begin_table(const TableShape& table) {
  table_ = &table;
  counts_.emplace_back(table.name, 0);
  line_.clear();
  JsonWriter out(line_);
  out.begin_object().member("table", table.name).key("columns").begin_array();
  for (const auto& column : table.columns) out.string(column.name);
  out.end_array().end_object();
  return line();
}

Status ExportWriter::put(const RowValues& cells) {
  line_.clear();
  JsonWriter out(line_);
  out.begin_array();
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ColumnKind kind = table_->columns[i].kind;
    if (cells[i].null) {
      out.null();
    } else if (kind == ColumnKind::integer) {
      out.integer(cells[i].number);
    } else if (kind == ColumnKind::bytes) {
      out.raw("\"" + base64_encode(cells[i].text) + "\"");
    } else if (is_utf8(cells[i].text)) {
      out.string(cells[i].text);
    } else {
      return fail(Code::invalid, "not_text",
                  shown_key(*table_, key_of(*table_, cells)) + " holds a text in " + table_->columns[i].name +
                      " that is not UTF-8, or has U+0000");
    }
  }
  out.end_array();
  ++counts_.back().second;
  ++rows_;
  return line();
}

Status ExportWriter::line() {
  line_ += '\n';
  block_ += line_;
  if (auto written = write(line_); !written) return written;
  return block_.size() < kBlock ? Status() : check();
}

Status ExportWriter::check() {
  checked_ = next_check(checked_, block_);
  block_.clear();
  return write(std::string(kCheck) + checked_ + "\"}\n");
}

// Compared with what is there line by line; the first that differs, or is cut, ends what is kept of it.
Status ExportWriter::write(std::string_view bytes) {
  std::FILE* file = file_.get();
  if (comparing_) {
    there_.resize(bytes.size());
    if (std::fread(there_.data(), 1, bytes.size(), file) == bytes.size() && there_ == bytes) {
      bytes_ += static_cast<std::int64_t>(bytes.size());
      return {};
    }
    comparing_ = false;
    found_ = bytes_;
    if (::ftruncate(fileno(file), bytes_) != 0 || std::fseek(file, bytes_, SEEK_SET) != 0) return failed();
  }
  if (std::fwrite(bytes.data(), 1, bytes.size(), file) != bytes.size()) return failed();
  bytes_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

Status ExportWriter::finish() {
  line_.clear();
  JsonWriter out(line_);
  out.begin_object().key("end").begin_object();
  for (const auto& [name, count] : counts_) out.member(name, count);
  out.end_object().end_object();
  if (auto written = line(); !written) return written;
  if (!block_.empty()) {
    if (auto checked = check(); !checked) return checked;
  }
  if (comparing_ && ::ftruncate(fileno(file_.get()), bytes_) != 0) return failed();
  if (std::fflush(file_.get()) != 0) return failed();
  if (path_ == "-") return {};
  if (::fsync(fileno(file_.get())) != 0 || std::rename(partial().c_str(), path_.c_str()) != 0) return failed();
  return {};
}

Status ExportWriter::failed() const {
  return fail(Code::unavailable, "export_file",
              (path_ == "-" ? "standard output" : partial()) + " cannot be written: " + why_not());
}

Status read_export(const std::string& path, const ExportTaker& taker) {
  errno = 0;
  const OpenFile file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) return fail(Code::not_found, "export_file", path + " cannot be read: " + why_not());
  return Reading(path == "-" ? "what was read" : path, file.get(), taker).run();
}

std::int64_t size_of_file(const std::string& path) {
  struct stat facts {};
  return path != "-" && ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) ? facts.st_size : 0;
}

}  // namespace wrapup
