#include "storage/sql/sqlite.hpp"

#include <unordered_map>

#include <sqlite3.h>

#include "storage/sql/sqlite_log.hpp"

namespace wrapup::sql {

namespace {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct Close {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

// Lets the cache of statements be searched by a view, without a copy of the text.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
using Database = std::unique_ptr<sqlite3, Close>;

class SqliteRow final : public Row {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const override { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  std::string_view text(int column) const override {
    const void* start = sqlite3_column_blob(statement_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return {static_cast<const char*>(start), start ? size : 0};
  }

 private:
  sqlite3_stmt* statement_;
};

// Resets on every way out, so that a cached statement never holds a read lock or a bound pointer.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

 private:
  sqlite3_stmt* statement_;
};

class Sqlite final : public Connection {
 public:
  Sqlite(Database db, SqliteMode mode, int checkpoint_pages)
      : db_(std::move(db)), mode_(mode), checkpoint_pages_(checkpoint_pages) {
    sqlite3_wal_hook(db_.get(), on_commit, this);
  }

  Result<std::int64_t> run(std::string_view sql, const Param* params, std::size_t count, const OnRow& on_row) override {
    auto prepared = prepare(sql);
    if (!prepared) return fail(std::move(prepared.error()));
    sqlite3_stmt* statement = *prepared;
    const Reset reset(statement);
    for (std::size_t i = 0; i < count; ++i) bind(statement, static_cast<int>(i) + 1, params[i]);
    const SqliteRow row(statement);
    int code = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
      if (on_row) on_row(row);
    }
    if (code != SQLITE_DONE) return fail(error(sql));
    return sqlite3_changes64(db_.get());
  }

  Status stream(std::string_view sql, const Param* params, std::size_t count, const OnRow& on_row) override {
    if (auto done = run(sql, params, count, on_row); !done) return fail(std::move(done.error()));
    return {};
  }

  Result<bool> has_table(const std::string& name) override {
    bool found = false;
    auto read = Connection::run("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", {name},
                                [&](const Row&) { found = true; });
    if (!read) return fail(std::move(read.error()));
    return found;
  }

  Status send(std::string_view sql, const Param* params, std::size_t count) override {
    if (auto done = run(sql, params, count, {}); !done) return fail(std::move(done.error()));
    return {};
  }

  // One that writes is begun as a writer: of two programs that open a new database at once, the second finds it made.
  Status begin() override { return Connection::send(mode_ == SqliteMode::write ? "BEGIN IMMEDIATE" : "BEGIN", {}); }

  std::int64_t log_pages() const override { return log_pages_; }

  Status lock_schema() override { return {}; }

  std::string_view for_update() const override { return ""; }

  Status settle() override { return {}; }

  void end_read() override { (void)Connection::run("COMMIT"); }

  bool has_partitions() const override { return false; }

  Status script(const std::string& sql) override {
    if (sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return fail(error(sql));
    return {};
  }

  std::int64_t changes() const override { return sqlite3_total_changes64(db_.get()); }

  bool in_transaction() override { return sqlite3_get_autocommit(db_.get()) == 0; }

  Result<std::int64_t> used_bytes() override {
    std::int64_t used = 0;
    auto read = Connection::run(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
        "pragma_page_size",
        {}, [&](const Row& row) { used = row.integer(0); });
    if (!read) return fail(std::move(read.error()));
    return used;
  }

 private:
  static int on_commit(void* self, sqlite3* db, const char* name, int pages) {
    auto& connection = *static_cast<Sqlite*>(self);
    connection.log_pages_ = pages;
    // What cannot be copied now stays in the log, and is safe there.
    if (pages >= connection.checkpoint_pages_) sqlite3_wal_checkpoint(db, name);
    return SQLITE_OK;
  }

  Result<sqlite3_stmt*> prepare(std::string_view sql) {
    const auto known = statements_.find(sql);
    if (known != statements_.end()) return known->second.get();
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                        &raw, nullptr);
    Statement statement(raw);
    if (code != SQLITE_OK) return fail(error(sql));
    return statements_.emplace(std::string(sql), std::move(statement)).first->second.get();
  }

  static void bind(sqlite3_stmt* statement, int index, const Param& param) {
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::nullptr_t>) {
            sqlite3_bind_null(statement, index);
          } else if constexpr (std::is_same_v<T, std::int64_t>) {
            sqlite3_bind_int64(statement, index, value);
          } else if constexpr (std::is_same_v<T, std::string_view>) {
            // A null pointer would bind NULL, not "".
            sqlite3_bind_text64(statement, index, value.data() ? value.data() : "", value.size(), SQLITE_STATIC,
                                SQLITE_UTF8);
          } else {
            sqlite3_bind_blob64(statement, index, value.bytes.data() ? value.bytes.data() : "", value.bytes.size(),
                                SQLITE_STATIC);
          }
        },
        param.value());
  }

  Error error(std::string_view sql) const {
    const int code = sqlite3_extended_errcode(db_.get());
    std::string detail = std::string(sqlite3_errmsg(db_.get())) + " (" + std::to_string(code) +
                         ") in: " + std::string(sql.substr(0, 300));
    if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY) {
      return {Code::conflict, "conflict", "the id is taken", std::move(detail), {}};
    }
    switch (code & 0xFF) {
      case SQLITE_FULL:
      case SQLITE_IOERR:
        return {Code::out_of_space,
                "out_of_space",
                "the server's disk is full or cannot be written to; nothing was stored; send it again later",
                std::move(detail),
                {}};
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return {Code::unavailable, "storage_busy", "the database is busy; try again", std::move(detail), {}};
      default:
        return {Code::internal, "internal_error", "the server failed; nothing was stored", std::move(detail), {}};
    }
  }

  Database db_;
  const SqliteMode mode_;
  const int checkpoint_pages_;
  std::int64_t log_pages_ = 0;
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

}  // namespace

Result<std::unique_ptr<Connection>> open_sqlite(const std::string& path, SqliteMode mode, SqliteOptions options) {
  // Counting its memory would cost SQLite a lock with each allocation.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)uncounted;
  sqlite3* raw = nullptr;
  const bool write = mode == SqliteMode::write;
  const int flags = SQLITE_OPEN_NOMUTEX | (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  // Without sync nothing would write what was gathered before others look for it.
  const char* file_system = write && options.durable ? gathering_file_system() : nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, file_system);
  Database db(raw);
  if (code != SQLITE_OK) {
    return fail(Code::unavailable, "storage_unavailable", "cannot open the database " + path,
                raw ? sqlite3_errmsg(raw) : "out of memory");
  }
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 5000);
  auto connection = std::make_unique<Sqlite>(std::move(db), mode, options.checkpoint_pages);
  // 8 KB pages: measured best for rows of about 10 KB.
  std::string pragmas = "PRAGMA cache_size=-16384; PRAGMA temp_store=MEMORY;";
  if (write) {
    pragmas =
        "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA foreign_keys=OFF;"
        "PRAGMA secure_delete=ON;"  // what is deleted is overwritten; it is Debian's default, and costs nothing more
        "PRAGMA journal_size_limit=67108864; PRAGMA synchronous=" +
        std::string(options.durable ? "FULL" : "OFF") + ";" + pragmas;
  }
  if (auto done = connection->script(pragmas); !done) return fail(std::move(done.error()));
  return connection;
}

}  // namespace wrapup::sql
