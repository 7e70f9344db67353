#include "base/entropy.hpp"
#include "storage/store.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kBriefColumns =
    "call_id, agent_id, external_id, direction, status, end_call_reason, phone, name, duration_s, revision, "
    "created_at, "
    "started_at, last_event_at";

CallBrief read_brief(const sql::Row& row) {
  CallBrief call;
  call.call_id = row.text(0);
  call.agent_id = row.text(1);
  call.external_id = row.text(2);
  call.direction = row.text(3);
  call.status = row.text(4);
  call.end_call_reason = row.text(5);
  call.phone = row.text(6);
  call.name = row.text(7);
  call.duration_s = row.integer(8);
  call.revision = row.integer(9);
  call.created_at = row.integer(10);
  call.started_at = row.integer(11);
  call.last_event_at = row.integer(12);
  return call;
}

Status done(const Result<std::int64_t>& result) {
  if (!result) return fail(result.error());
  return {};
}

}  // namespace

Status Store::add_session(const ConsoleSession& session, Timestamp idle_before) {
  auto forgotten = db_.run("DELETE FROM console_session WHERE used_at < $1", {idle_before});
  if (!forgotten) return fail(forgotten.error());
  auto replaced = db_.run(
      "DELETE FROM console_session WHERE session_hash IN (SELECT session_hash FROM console_session "
      "WHERE workspace_id = $1 AND key_id = $2 ORDER BY used_at DESC LIMIT 1000 OFFSET $3)",
      {session.workspace_id, session.key_id, kMaxSessionsOfKey - 1});
  if (!replaced) return fail(replaced.error());
  return done(
      db_.run("INSERT INTO console_session (workspace_id, session_hash, key_id, created_at, used_at) "
              "VALUES ($1, $2, $3, $4, $4)",
              {session.workspace_id, session.hash, session.key_id, session.used_at}));
}

Result<std::optional<std::pair<ConsoleSession, ApiKey>>> Store::find_session(const std::string& hash,
                                                                             Timestamp idle_before) {
  using Found = std::optional<std::pair<ConsoleSession, ApiKey>>;
  std::optional<ConsoleSession> session;
  std::string key_hash;
  auto read = db_.run(
      "SELECT s.workspace_id, s.key_id, s.used_at, k.hash FROM console_session s JOIN api_key k "
      "ON k.workspace_id = s.workspace_id AND k.key_id = s.key_id WHERE s.session_hash = $1 AND s.used_at >= $2",
      {hash, idle_before}, [&](const sql::Row& row) {
        session = ConsoleSession{std::string(row.text(0)), hash, std::string(row.text(1)), row.integer(2)};
        key_hash = row.text(3);
      });
  if (!read) return fail(read.error());
  if (!session) return Found();
  auto key = find_key(key_hash);
  if (!key) return fail(key.error());
  if (!*key) return Found();
  return Found(std::pair(std::move(*session), std::move(**key)));
}

Status Store::touch_session(const std::string& hash, Timestamp now) {
  return done(db_.run("UPDATE console_session SET used_at = $1 WHERE session_hash = $2", {now, hash}));
}

Status Store::end_session(const std::string& hash) {
  return done(db_.run("DELETE FROM console_session WHERE session_hash = $1", {hash}));
}

Result<std::optional<CallBrief>> Store::brief_call(const std::string& workspace_id, const std::string& call_id) {
  std::optional<CallBrief> call;
  auto read = db_.run("SELECT " + std::string(kBriefColumns) + " FROM call WHERE workspace_id = $1 AND call_id = $2",
                      {workspace_id, call_id}, [&](const sql::Row& row) { call = read_brief(row); });
  if (!read) return fail(read.error());
  return call;
}

Result<std::vector<CallBrief>> Store::calls_changed_since(const std::string& workspace_id, Timestamp made_since,
                                                          Timestamp since, std::int64_t limit) {
  std::vector<CallBrief> calls;
  const std::string floor = id_floor(made_since);
  auto read =
      db_.run("SELECT " + std::string(kBriefColumns) +
                  " FROM call WHERE workspace_id = $1 AND call_id >= $2 AND last_event_at >= $3 "
                  "ORDER BY call_id LIMIT $4",
              {workspace_id, floor, since, limit}, [&](const sql::Row& row) { calls.push_back(read_brief(row)); });
  if (!read) return fail(read.error());
  return calls;
}

Result<std::vector<std::string>> Store::attempts_since(const std::string& workspace_id, Timestamp since,
                                                       std::int64_t limit) {
  std::vector<std::string> ids;
  const std::string floor = id_floor(since);
  auto read = db_.run(
      "SELECT attempt_id FROM attempt WHERE workspace_id = $1 AND attempt_id >= $2 ORDER BY attempt_id LIMIT $3",
      {workspace_id, floor, limit}, [&](const sql::Row& row) { ids.emplace_back(row.text(0)); });
  if (!read) return fail(read.error());
  return ids;
}

}  // namespace wrapup
