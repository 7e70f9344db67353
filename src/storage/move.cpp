#include "storage/move.hpp"

#include <filesystem>
#include <future>
#include <optional>
#include <set>
#include <utility>

#include "base/secret_box.hpp"
#include "base/time.hpp"
#include "storage/database_url.hpp"
#include "storage/sql/open.hpp"
#include "storage/store.hpp"
#include "storage/table_rows.hpp"

namespace wrapup {

namespace {

using Database = std::unique_ptr<sql::Connection>;

constexpr std::int64_t kTellEvery = 500;        // rows
constexpr std::int64_t kMoveLock = 0x6d6f7665;  // of PostgreSQL's advisory locks; any number that others do not take

std::string shown_place(const std::string& place) {
  return is_postgres_url(place) ? without_password(place) : "sqlite:" + place;
}

Result<Database> open_to_read(const std::string& place, bool any_server) {
  std::error_code problem;
  if (!is_postgres_url(place) && !std::filesystem::exists(place, problem))
    return fail(Code::not_found, "no_database", "there is no database at " + place);
  return sql::open_database(place, {.write = false, .any_server = any_server, .patient = true});
}

/// Tells of rows as they pass.
class Counter {
 public:
  Counter(const OnMove& tell, std::int64_t total_rows) : tell_(tell) { now_.total_rows = total_rows; }

  void begin(const std::string& what) {
    now_.what = what;
    tell_(now_);
  }
  void skip(std::int64_t rows) { now_.rows += rows; }
  void pass(const RowValues& cells) {
    for (const RowValue& cell : cells) now_.bytes += static_cast<std::int64_t>(cell.text.size());
    if (++now_.rows % kTellEvery == 0) tell_(now_);
  }
  std::int64_t rows() const { return now_.rows; }

