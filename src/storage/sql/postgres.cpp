#include "storage/sql/postgres.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <libpq-fe.h>
#include <optional>
#include <poll.h>
#include <unordered_map>
#include <vector>

#include "base/log.hpp"
#include "storage/sql/postgres_link.hpp"

namespace wrapup::sql {

namespace {

// Of the server's pg_type.dat; they never change.
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kInt2 = 21;
constexpr Oid kInt4 = 23;
constexpr Oid kText = 25;

constexpr auto kFirstPause = std::chrono::milliseconds(50);
constexpr auto kLongestPause = std::chrono::milliseconds(2000);
constexpr std::size_t kStatements = 500;              // that a connection keeps prepared; more are prepared each time
constexpr std::int64_t kSchemaLock = 0x777261707570;  // any number that others do not take

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

// Network order, as the protocol's binary format has it.
std::uint64_t big_endian(std::uint64_t value) {
  static_assert(std::endian::native == std::endian::little);
  return __builtin_bswap64(value);
}

class PostgresRow final : public Row {
 public:
  PostgresRow(const PGresult* answer, int row) : answer_(answer), row_(row) {}
  bool is_null(int column) const override { return PQgetisnull(answer_, row_, column) != 0; }
  std::int64_t integer(int column) const override {
    const std::string_view bytes = text(column);
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
    switch (PQftype(answer_, column)) {
      case kInt2: return static_cast<std::int16_t>(value);
      case kInt4: return static_cast<std::int32_t>(value);
      default: return static_cast<std::int64_t>(value);
    }
  }
  std::string_view text(int column) const override {
    return {PQgetvalue(answer_, row_, column), static_cast<std::size_t>(PQgetlength(answer_, row_, column))};
  }

 private:
  const PGresult* answer_;
  int row_;
};

// The parameters of one statement as libpq wants them.
class Bound {
 public:
  Bound(const Param* params, std::size_t count) : numbers_(count) {
    types_.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      std::visit([&](const auto& value) { add(i, value); }, params[i].value());
    }
  }
  int size() const { return static_cast<int>(types_.size()); }
  const Oid* types() const { return types_.data(); }
  const char* const* values() const { return values_.data(); }
  const int* lengths() const { return lengths_.data(); }
  const int* formats() const { return formats_.data(); }

 private:
  void push(Oid type, const char* value, std::size_t length) {
    types_.push_back(type);
    values_.push_back(value);
    lengths_.push_back(static_cast<int>(length));
    formats_.push_back(1);
  }
  void add(std::size_t, std::nullptr_t) { push(0, nullptr, 0); }
  void add(std::size_t i, std::int64_t number) {
    numbers_[i] = big_endian(static_cast<std::uint64_t>(number));
    push(kInt8, reinterpret_cast<const char*>(&numbers_[i]), sizeof(std::uint64_t));
  }
  // A null pointer would bind NULL, not "".
  void add(std::size_t, std::string_view text) { push(kText, text.data() ? text.data() : "", text.size()); }
  void add(std::size_t, Blob blob) { push(kBytea, blob.bytes.data() ? blob.bytes.data() : "", blob.bytes.size()); }

