#include "base/compress.hpp"
#include "base/json.hpp"
#include "storage/store.hpp"
#include "storage/where.hpp"

namespace wrapup {

namespace {

constexpr std::string_view kKeyColumns = "workspace_id, key_id, prefix, name, created_at, revoked_at, scopes";

ApiKey read_key(const sql::Row& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), std::string(row.text(2)),      std::string(row.text(3)),
          row.integer(4),           row.optional_integer(5),  Scopes::from_text(row.text(6))};
}

// The keys that a condition picks.
Result<std::vector<ApiKey>> keys_where(sql::Connection& db, const std::string& rest,
                                       std::initializer_list<sql::Param> params) {
  std::vector<ApiKey> keys;
  auto read = db.run("SELECT " + std::string(kKeyColumns) + " FROM api_key " + rest, params,
                     [&](const sql::Row& row) { keys.push_back(read_key(row)); });
  if (!read) return fail(read.error());
  return keys;
}

Result<std::optional<ApiKey>> first_of(Result<std::vector<ApiKey>> keys) {
  if (!keys) return fail(std::move(keys.error()));
  if (keys->empty()) return std::optional<ApiKey>();
  return std::optional<ApiKey>(std::move(keys->front()));
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
  auto read = db_.run("SELECT settings FROM workspace WHERE workspace_id = $1" + std::string(db_.for_update()),
                      {workspace_id}, [&](const sql::Row& row) { text = std::string(row.text(0)); });
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
  const std::string scopes = key.scopes.text();
  return done(
      db_.run("INSERT INTO api_key (workspace_id, key_id, hash, prefix, name, created_at, scopes) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (hash) DO NOTHING",
              {key.workspace_id, key.key_id, hash, key.prefix, key.name, key.created_at, scopes}));
}

Result<std::vector<ApiKey>> Store::list_keys() { return keys_where(db_, "ORDER BY workspace_id, key_id", {}); }

Result<std::pair<std::int64_t, std::vector<ApiKey>>> Store::list_keys(const std::string& workspace_id,
                                                                      std::int64_t limit, std::int64_t offset) {
  std::int64_t total = 0;
  auto counted = db_.run("SELECT count(*) FROM api_key WHERE workspace_id = $1", {workspace_id},
                         [&](const sql::Row& row) { total = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto keys =
      keys_where(db_, "WHERE workspace_id = $1 ORDER BY key_id DESC LIMIT $2 OFFSET $3", {workspace_id, limit, offset});
  if (!keys) return fail(std::move(keys.error()));
  return std::pair(total, std::move(*keys));
}

Result<std::optional<ApiKey>> Store::get_key(const std::string& key_id) {
  return first_of(keys_where(db_, "WHERE key_id = $1", {key_id}));
}

Result<bool> Store::revoke_key(const std::string& key_id, Timestamp now) {
  auto changed = db_.run("UPDATE api_key SET revoked_at = $1 WHERE key_id = $2 AND revoked_at IS NULL", {now, key_id});
  if (!changed) return fail(changed.error());
  return *changed > 0;
}

Result<std::optional<ApiKey>> Store::find_key(const std::string& hash) {
  return first_of(keys_where(db_, "WHERE hash = $1 AND revoked_at IS NULL", {hash}));
}

Result<std::pair<std::int64_t, std::vector<Workspace>>> Store::list_workspaces(std::int64_t limit,
                                                                               std::int64_t offset) {
  std::pair<std::int64_t, std::vector<Workspace>> page;
  auto counted =
      db_.run("SELECT count(*) FROM workspace", {}, [&](const sql::Row& row) { page.first = row.integer(0); });
  if (!counted) return fail(counted.error());
  auto read = db_.run(
      "SELECT workspace_id, created_at, (SELECT count(*) FROM api_key k WHERE k.workspace_id = w.workspace_id AND "
      "revoked_at IS NULL) FROM workspace w ORDER BY workspace_id LIMIT $1 OFFSET $2",
      {limit, offset}, [&](const sql::Row& row) {
        page.second.push_back({std::string(row.text(0)), row.integer(1), row.integer(2)});
      });
  if (!read) return fail(read.error());
  return page;
}

Result<bool> Store::has_workspace(const std::string& workspace_id) {
  bool found = false;
  auto read = db_.run("SELECT 1 FROM workspace WHERE workspace_id = $1", {workspace_id},
                      [&](const sql::Row&) { found = true; });
  if (!read) return fail(read.error());
  return found;
}

Status Store::add_audit(const AuditEntry& entry) {
  return done(db_.run(
      "INSERT INTO audit (workspace_id, audit_id, at, key_id, act, object_id, request_id) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {entry.workspace_id, entry.audit_id, entry.at, entry.key_id, entry.act, entry.object_id, entry.request_id}));
}

Result<AuditPage> Store::list_audit(const std::string& workspace_id, const AuditFilter& filter) {
  AuditPage page;
  Where where(workspace_id);
  if (!filter.key_id.empty()) where.add("key_id = ", filter.key_id);
  if (!filter.act.empty()) where.add("act = ", filter.act);
  if (!filter.object_id.empty()) where.add("object_id = ", filter.object_id);
  if (filter.from) where.add("at >= ", *filter.from);
  if (filter.to) where.add("at < ", *filter.to);
  auto counted = db_.run("SELECT count(*) FROM audit WHERE " + where.sql(), where.params().data(),
                         where.params().size(), [&](const sql::Row& row) { page.total = row.integer(0); });
  if (!counted) return fail(counted.error());
  if (!filter.before.empty()) where.add("audit_id < ", filter.before);
  std::string query = "SELECT audit_id, at, key_id, act, object_id, request_id FROM audit WHERE " + where.sql() +
                      " ORDER BY audit_id DESC LIMIT " + where.bind(filter.limit);
  query += " OFFSET " + where.bind(filter.offset);
  auto read = db_.run(query, where.params().data(), where.params().size(), [&](const sql::Row& row) {
    page.entries.push_back({workspace_id, std::string(row.text(0)), row.integer(1), std::string(row.text(2)),
                            std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(5))});
  });
  if (!read) return fail(read.error());
  return page;
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