 private:
  const OnMove& tell_;
  MoveProgress now_;
};

/// One state of a database that is complete and of this program's schema.
Status begin_reading(sql::Connection& db, const std::string& place) {
  if (auto begun = db.begin(); !begun) return begun;
  const auto state = look_at_schema(db);
  if (!state) return fail(state.error());
  if (state->applied.empty())
    return fail(Code::not_found, "no_database", "there are no tables of wrapup in " + shown_place(place));
  if (!state->moving_from.empty())
    return fail(Code::unavailable, "move_unfinished",
                shown_place(place) + " is not whole: data is being moved into it from " + state->moving_from);
  if (state->current()) return {};
  return fail(Code::unavailable, "schema_old",
              shown_place(place) + " has the schema of an earlier version, " + std::to_string(state->applied.size()) +
                  " of " + std::to_string(state->newest) + " steps; bring it up to date first, with wrapup migrate");
}

/// Refuses what nodes work on.
Status check_unserved(sql::Connection& db, const std::string& place) {
  if (!is_postgres_url(place)) return {};
  const auto there = db.has_table("node");
  if (!there) return fail(there.error());
  if (!*there) return {};
  std::string names;
  auto read = db.run(
      "SELECT name FROM node WHERE expires_at > CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) ORDER "
      "BY name",
      {}, [&](const sql::Row& row) { names += (names.empty() ? "" : ", ") + std::string(row.text(0)); });
  if (!read) return fail(std::move(read.error()));
  if (names.empty()) return {};
  return fail(Code::unavailable, "database_in_use",
              shown_place(place) + " is being served by " + names +
                  "; stop them first (with --read-only they may serve what is there meanwhile)");
}

Result<std::int64_t> count_all(sql::Connection& db, const std::vector<TableShape>& tables) {
  std::int64_t total = 0;
  for (const auto& table : tables) {
    auto count = count_rows(db, table);
    if (!count) return count;
    total += *count;
  }
  return total;
}

/// Opens where data is to be moved to, makes the schema, and marks it; or finds the mark of the same move.
Result<Database> open_destination(const std::string& place, const std::string& from, Timestamp now,
                                  const std::vector<TableShape>& tables) {
  auto opened = sql::open_database(place, {.patient = true});
  if (!opened) return opened;
  sql::Connection& db = **opened;
  if (auto unserved = check_unserved(db, place); !unserved) return fail(std::move(unserved.error()));
  if (is_postgres_url(place)) {
    // One that was killed has it until the database has noticed, moments later: that is waited for. Whether it came
    // says the second question.
    if (auto set = db.script("SET lock_timeout = '5s'"); !set) return fail(std::move(set.error()));
    (void)db.run("SELECT pg_advisory_lock($1)", {kMoveLock});
    if (auto reset = db.script("RESET lock_timeout"); !reset) return fail(std::move(reset.error()));
    bool locked = false;
    auto tried = db.run("SELECT pg_try_advisory_lock($1)", {kMoveLock},
                        [&](const sql::Row& row) { locked = row.integer(0) != 0; });
    if (!tried) return fail(std::move(tried.error()));
    if (!locked)
      return fail(Code::unavailable, "database_in_use", "another move into " + shown_place(place) + " is under way");
  }
  const auto state = look_at_schema(db);
  if (!state) return fail(state.error());
  if (!state->moving_from.empty()) {
    if (state->moving_from == from && state->current()) return opened;
    return fail(Code::conflict, "not_empty",
                shown_place(place) + " has part of another move, from " + state->moving_from +
                    "; end that one with the same version, or give an empty database");
  }
  if (auto made = migrate(db, now); !made) return fail(std::move(made.error()));
  for (const auto& table : tables) {
    const auto last = last_key(db, table);
    if (!last) return fail(last.error());
    if (*last)
      return fail(Code::conflict, "not_empty",
                  shown_place(place) + " is not empty: there is " + shown_key(table, **last) +
                      "; give a database that has not been used");
  }
  if (auto marked = mark_move(db, from, now); !marked) return fail(std::move(marked.error()));
  return opened;
}

/// All has come. PostgreSQL would plan badly until it has seen how much there is.
Status end_move(sql::Connection& db, const std::string& place, Timestamp now) {
  if (is_postgres_url(place)) {
    if (auto seen = db.script("ANALYZE"); !seen) return seen;
  }
  return mark_move(db, "", now);
}

/// Ids of the keys that sealed what is in use.
Result<std::vector<std::string>> sealed_by(sql::Connection& db, Timestamp now) {
  Store store(db);
  const auto secrets = store.all_signing_secrets();
  if (!secrets) return fail(secrets.error());
  const auto values = store.sealed_values();
  if (!values) return fail(values.error());
  std::set<std::string> ids;
  for (const auto& secret : *secrets) {
    if (signs(secret, now) && !secret.sealed.empty()) ids.insert(SecretBox::sealed_by(secret.sealed));
  }
  for (const auto& value : *values) ids.insert(SecretBox::sealed_by(value.sealed));
  return std::vector<std::string>(ids.begin(), ids.end());
}

const TableShape* find_table(const std::vector<TableShape>& tables, const std::string& name) {
  for (const auto& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

Result<std::vector<TableDigest>> digest_all(sql::Connection& db, const std::vector<TableShape>& tables,
                                            Counter* counter) {
  std::vector<TableDigest> digests(tables.size());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    if (counter) counter->begin("checking " + tables[i].name);
    auto read = read_rows(db, tables[i], {}, [&](const RowValues& cells) -> Status {
      digests[i].add(digest_of(tables[i], cells));
      if (counter) counter->pass(cells);
      return {};
    });
    if (!read) return fail(std::move(read.error()));
  }
  return digests;
}

/// Reads both sides at once.
Status compare(sql::Connection& from, sql::Connection& to, const std::vector<TableShape>& tables, Counter counter,
               MoveDone& done) {
  auto there = std::async(std::launch::async, [&] { return digest_all(to, tables, nullptr); });
  const auto here = digest_all(from, tables, &counter);
  const auto other = there.get();
  if (!here) return fail(here.error());
  if (!other) return fail(other.error());
  for (std::size_t i = 0; i < tables.size(); ++i) {
    done.tables.push_back({tables[i].name, (*here)[i], (*other)[i]});
    done.agree = done.agree && (*here)[i] == (*other)[i];
  }
  return {};
}

}  // namespace

Result<SchemaState> schema_of(const std::string& place) {
  auto db = open_to_read(place, true);
  if (!db) return fail(std::move(db.error()));
  return look_at_schema(**db);
}

Result<SchemaState> update_schema(const std::string& place, Timestamp now) {
  auto db = sql::open_database(place, {.patient = true});
  if (!db) return fail(std::move(db.error()));
  auto before = look_at_schema(**db);
  if (!before) return before;
  if (auto done = migrate(**db, now); !done) return fail(std::move(done.error()));
  return before;
}

Result<ExportDone> export_database(const std::string& place, const std::string& path, std::string id, Timestamp now,
                                   const OnMove& progress) {
  const auto tables = tables_to_move();
  if (!tables) return fail(tables.error());
  auto db = open_to_read(place, true);
  if (!db) return fail(std::move(db.error()));
  if (auto begun = begin_reading(**db, place); !begun) return fail(std::move(begun.error()));
  const auto state = look_at_schema(**db);
  if (!state) return fail(state.error());
  auto keys = sealed_by(**db, now);
  if (!keys) return fail(std::move(keys.error()));
  const auto total = count_all(**db, *tables);
  if (!total) return fail(total.error());
  auto file =
      ExportWriter::open(path, {std::move(id), state->newest, state->newest_hash, format_utc(now), std::move(*keys)});
  if (!file) return fail(std::move(file.error()));
  MoveProgress now_at{"", 0, *total, 0, 0};
  for (const auto& table : *tables) {
    now_at.what = table.name;
    if (auto begun = (*file)->begin_table(table); !begun) return fail(std::move(begun.error()));
    auto read = read_rows(**db, table, {}, [&](const RowValues& cells) -> Status {
      if (auto put = (*file)->put(cells); !put) return put;
      if (++now_at.rows % kTellEvery == 0) {
        now_at.bytes = (*file)->bytes();
        progress(now_at);
      }
      return {};
    });
    if (!read) return fail(std::move(read.error()));
  }
  if (auto done = (*file)->finish(); !done) return fail(std::move(done.error()));
  return ExportDone{(*file)->rows(), (*file)->bytes(), (*file)->found()};
}

namespace {

/// Takes the rows of a file into a database.
class Import {
 public:
  Import(const std::string& path, const std::string& place, Timestamp now,
         const std::function<Status(const ExportHeader&)>& fits, const OnMove& progress)
      : path_(path), place_(place), now_(now), fits_(fits), progress_(progress) {
    at_.total_bytes = size_of_file(path);
  }