  std::vector<std::uint64_t> numbers_;
  std::vector<Oid> types_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

Error unavailable(std::string detail) {
  return {Code::unavailable,
          "storage_unavailable",
          "the database cannot be reached; nothing was stored; try again",
          std::move(detail),
          {}};
}

// SQLSTATE codes: PostgreSQL documentation, appendix A.
Error error_of(std::string_view state, std::string detail) {
  if (state == "23505") return {Code::conflict, "conflict", "the id is taken", std::move(detail), {}};
  if (state == "53100") {
    return {Code::out_of_space,
            "out_of_space",
            "the server's disk is full or cannot be written to; nothing was stored; send it again later",
            std::move(detail),
            {}};
  }
  // Serialization failure, deadlock, a transaction that another error ended.
  if (state == "40001" || state == "40P01" || state == "25P02") {
    return {
        Code::unavailable, std::string(kConflictOfWriters), "the database is busy; try again", std::move(detail), {}};
  }
  // Time-outs of locks and statements.
  if (state == "55P03" || state == "57014") {
    return {Code::unavailable, "storage_busy", "the database is busy; try again", std::move(detail), {}};
  }
  // Lost connections, servers that start, stop, are full, or are a standby after a failover.
  if (state.empty() || state.starts_with("08") || state.starts_with("57P") || state.starts_with("53") ||
      state == "25006" || state == "25P03") {
    return unavailable(std::move(detail));
  }
  return {Code::internal, "internal_error", "the server failed; nothing was stored", std::move(detail), {}};
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The schema's portable SQL as PostgreSQL spells it. Bytes decide the order of texts, as in SQLite.
std::string spelled(const std::string& sql) {
  std::string text = replace_all(sql, " BLOB", " BYTEA");
  text = replace_all(std::move(text), " TEXT", " TEXT COLLATE \"C\"");
  return replace_all(std::move(text), " WITHOUT ROWID", "");
}

// What was sent and not answered yet.
struct Sent {
  std::string_view prepares = {};  // the statement that the server was asked to prepare; empty: to run one
  bool syncs = false;              // nothing but the end of what was sent together
};

class Postgres final : public Connection {
 public:
  Postgres(std::string url, PostgresOptions options) : url_(std::move(url)), options_(options) {}

  Status connect() {
    statements_.clear();
    sent_.clear();
    const std::string settings =
        "-c client_min_messages=warning -c lock_timeout=5000 -c statement_timeout=" +
        std::to_string(options_.statement_timeout / kMillisecond) +
        " -c idle_in_transaction_session_timeout=" + std::to_string(options_.idle_timeout / kMillisecond) +
        (options_.durable ? "" : " -c synchronous_commit=off") +
        // What finds its row by an id is planned once and looks up the partition when it runs: a plan a time costs more
        // than the statement. Lists say that they want one (Store::plan_by_values).
        " -c plan_cache_mode=force_generic_plan -c jit=off";
    link_ = make_link(url_, "wrapup", settings, options_.any_server ? "prefer-standby" : "primary");
    if (PQstatus(link_.get()) != CONNECTION_OK) {
      Error problem = unavailable(link_ ? PQerrorMessage(link_.get()) : "out of memory");
      link_.reset();
      return fail(std::move(problem));
    }
    if (std::string_view(PQparameterStatus(link_.get(), "server_encoding")) != "UTF8") {
      link_.reset();
      return fail(Code::invalid, "invalid_config",
                  "the database does not hold UTF-8; make one with ENCODING 'UTF8' TEMPLATE template0");
    }
    pipeline(true);
    return {};
  }

  Status begin() override {
    if (auto ready = ensure_connected(); !ready) return ready;
    return send(options_.write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", nullptr, 0);
  }

  Status send(std::string_view sql, const Param* params, std::size_t count) override {
    if (!link_) return fail(unavailable("not connected"));
    if (!sql.starts_with("SELECT")) ++changes_;
    const Bound bound(params, count);
    PGconn* link = link_.get();
    auto known = statements_.find(sql);
    if (known == statements_.end() && statements_.size() >= kStatements) {
      PQsendQueryParams(link, std::string(sql).c_str(), bound.size(), bound.types(), bound.values(), bound.lengths(),
                        bound.formats(), 1);
    } else {
      if (known == statements_.end()) {
        known = statements_.emplace(std::string(sql), "s" + std::to_string(++names_)).first;
        PQsendPrepare(link, known->second.c_str(), known->first.c_str(), bound.size(), bound.types());
        sent_.push_back({known->first});
      }
      PQsendQueryPrepared(link, known->second.c_str(), bound.size(), bound.values(), bound.lengths(), bound.formats(),
                          1);
    }
    sent_.push_back({});
    return {};
  }

  Result<std::int64_t> run(std::string_view sql, const Param* params, std::size_t count, const OnRow& on_row) override {
    if (auto sent = send(sql, params, count); !sent) return fail(std::move(sent.error()));
    auto answer = settle(sql);
    if (!answer) return fail(std::move(answer.error()));
    // A transaction that an error ended is not committed, and that is no error to the server.
    const PGresult* result = answer->get();
    if (sql == "COMMIT" && std::string_view(PQcmdStatus(const_cast<PGresult*>(result))) != "COMMIT")
      return fail(error_of("25P02", "the transaction had failed"));
    const int rows = PQntuples(result);
    if (on_row) {
      for (int row = 0; row < rows; ++row) on_row(PostgresRow(result, row));
    }
    return sql.starts_with("SELECT") ? 0 : std::atoll(PQcmdTuples(const_cast<PGresult*>(result)));
  }

  Status stream(std::string_view sql, const Param* params, std::size_t count, const OnRow& on_row) override {
    if (auto done = settle(sql); !done) return fail(std::move(done.error()));
    const Bound bound(params, count);
    PGconn* link = link_.get();
    PQsendQueryParams(link, std::string(sql).c_str(), bound.size(), bound.types(), bound.values(), bound.lengths(),
                      bound.formats(), 1);
    if (PQsetSingleRowMode(link) != 1 || PQpipelineSync(link) != 1) return fail(lost());
    std::optional<Error> wrong;
    bool ended = false;
    while (true) {
      auto answer = next_answer();
      if (!answer) return fail(std::move(answer.error()));
      if (!*answer) {  // the end of the statement's answers; none comes behind it but for a connection that broke
        if (std::exchange(ended, true)) return fail(lost());
        continue;
      }
      const auto status = PQresultStatus(answer->get());
      if (status == PGRES_PIPELINE_SYNC) break;
      if (status == PGRES_SINGLE_TUPLE) {
        on_row(PostgresRow(answer->get(), 0));
      } else if (status != PGRES_TUPLES_OK && !wrong) {
        wrong = problem(answer->get(), sql);
      }
    }
    if (wrong) return fail(std::move(*wrong));
    return {};
  }

  Result<bool> has_table(const std::string& name) override {
    bool found = false;
    auto read = Connection::run("SELECT to_regclass($1) IS NOT NULL", {name},
                                [&](const Row& row) { found = row.integer(0) != 0; });
    if (!read) return fail(std::move(read.error()));
    return found;
  }

  std::int64_t log_pages() const override { return 0; }

  Status script(const std::string& sql) override {
    if (auto ready = ensure_connected(); !ready) return ready;
    if (auto done = settle(sql); !done) return fail(std::move(done.error()));
    pipeline(false);
    const Answer answer(PQexec(link_.get(), spelled(sql).c_str()));
    const auto status = PQresultStatus(answer.get());
    Status done;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) done = fail(problem(answer.get(), sql));
    if (PQstatus(link_.get()) == CONNECTION_OK) {
      pipeline(true);
    } else {
      link_.reset();
    }
    return done;
  }

  // Both the wait for another program and a change of large tables may take their time.
  Status lock_schema() override {
    return script("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(" +
                  std::to_string(kSchemaLock) + ")");
  }

  void end_read() override {
    if (!send("COMMIT", nullptr, 0) || PQpipelineSync(link_.get()) != 1) return;
    (void)PQflush(link_.get());
    sent_.push_back({.syncs = true});
  }

  Status settle() override {
    auto done = settle("");
    if (!done) return fail(std::move(done.error()));
    return {};
  }

  bool has_partitions() const override { return true; }

  std::string_view for_update() const override { return options_.write ? " FOR UPDATE" : ""; }

  std::int64_t changes() const override { return changes_; }

  bool in_transaction() override {
    (void)settle("");
    return link_ && PQtransactionStatus(link_.get()) == PQTRANS_INTRANS;
  }

  Result<std::int64_t> used_bytes() override {
    std::int64_t used = 0;
    auto read = Connection::run("SELECT pg_database_size(current_database())", {},
                                [&](const Row& row) { used = row.integer(0); });
    if (!read) return fail(std::move(read.error()));
    return used;
  }

 private:
  void pipeline(bool on) {
    PQsetnonblocking(link_.get(), on ? 1 : 0);
    if (on) {
      PQenterPipelineMode(link_.get());
    } else {
      PQexitPipelineMode(link_.get());
    }
  }

  Status ensure_connected() {
    if (link_) return {};
    if (std::chrono::steady_clock::now() < next_try_) return fail(unavailable("waiting to connect again"));
    auto connected = connect();
    if (connected) {
      pause_ = kFirstPause;
      log_info("database_connected");
      return {};
    }
    log_warning("database_unreachable", {{"error", connected.error().detail}});
    next_try_ = std::chrono::steady_clock::now() + pause_;
    pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, kLongestPause);
    return connected;
  }

  // Reads the answers to all that was sent; returns the last. The error is the first that came.
  Result<Answer> settle(std::string_view sql) {
    if (!link_) return fail(unavailable("not connected"));
    if (sent_.empty()) return Answer();
    if (PQpipelineSync(link_.get()) != 1) return fail(lost());
    std::optional<Error> wrong;
    Answer last;
    for (const Sent& sent : sent_) {
      auto answer = next_answer();
      if (!answer) return fail(std::move(answer.error()));
      if (sent.syncs) {
        if (PQresultStatus(answer->get()) != PGRES_PIPELINE_SYNC) return fail(lost());
        wrong.reset();  // what failed before failed for whoever has stopped asking
        continue;
      }
      const auto status = PQresultStatus(answer->get());
      if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        if (!wrong) wrong = problem(answer->get(), sql);
        if (!sent.prepares.empty()) statements_.erase(statements_.find(sent.prepares));
      }
      last = std::move(*answer);
      auto end = next_answer();  // each command's answers end with none
      if (!end) return fail(std::move(end.error()));
    }
    sent_.clear();
    auto synced = next_answer();
    if (!synced) return fail(std::move(synced.error()));
    if (PQresultStatus(synced->get()) != PGRES_PIPELINE_SYNC) return fail(lost());
    if (wrong) return fail(std::move(*wrong));
    return last;
  }

