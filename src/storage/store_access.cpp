#include "base/compress.hpp"
#include "base/json.hpp"
#include "storage/store.hpp"

namespace wrapup {

namespace {

ApiKey read_key(const sql::Row& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),
          std::string(row.text(3)), row.integer(4),           row.optional_integer(5)};
}

Status done(const Result<std::int64_t>& result) {
  if (!result) return fail(result.error());
  return {};
}

}  // namespace

Status Store::ping() { return done(db_.run("SELECT workspace_id FROM workspace LIMIT 1")); }

Status Store::ensure_workspace(const std::string& workspace_id, Timestamp now) {
  return done(
      db_.run("INSERT INTO workspace (workspace_id, created_at) VALUES ($1, $2) ON CONFLICT (workspace_id) DO NOTHING",
              {workspace_id, now}));
}

Result<json::object> Store::workspace_settings(const std::string& workspace_id) {
  std::optional<std::string> text;
  auto read = db_.run("SELECT settings FROM workspace WHERE workspace_id = $1", {workspace_id},
                      [&](const sql::Row& row) { text = std::string(row.text(0)); });
  if (!read) return fail(read.error());
  if (!text) return fail(Code::not_found, "workspace_not_found", "there is no workspace " + workspace_id);
  auto parsed = parse_json(*text);
  if (!parsed || !parsed->is_object())
    return fail(Code::internal, "internal_error", "the settings of a workspace are damaged", workspace_id);
  return std::move(parsed->get_object());
}

Status Store::put_workspace_settings(const std::string& workspace_id, const json::object& settings) {
  return done(db_.run("UPDATE workspace SET settings = $1 WHERE workspace_id = $2", {to_text(settings), workspace_id}));
}

Result<bool> Store::has_keys(const std::string& workspace_id) {
  bool found = false;
  auto read = db_.run("SELECT 1 FROM api_key WHERE workspace_id = $1 AND revoked_at IS NULL LIMIT 1", {workspace_id},
                      [&](const sql::Row&) { found = true; });
  if (!read) return fail(read.error());
  return found;
}

Status Store::add_key(const ApiKey& key, const std::string& hash) {
  return done(db_.run(
      "INSERT INTO api_key (workspace_id, key_id, hash, prefix, name, created_at) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (hash) DO NOTHING",
      {key.workspace_id, key.key_id, hash, key.prefix, key.name, key.created_at}));
}

Result<std::vector<ApiKey>> Store::list_keys() {
  std::vector<ApiKey> keys;
  auto read = db_.run(
      "SELECT workspace_id, key_id, prefix, name, created_at, revoked_at FROM api_key ORDER BY workspace_id, key_id",
      {}, [&](const sql::Row& row) { keys.push_back(read_key(row)); });
  if (!read) return fail(read.error());
  return keys;
}

Result<bool> Store::revoke_key(const std::string& key_id, Timestamp now) {
  auto changed = db_.run("UPDATE api_key SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL", {now, key_id});
  if (!changed) return fail(changed.error());
  return *changed > 0;
}

Result<std::optional<ApiKey>> Store::find_key(const std::string& hash) {
  std::optional<ApiKey> key;
  auto read = db_.run(
      "SELECT workspace_id, key_id, prefix, name, created_at, revoked_at FROM api_key "
      "WHERE hash = $1 AND revoked_at IS NULL",
      {hash}, [&](const sql::Row& row) { key = read_key(row); });
  if (!read) return fail(read.error());
  return key;
}

Result<std::optional<IdempotentAnswer>> Store::find_idempotent(const std::string& workspace_id,
                                                               const std::string& key) {
  std::optional<IdempotentAnswer> answer;
  std::string packed;
  auto read =
      db_.run("SELECT request_hash, status, body FROM idempotency WHERE workspace_id = $1 AND idempotency_key = $2",
              {workspace_id, key}, [&](const sql::Row& row) {
                answer = IdempotentAnswer{std::string(row.text(0)), row.integer(1), ""};
                packed = row.text(2);
              });
  if (!read) return fail(read.error());
  if (!answer) return answer;
  auto body = unpack(packed);
  if (!body) return fail(body.error());
  answer->body = std::move(*body);
  return answer;
}

Status Store::keep_idempotent(const std::string& workspace_id, const std::string& key, const IdempotentAnswer& answer,
                              Timestamp now) {
  const std::string packed = pack(answer.body);
  return done(
      db_.run("INSERT INTO idempotency (workspace_id, idempotency_key, request_hash, status, body, created_at) "
              "VALUES ($1, $2, $3, $4, $5, $6)",
              {workspace_id, key, answer.request_hash, answer.status, sql::Blob{packed}, now}));
}

Result<std::int64_t> Store::forget_idempotent(Timestamp before, std::int64_t limit) {
  return db_.run(
      "DELETE FROM idempotency WHERE (workspace_id, idempotency_key) IN "
      "(SELECT workspace_id, idempotency_key FROM idempotency WHERE created_at < $1 LIMIT $2)",
      {before, limit});
}

}  // namespace wrapup