  Result<ImportDone> run() {
    auto tables = tables_to_move();
    if (!tables) return fail(std::move(tables.error()));
    tables_ = std::move(*tables);
    const auto read = read_export(path_, {[this](const ExportHeader& header) { return begin(header); },
                                          [this](const std::string& name) { return begin_table(name); },
                                          [this](const RowValues& cells) { return put(cells); },
                                          [this](std::int64_t bytes) {
                                            at_.bytes = bytes;
                                            progress_(at_);
                                          }});
    // What came before a fault stays.
    if (writer_) {
      if (auto finished = finish_table(!read); !finished) return fail(std::move(finished.error()));
    }
    if (!read) return fail(read.error());
    if (auto marked = end_move(*db_, place_, now_); !marked) return fail(std::move(marked.error()));
    return std::move(done_);
  }

 private:
  Status begin(const ExportHeader& header) {
    const SchemaState ours = empty_schema();
    if (header.schema != ours.newest || header.schema_hash != ours.newest_hash) {
      return fail(Code::invalid, "export_schema",
                  "the file was made by another version: it has step " + std::to_string(header.schema) +
                      " of the schema, this program " + std::to_string(ours.newest) +
                      "; import it with that version, then bring the database up to date with wrapup migrate");
    }
    if (auto fit = fits_(header); !fit) return fit;
    auto opened = open_destination(place_, "the export " + header.id, now_, tables_);
    if (!opened) return fail(std::move(opened.error()));
    db_ = std::move(*opened);
    done_.header = header;
    return {};
  }

  Result<const TableShape*> begin_table(const std::string& name) {
    if (writer_) {
      if (auto finished = finish_table(false); !finished) return fail(std::move(finished.error()));
    }
    const auto* table = find_table(tables_, name);
    if (!table || !db_) return fail(Code::invalid, "export_damaged", "the file has a table that is not known: " + name);
    at_.what = name;
    writer_.emplace(*db_, *table);
    if (auto opened = writer_->open(); !opened) return fail(std::move(opened.error()));
    return table;
  }

  Status put(const RowValues& cells) {
    at_.rows = ++done_.rows;
    return writer_->put(cells);
  }

  Status finish_table(bool part) {
    auto finished = writer_->finish(part);
    done_.stored += writer_->stored();
    writer_.reset();
    return finished;
  }

  const std::string& path_;
  const std::string& place_;
  const Timestamp now_;
  const std::function<Status(const ExportHeader&)>& fits_;
  const OnMove& progress_;
  std::vector<TableShape> tables_;
  Database db_;
  std::optional<TableWriter> writer_;
  ImportDone done_;
  MoveProgress at_;
};

}  // namespace

Result<ImportDone> import_database(const std::string& path, const std::string& place, Timestamp now,
                                   const std::function<Status(const ExportHeader&)>& fits, const OnMove& progress) {
  return Import(path, place, now, fits, progress).run();
}

Result<MoveDone> move_database(const std::string& from, const std::string& to, Timestamp now, const OnMove& progress) {
  const auto tables = tables_to_move();
  if (!tables) return fail(tables.error());
  auto source = open_to_read(from, false);
  if (!source) return fail(std::move(source.error()));
  if (auto unserved = check_unserved(**source, from); !unserved) return fail(std::move(unserved.error()));
  if (auto begun = begin_reading(**source, from); !begun) return fail(std::move(begun.error()));
  auto destination = open_destination(to, shown_place(from), now, *tables);
  if (!destination) return fail(std::move(destination.error()));
  const auto total = count_all(**source, *tables);
  if (!total) return fail(total.error());

  MoveDone done;
  Counter counter(progress, *total);
  for (const auto& table : *tables) {
    counter.begin(table.name);
    TableWriter writer(**destination, table);
    if (auto opened = writer.open(); !opened) return fail(std::move(opened.error()));
    if (writer.last()) {
      const auto there = count_rows(**destination, table);
      if (!there) return fail(there.error());
      counter.skip(*there);
    }
    auto copied = read_rows(**source, table, writer.last(), [&](const RowValues& cells) -> Status {
      counter.pass(cells);
      return writer.put(cells);
    });
    if (copied) copied = writer.finish(true);
    if (!copied) return fail(std::move(copied.error()));
    done.stored += writer.stored();
  }
  auto compared = compare(**source, **destination, *tables, Counter(progress, *total), done);
  if (!compared) return fail(std::move(compared.error()));
  if (done.agree) {
    if (auto marked = end_move(**destination, to, now); !marked) return fail(std::move(marked.error()));
  }
  return done;
}

}  // namespace wrapup