  // Waits for longer than the server may take: it has stopped answering then.
  Result<Answer> next_answer() {
    PGconn* link = link_.get();
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(options_.statement_timeout) +
                       std::chrono::seconds(5);
    while (PQisBusy(link) != 0) {
      const int unsent = PQflush(link);
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      pollfd socket{PQsocket(link), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
      if (unsent < 0 || left <= 0) return fail(lost());
      if (::poll(&socket, 1, static_cast<int>(left)) < 0 && errno != EINTR) return fail(lost());
      if ((socket.revents & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(link) != 1) return fail(lost());
    }
    return Answer(PQgetResult(link));
  }

  Error lost() {
    Error error = unavailable(std::string("the connection broke: ") + PQerrorMessage(link_.get()));
    link_.reset();
    sent_.clear();
    return error;
  }

  static Error problem(const PGresult* result, std::string_view sql) {
    const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return error_of(state ? state : "",
                    std::string(PQresultErrorMessage(result)) + " in: " + std::string(sql.substr(0, 300)));
  }

  const std::string url_;
  const PostgresOptions options_;
  Link link_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;  // names by text
  std::uint64_t names_ = 0;  // given so far; one that was refused is not given again
  std::vector<Sent> sent_;
  std::int64_t changes_ = 0;
  std::chrono::milliseconds pause_ = kFirstPause;
  std::chrono::steady_clock::time_point next_try_;
};

}  // namespace

Result<std::unique_ptr<Connection>> open_postgres(const std::string& url, PostgresOptions options) {
  auto connection = std::make_unique<Postgres>(url, options);
  if (auto connected = connection->connect(); !connected) return fail(std::move(connected.error()));
  return connection;
}

}  // namespace wrapup::sql
