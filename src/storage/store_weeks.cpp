#include <array>

#include "base/time.hpp"
#include "storage/store.hpp"
#include "storage/weeks.hpp"

namespace wrapup {

namespace {

// Kept in weeks, in the order in which old ones are dropped: log entries go by an age of their own; without its
// delivery a call is not replayed any more; what is left is only reached through the call.
struct Large {
  const char* table;
  const char* id;
  const char* prefix;
};
constexpr std::array kLarge{Large{"attempt", "attempt_id", ""}, Large{"delivery", "delivery_id", "evt_"},
                            Large{"call", "call_id", ""},       Large{"revision", "call_id", ""},
                            Large{"event", "call_id", ""},      Large{"message", "webhook_id", "evt_"}};

constexpr std::int64_t kWeeksLock = 0x777261707571;  // any number that others do not take

const Large* large_named(std::string_view table) {
  for (const auto& large : kLarge) {
    if (large.table == table) return &large;
  }
  return nullptr;
}

// Only reached through the calls of that week.
bool is_of_calls(const Week& week) { return week.table == "revision" || week.table == "event"; }

// Of the ids without the prefix.
struct Range {
  std::string from;
  std::string to;
};

Range range_of(const Week& week) {
  const std::size_t prefix = std::string_view(large_named(week.table)->prefix).size();
  return {week.from.substr(std::min(prefix, week.from.size())), week.to.substr(std::min(prefix, week.to.size()))};
}

// Whoever comes second leaves it to the other. A change of a table waits for those who use it, and those who want to
// for the change: rather it is tried again later than that they wait for long.
Result<bool> begin_change(sql::Connection& db) {
  bool first = false;
  if (auto done = db.script("SET LOCAL lock_timeout = '300ms'; SET LOCAL enable_seqscan = off"); !done)
    return fail(std::move(done.error()));
  auto read = db.run("SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END", {kWeeksLock},
                     [&](const sql::Row& row) { first = row.integer(0) != 0; });
  if (!read) return fail(std::move(read.error()));
  return first;
}

Result<std::vector<Week>> read_weeks(sql::Connection& db) {
  std::vector<Week> weeks;
  auto read = db.run(
      "SELECT large.relname, part.relname, substring(bound FROM 'FROM \\(''(.*)''\\) TO'), "
      "substring(bound FROM 'TO \\(''(.*)''\\)') FROM pg_inherits JOIN pg_class AS large ON large.oid = inhparent "
      "JOIN pg_class AS part ON part.oid = inhrelid, pg_get_expr(part.relpartbound, part.oid) AS bound "
      "WHERE large.relkind = 'p' AND large.relnamespace = current_schema()::regnamespace AND bound <> 'DEFAULT' "
      "ORDER BY 2",
      {}, [&](const sql::Row& row) {
        Week week{std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
                  std::string(row.text(3))};
        if (large_named(week.table)) weeks.push_back(std::move(week));
      });
  if (!read) return fail(std::move(read.error()));
  return weeks;
}

Status make(sql::Connection& db, const Large& large, Timestamp begin, const Week& week) {
  const std::string table = large.table;
  const std::string day = format_utc(begin);
  const std::string name = table + "_" + day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
  const std::string range = "'" + week.from + "') TO ('" + week.to + "'";
  const std::string moves = std::string(large.id) + " >= '" + week.from + "' AND " + large.id + " < '" + week.to + "'";
  return db.script("LOCK TABLE " + table + "_rest IN ACCESS EXCLUSIVE MODE; CREATE TABLE " + name + " (LIKE " + table +
                   " INCLUDING DEFAULTS INCLUDING STORAGE); WITH moved AS (DELETE FROM " + table + "_rest WHERE " +
                   moves + " RETURNING *) INSERT INTO " + name + " SELECT * FROM moved; ALTER TABLE " + table +
                   " ATTACH PARTITION " + name + " FOR VALUES FROM (" + range + ")");
}

Result<bool> finds(sql::Connection& db, std::string_view query, const std::string& from, const std::string& to) {
  bool found = false;
  auto read = db.run(query, {from, to}, [&](const sql::Row&) { found = true; });
  if (!read) return fail(std::move(read.error()));
  return found;
}

// Whether something that was made in a week has to stay; each is looked for in an index of what is not done.
Result<bool> has_to_stay(sql::Connection& db, const Week& week) {
  if (week.table == "attempt") return false;
  const auto [from, to] = range_of(week);
  if (is_of_calls(week)) return finds(db, "SELECT 1 FROM call WHERE call_id >= $1 AND call_id < $2 LIMIT 1", from, to);
  for (const std::string_view query : {
           "SELECT 1 FROM call WHERE call_id >= $1 AND call_id < $2 AND terminal = 0 LIMIT 1",
           "SELECT 1 FROM call WHERE call_id >= $1 AND call_id < $2 AND due_at IS NOT NULL LIMIT 1",
           "SELECT 1 FROM delivery WHERE delivery_id >= 'evt_' || $1 AND delivery_id < 'evt_' || $2 AND "
           "state = 'pending' LIMIT 1",
           "SELECT 1 FROM delivery WHERE delivery_id < 'evt_' AND webhook_id >= 'evt_' || $1 AND "
           "webhook_id < 'evt_' || $2 AND state = 'pending' LIMIT 1",
       }) {
    auto found = finds(db, query, from, to);
    if (!found || *found) return found;
  }
  return false;
}

}  // namespace

void Store::plan_by_values() {
  if (db_.has_partitions()) (void)db_.send("SET LOCAL plan_cache_mode = auto", {});
}

Result<bool> Store::make_week(Timestamp now) {
  if (!db_.has_partitions()) return false;
  auto first = begin_change(db_);
  if (!first || !*first) return first;
  auto weeks = read_weeks(db_);
  if (!weeks) return fail(std::move(weeks.error()));
  for (int ahead = 0; ahead <= kWeeksAhead; ++ahead) {
    const Timestamp begin = week_of(now) + ahead * kWeek;
    for (const auto& large : kLarge) {
      const Week wanted{large.table, "", large.prefix + first_id_at(begin), large.prefix + first_id_at(begin + kWeek)};
      const bool there = std::any_of(weeks->begin(), weeks->end(), [&](const Week& week) {
        return week.table == wanted.table && week.from <= wanted.from && wanted.from < week.to;
      });
      if (there) continue;
      if (auto made = make(db_, large, begin, wanted); !made) return fail(std::move(made.error()));
      return true;
    }
  }
  return false;
}

Result<std::vector<Week>> Store::old_weeks(Timestamp calls_before, Timestamp logs_before) {
  std::vector<Week> old;
  if (!db_.has_partitions()) return old;
  auto weeks = read_weeks(db_);
  if (!weeks) return weeks;
  for (const auto& large : kLarge) {
    const bool of_log = std::string_view(large.table) == "attempt";
    const std::string end = first_id_at(of_log ? logs_before : calls_before);
    for (const auto& week : *weeks) {
      if (week.table != large.table || range_of(week).to > end) continue;
      auto stays = has_to_stay(db_, week);
      if (!stays) return fail(std::move(stays.error()));
      // What stays for its calls may go once they have.
      const bool with_calls = std::any_of(old.begin(), old.end(), [&](const Week& gone) {
        return gone.table == "call" && gone.to == week.to && is_of_calls(week);
      });
      if (!*stays || with_calls) old.push_back(week);
    }
  }
  return old;
}

Result<std::int64_t> Store::delete_beside(const std::string& workspace_id, const Week& week, std::int64_t limit) {
  std::int64_t rows = 0;
  if (week.table != "call") return rows;
  const auto [from, to] = range_of(week);
  for (const std::string_view query : {
           "DELETE FROM call_external WHERE workspace_id = $1 AND external_id IN (SELECT external_id FROM "
           "call_external WHERE workspace_id = $1 AND call_id >= $2 AND call_id < $3 LIMIT $4)",
           "DELETE FROM delivery WHERE workspace_id = $1 AND delivery_id IN (SELECT delivery_id FROM delivery WHERE "
           "workspace_id = $1 AND call_id >= $2 AND call_id < $3 AND delivery_id <> webhook_id LIMIT $4)",
           "DELETE FROM attempt WHERE workspace_id = $1 AND attempt_id IN (SELECT attempt_id FROM attempt WHERE "
           "workspace_id = $1 AND call_id >= $2 AND call_id < $3 LIMIT $4)",
           "DELETE FROM model_answer WHERE workspace_id = $1 AND (call_id, hash) IN (SELECT call_id, hash FROM "
           "model_answer WHERE workspace_id = $1 AND call_id >= $2 AND call_id < $3 LIMIT $4)",
       }) {
    auto gone = db_.run(query, {workspace_id, from, to, limit});
    if (!gone) return gone;
    rows += *gone;
  }
  return rows;
}

Result<std::optional<std::int64_t>> Store::drop_week(const Week& week) {
  using Calls = std::optional<std::int64_t>;
  auto first = begin_change(db_);
  if (!first) return fail(std::move(first.error()));
  if (!*first) return Calls();
  if (auto locked = db_.script("LOCK TABLE ONLY " + week.table + " IN ACCESS EXCLUSIVE MODE"); !locked)
    return fail(std::move(locked.error()));
  auto stays = has_to_stay(db_, week);
  if (!stays) return fail(std::move(stays.error()));
  if (*stays) return Calls();
  std::int64_t calls = 0;
  if (week.table == "call") {
    const auto [from, to] = range_of(week);
    auto counted = db_.run("DELETE FROM call_count WHERE week >= $1 AND week < $2 RETURNING calls",
                           {week_of_id(from), week_of_id(to)}, [&](const sql::Row& row) { calls += row.integer(0); });
    if (!counted) return fail(std::move(counted.error()));
  }
  if (auto gone = db_.script("DROP TABLE IF EXISTS " + week.partition); !gone) return fail(std::move(gone.error()));
  return Calls(calls);
}

}  // namespace wrapup
