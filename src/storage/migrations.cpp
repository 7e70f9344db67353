#include "storage/migrations.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string>

#include "base/crypto.hpp"

namespace wrapup {

namespace {

// Portable SQL: TEXT and BIGINT (times in µs UTC, flags 0/1); BYTES is spelled as the database spells it. Every key
// begins with workspace_id, so that the tables can be distributed by it.
struct Step {
  Step(const char* text) : sql(text) {}
  Step(const char* text, const char* other) : sql(text), with_partitions(other) {}
  const char* sql;
  const char* with_partitions = nullptr;  // in its place, for the database that has them
};

const Step kSteps[] = {
    R"sql(
CREATE TABLE workspace (
  workspace_id TEXT PRIMARY KEY NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE api_key (
  workspace_id TEXT NOT NULL, key_id TEXT NOT NULL,
  hash TEXT NOT NULL, prefix TEXT NOT NULL, name TEXT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT,
  PRIMARY KEY (workspace_id, key_id)
);
CREATE UNIQUE INDEX api_key_hash ON api_key (hash);
CREATE TABLE signing_secret (
  workspace_id TEXT NOT NULL, secret_id TEXT NOT NULL,
  secret TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, secret_id)
);
CREATE TABLE agent (
  workspace_id TEXT NOT NULL, agent_id TEXT NOT NULL,
  version BIGINT NOT NULL, created_at BIGINT NOT NULL, deleted_at BIGINT,
  PRIMARY KEY (workspace_id, agent_id)
);
CREATE TABLE agent_version (
  workspace_id TEXT NOT NULL, agent_id TEXT NOT NULL, version BIGINT NOT NULL,
  document TEXT NOT NULL, actions TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, agent_id, version)
);
CREATE TABLE action (
  workspace_id TEXT NOT NULL, action_id TEXT NOT NULL,
  document TEXT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, action_id)
);
CREATE TABLE call (
  workspace_id TEXT NOT NULL, call_id TEXT NOT NULL,
  agent_id TEXT NOT NULL, agent_version BIGINT NOT NULL,
  external_id TEXT, direction TEXT NOT NULL, reported BIGINT NOT NULL, request BLOB NOT NULL,
  created_at BIGINT NOT NULL, started_at BIGINT NOT NULL, last_event_at BIGINT NOT NULL,
  status TEXT NOT NULL, terminal BIGINT NOT NULL, end_call_reason TEXT NOT NULL, duration_s BIGINT NOT NULL, phone TEXT NOT NULL,
  name TEXT NOT NULL, revision BIGINT NOT NULL, due_at BIGINT, dial_at BIGINT,
  PRIMARY KEY (workspace_id, call_id)
);
CREATE UNIQUE INDEX call_external_id ON call (workspace_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX call_agent ON call (workspace_id, agent_id, call_id);
CREATE INDEX call_due ON call (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX call_dial ON call (dial_at) WHERE dial_at IS NOT NULL;
CREATE INDEX call_open ON call (last_event_at) WHERE terminal = 0;
CREATE TABLE event (
  workspace_id TEXT NOT NULL, call_id TEXT NOT NULL, event_id TEXT NOT NULL,
  type TEXT NOT NULL, at BIGINT NOT NULL, received_at BIGINT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (workspace_id, call_id, event_id)
);
CREATE TABLE revision (
  workspace_id TEXT NOT NULL, call_id TEXT NOT NULL, revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL, payload BLOB NOT NULL, stages TEXT NOT NULL,
  PRIMARY KEY (workspace_id, call_id, revision)
);
CREATE TABLE endpoint (
  workspace_id TEXT NOT NULL, endpoint_id TEXT NOT NULL,
  url TEXT NOT NULL, state TEXT NOT NULL, held_until BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, endpoint_id)
);
CREATE UNIQUE INDEX endpoint_url ON endpoint (workspace_id, url);
CREATE TABLE delivery (
  workspace_id TEXT NOT NULL, webhook_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL, call_id TEXT NOT NULL, model_id TEXT NOT NULL, revision BIGINT NOT NULL,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, created_at BIGINT NOT NULL, ended_at BIGINT,
  PRIMARY KEY (workspace_id, webhook_id)
);
CREATE INDEX delivery_due ON delivery (workspace_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE TABLE attempt (
  workspace_id TEXT NOT NULL, attempt_id TEXT NOT NULL,
  webhook_id TEXT NOT NULL, endpoint_id TEXT NOT NULL, call_id TEXT NOT NULL, model_id TEXT NOT NULL, revision BIGINT NOT NULL,
  number BIGINT NOT NULL, at BIGINT NOT NULL, url TEXT NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL,
  response_code BIGINT NOT NULL, detail BLOB NOT NULL,
  PRIMARY KEY (workspace_id, attempt_id)
);
CREATE INDEX attempt_call ON attempt (workspace_id, call_id, attempt_id);
CREATE TABLE idempotency (
  workspace_id TEXT NOT NULL, idempotency_key TEXT NOT NULL,
  request_hash TEXT NOT NULL, status BIGINT NOT NULL, body BLOB NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, idempotency_key)
);
)sql",
    R"sql(
ALTER TABLE workspace ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE endpoint ADD COLUMN state_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN state_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN circuit_open BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN probe_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN failing_since BIGINT;
ALTER TABLE endpoint ADD COLUMN told_disabled BIGINT NOT NULL DEFAULT 0;
ALTER TABLE endpoint ADD COLUMN settings BLOB NOT NULL DEFAULT '';
ALTER TABLE endpoint ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE call ADD COLUMN reanalyze BIGINT NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN findings TEXT NOT NULL DEFAULT '';
CREATE INDEX call_started ON call (workspace_id, started_at);
ALTER TABLE delivery RENAME TO delivery_before;
DROP INDEX delivery_due;
CREATE TABLE delivery (
  workspace_id TEXT NOT NULL, delivery_id TEXT NOT NULL, webhook_id TEXT NOT NULL, type TEXT NOT NULL,
  endpoint_id TEXT NOT NULL, call_id TEXT NOT NULL, model_id TEXT NOT NULL, revision BIGINT NOT NULL, replay_id TEXT,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  first_sent_at BIGINT, ended_at BIGINT, failure TEXT NOT NULL,
  PRIMARY KEY (workspace_id, delivery_id)
);
INSERT INTO delivery SELECT workspace_id, webhook_id, webhook_id, 'call.completed', endpoint_id, call_id, model_id, revision, NULL,
  state, attempts, next_at, created_at, NULL, ended_at, '' FROM delivery_before;
DROP TABLE delivery_before;
CREATE INDEX delivery_due ON delivery (workspace_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX delivery_again ON delivery (workspace_id, call_id) WHERE delivery_id <> webhook_id;
CREATE INDEX delivery_replay ON delivery (workspace_id, replay_id, state) WHERE replay_id IS NOT NULL;
CREATE TABLE message (
  workspace_id TEXT NOT NULL, webhook_id TEXT NOT NULL,
  created_at BIGINT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (workspace_id, webhook_id)
);
ALTER TABLE attempt ADD COLUMN delivery_id TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN type TEXT NOT NULL DEFAULT 'call.completed';
ALTER TABLE attempt ADD COLUMN duration_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN maybe_delivered BIGINT NOT NULL DEFAULT 0;
UPDATE attempt SET delivery_id = webhook_id;
CREATE INDEX attempt_endpoint ON attempt (workspace_id, endpoint_id, attempt_id);
CREATE TABLE replay (
  workspace_id TEXT NOT NULL, replay_id TEXT NOT NULL,
  state TEXT NOT NULL, filter TEXT NOT NULL, url TEXT NOT NULL, rate BIGINT NOT NULL,
  total BIGINT NOT NULL, queued BIGINT NOT NULL, position TEXT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, replay_id)
);
CREATE INDEX replay_running ON replay (replay_id) WHERE state = 'running';
ALTER TABLE signing_secret ADD COLUMN kind TEXT NOT NULL DEFAULT 'hmac';
ALTER TABLE signing_secret ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE signing_secret ADD COLUMN sealed BLOB NOT NULL DEFAULT '';
ALTER TABLE signing_secret ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
ALTER TABLE signing_secret ADD COLUMN expires_at BIGINT;
ALTER TABLE signing_secret ADD COLUMN revoked_at BIGINT;
)sql",
    // used_at: when a delivery was last made for it, to the day. What is there counts as used until now.
    R"sql(
ALTER TABLE endpoint ADD COLUMN used_at BIGINT NOT NULL DEFAULT 0;
UPDATE endpoint SET used_at = coalesce((SELECT max(created_at) FROM delivery), 0);
CREATE INDEX idempotency_age ON idempotency (created_at);
)sql",
    // Keys that are there may do what they could.
    R"sql(
ALTER TABLE api_key ADD COLUMN scopes TEXT NOT NULL DEFAULT 'calls:read calls:write events:write admin';
CREATE INDEX api_key_id ON api_key (key_id);
CREATE TABLE audit (
  workspace_id TEXT NOT NULL, audit_id TEXT NOT NULL,
  at BIGINT NOT NULL, key_id TEXT NOT NULL, act TEXT NOT NULL, object_id TEXT NOT NULL, request_id TEXT NOT NULL,
  PRIMARY KEY (workspace_id, audit_id)
);
)sql",
    // answers_left: how many requests still get `answer`; null: all of them. kept: bytes that a request takes up.
    R"sql(
CREATE TABLE console_session (
  workspace_id TEXT NOT NULL, session_hash TEXT NOT NULL,
  key_id TEXT NOT NULL, created_at BIGINT NOT NULL, used_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, session_hash)
);
CREATE UNIQUE INDEX console_session_hash ON console_session (session_hash);
CREATE INDEX console_session_used ON console_session (used_at);
CREATE TABLE inbox (
  workspace_id TEXT NOT NULL, token TEXT NOT NULL,
  name TEXT NOT NULL, answer TEXT NOT NULL, answers_left BIGINT, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, token)
);
CREATE UNIQUE INDEX inbox_token ON inbox (token);
CREATE TABLE inbox_request (
  workspace_id TEXT NOT NULL, token TEXT NOT NULL, request_id TEXT NOT NULL,
  at BIGINT NOT NULL, size BIGINT NOT NULL, kept BIGINT NOT NULL, answered BIGINT, head BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (workspace_id, token, request_id)
);
CREATE INDEX inbox_request_age ON inbox_request (at);
)sql",
    // Rows kept in the order of their key: one tree less to write to.
    R"sql(
ALTER TABLE revision RENAME TO revision_before;
CREATE TABLE revision (
  workspace_id TEXT NOT NULL, call_id TEXT NOT NULL, revision BIGINT NOT NULL,
  created_at BIGINT NOT NULL, payload BLOB NOT NULL, stages TEXT NOT NULL,
  PRIMARY KEY (workspace_id, call_id, revision)
) WITHOUT ROWID;
INSERT INTO revision SELECT workspace_id, call_id, revision, created_at, payload, stages FROM revision_before;
DROP TABLE revision_before;
ALTER TABLE delivery RENAME TO delivery_before;
DROP INDEX delivery_due;
DROP INDEX delivery_again;
DROP INDEX delivery_replay;
CREATE TABLE delivery (
  workspace_id TEXT NOT NULL, delivery_id TEXT NOT NULL, webhook_id TEXT NOT NULL, type TEXT NOT NULL,
  endpoint_id TEXT NOT NULL, call_id TEXT NOT NULL, model_id TEXT NOT NULL, revision BIGINT NOT NULL, replay_id TEXT,
  state TEXT NOT NULL, attempts BIGINT NOT NULL, next_at BIGINT NOT NULL, created_at BIGINT NOT NULL,
  first_sent_at BIGINT, ended_at BIGINT, failure TEXT NOT NULL,
  PRIMARY KEY (workspace_id, delivery_id)
) WITHOUT ROWID;
INSERT INTO delivery SELECT * FROM delivery_before;
DROP TABLE delivery_before;
CREATE INDEX delivery_due ON delivery (workspace_id, endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX delivery_again ON delivery (workspace_id, call_id) WHERE delivery_id <> webhook_id;
CREATE INDEX delivery_replay ON delivery (workspace_id, replay_id, state) WHERE replay_id IS NOT NULL;
)sql",
    // Lists of calls, newest start first, by what they are filtered by.
    R"sql(
CREATE TABLE call_count (workspace_id TEXT PRIMARY KEY NOT NULL, calls BIGINT NOT NULL);
INSERT INTO call_count SELECT workspace_id, count(*) FROM call GROUP BY workspace_id;
DROP INDEX call_started;
CREATE INDEX call_start ON call (workspace_id, started_at, call_id, duration_s);
CREATE INDEX call_agent_start ON call (workspace_id, agent_id, started_at, call_id);
CREATE INDEX call_status_start ON call (workspace_id, status, started_at, call_id);
CREATE INDEX call_reason_start ON call (workspace_id, end_call_reason, started_at, call_id);
CREATE INDEX call_phone_start ON call (workspace_id, substr(phone, length(phone) - 1), started_at, call_id, phone);
)sql",
    // What models were asked and what that took; analyzing again, one call or many.
    R"sql(
ALTER TABLE call ADD COLUMN analyze_with TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN late_tries BIGINT NOT NULL DEFAULT 0;
ALTER TABLE call ADD COLUMN reanalysis_id TEXT;
CREATE INDEX call_reanalysis ON call (workspace_id, reanalysis_id) WHERE reanalysis_id IS NOT NULL;
CREATE TABLE model_answer (
  workspace_id TEXT NOT NULL, call_id TEXT NOT NULL, hash TEXT NOT NULL,
  answer BLOB NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, call_id, hash)
);
CREATE TABLE model_use (
  workspace_id TEXT NOT NULL, day BIGINT NOT NULL, model TEXT NOT NULL,
  requests BIGINT NOT NULL, prompt_tokens BIGINT NOT NULL, completion_tokens BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, day, model)
);
CREATE TABLE reanalysis (
  workspace_id TEXT NOT NULL, reanalysis_id TEXT NOT NULL,
  state TEXT NOT NULL, filter TEXT NOT NULL, analyze_with TEXT NOT NULL, rate BIGINT NOT NULL,
  total BIGINT NOT NULL, queued BIGINT NOT NULL, position TEXT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, reanalysis_id)
);
CREATE INDEX reanalysis_running ON reanalysis (reanalysis_id) WHERE state = 'running';
)sql",
    // Lists of calls: one index with all that they filter by, one by classes of calls that are alike in it.
    R"sql(
DROP INDEX call_start;
DROP INDEX call_agent_start;
DROP INDEX call_status_start;
DROP INDEX call_reason_start;
DROP INDEX call_phone_start;
CREATE INDEX call_start ON call (workspace_id, started_at, call_id, duration_s, status, end_call_reason, agent_id, phone, name);
CREATE INDEX call_class ON call (workspace_id, status, end_call_reason, (CASE WHEN duration_s < 10 THEN 0
  WHEN duration_s < 60 THEN 1 WHEN duration_s < 180 THEN 2 WHEN duration_s < 600 THEN 3 WHEN duration_s < 1800 THEN 4
  WHEN duration_s < 3600 THEN 5 ELSE 6 END), agent_id, started_at, call_id, duration_s);
CREATE INDEX call_phone ON call (workspace_id, substr(phone, length(phone) - 1), started_at, call_id, phone, duration_s,
  status, end_call_reason, agent_id);
)sql",
    // Nodes that share the work, and who holds which part of it.
    R"sql(
CREATE TABLE node (
  node_id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL, started_at BIGINT NOT NULL, expires_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX node_name ON node (name);
CREATE TABLE slot (slot BIGINT PRIMARY KEY NOT NULL, node_id TEXT NOT NULL);
DROP TABLE call_count;
CREATE TABLE call_count (
  workspace_id TEXT NOT NULL, node TEXT NOT NULL, calls BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, node)
);
INSERT INTO call_count SELECT workspace_id, '', count(*) FROM call GROUP BY workspace_id;
)sql",
    // External ids are unique over all time, so they stand in a table of their own. Calls are counted by the week that
    // they were made in; those that are there, in none.
    R"sql(
CREATE TABLE call_external (
  workspace_id TEXT NOT NULL, external_id TEXT NOT NULL, call_id TEXT NOT NULL,
  PRIMARY KEY (workspace_id, external_id)
) WITHOUT ROWID;
INSERT INTO call_external SELECT workspace_id, external_id, call_id FROM call WHERE external_id IS NOT NULL;
DROP INDEX call_external_id;
ALTER TABLE call_count RENAME TO call_count_before;
CREATE TABLE call_count (
  workspace_id TEXT NOT NULL, node TEXT NOT NULL, week BIGINT NOT NULL, calls BIGINT NOT NULL,
  PRIMARY KEY (workspace_id, node, week)
);
INSERT INTO call_count SELECT workspace_id, node, 0, calls FROM call_count_before;
DROP TABLE call_count_before;
)sql",
    // Large tables by the time in their ids (storage/weeks.hpp). What is there becomes the first partition, which takes
    // what comes until the week ends; what fits nowhere goes to the rest.
    {"", R"sql(
DO $$
DECLARE
  week bigint := (((extract(epoch FROM now()) / 86400)::bigint + 3) / 7 * 7 - 3) * 86400;
  next_week text := lpad(to_hex((week + 7 * 86400) * 1000), 12, '0');
  part record;
  definition text;
  definitions text[];
  primary_key text;
BEGIN
  next_week := substr(next_week, 1, 8) || '-' || substr(next_week, 9);
  FOR part IN SELECT * FROM (VALUES ('call', 'call_id', ''), ('event', 'call_id', ''), ('revision', 'call_id', ''),
      ('attempt', 'attempt_id', ''), ('delivery', 'delivery_id', 'evt_'), ('message', 'webhook_id', 'evt_'))
      AS large (name, id, prefix) LOOP
    SELECT array_agg(pg_get_indexdef(indexrelid)) FILTER (WHERE NOT indisprimary),
           max(pg_get_constraintdef(c.oid))
      INTO definitions, primary_key
      FROM pg_index LEFT JOIN pg_constraint AS c ON c.conindid = indexrelid AND c.contype = 'p'
      WHERE indrelid = part.name::regclass;
    FOR definition IN SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = part.name::regclass LOOP
      EXECUTE format('ALTER INDEX %s RENAME TO %I', definition, trim('"' FROM definition) || '_first');
    END LOOP;
    EXECUTE format('ALTER TABLE %I RENAME TO %I', part.name, part.name || '_first');
    EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS, %s) PARTITION BY RANGE (%I)', part.name,
                   part.name || '_first', primary_key, part.id);
    FOREACH definition IN ARRAY coalesce(definitions, '{}') LOOP
      EXECUTE definition;
    END LOOP;
    EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', part.name || '_rest', part.name);
    EXECUTE format('WITH moved AS (DELETE FROM %1$I_first WHERE %2$I < %3$L OR %2$I >= %4$L RETURNING *) '
                   'INSERT INTO %1$I SELECT * FROM moved', part.name, part.id, part.prefix, part.prefix || next_week);
    EXECUTE format('ALTER TABLE %1$I ATTACH PARTITION %1$I_first FOR VALUES FROM (%2$L) TO (%3$L)', part.name,
                   part.prefix, part.prefix || next_week);
  END LOOP;
END $$;
CREATE INDEX call_external_call ON call_external (workspace_id, call_id);
DELETE FROM call_count;
INSERT INTO call_count SELECT workspace_id, '', week, count(*) FROM (SELECT workspace_id,
  ((('x' || substr(call_id, 1, 8) || substr(call_id, 10, 4))::bit(48)::bigint / 86400000 + 3) / 7 * 7 - 3) * 86400000000
  AS week FROM call) AS made GROUP BY workspace_id, week;
)sql"},
};

}  // namespace

namespace {

constexpr auto kCount = static_cast<std::int64_t>(std::size(kSteps));
// A row of the table of steps that is none: while it stands, data is being moved in.
constexpr std::int64_t kMoveMark = 0;

std::string other_text(const Step& step) { return step.with_partitions ? step.with_partitions : ""; }

std::string hash_of_step(std::int64_t number) {
  const Step& step = kSteps[number - 1];
  return to_hex(sha256(step.sql + other_text(step)));
}

Status apply_steps(sql::Connection& db, Timestamp now, std::int64_t last) {
  auto made = db.script(
      "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY NOT NULL, hash TEXT NOT NULL, "
      "applied_at BIGINT NOT NULL)");
  if (!made) return made;
  const auto state = look_at_schema(db);
  if (!state) return fail(state.error());
  if (!state->moving_from.empty()) {
    return fail(Code::unavailable, "move_unfinished",
                "data is being moved into this database from " + state->moving_from +
                    ", and that has not come to its end; run the same command again, and it goes on where it was");
  }
  for (std::int64_t number = 1; number <= std::min(kCount, last); ++number) {
    if (state->applied.contains(number)) continue;
    const Step& step = kSteps[number - 1];
    const bool in_its_place = step.with_partitions && db.has_partitions();
    if (auto done = db.script(in_its_place ? other_text(step) : step.sql); !done) return done;
    auto noted = db.run("INSERT INTO migration (number, hash, applied_at) VALUES ($1, $2, $3)",
                        {number, hash_of_step(number), now});
    if (!noted) return fail(std::move(noted.error()));
  }
  return {};
}

}  // namespace

SchemaState empty_schema() { return {{}, kCount, hash_of_step(kCount), ""}; }

Result<SchemaState> look_at_schema(sql::Connection& db) {
  SchemaState state = empty_schema();
  const auto there = db.has_table("migration");
  if (!there) return fail(there.error());
  if (!*there) return state;
  std::map<std::int64_t, std::string> hashes;
  auto read = db.run("SELECT number, hash FROM migration", {},
                     [&](const sql::Row& row) { hashes.emplace(row.integer(0), row.text(1)); });
  if (!read) return fail(std::move(read.error()));
  if (!hashes.empty() && hashes.rbegin()->first > kCount) {
    return fail(Code::unavailable, "schema_too_new", "the database was made by a newer wrapup; run that version");
  }
  for (const auto& [number, hash] : hashes) {
    if (number == kMoveMark) {
      state.moving_from = hash;
    } else if (hash == hash_of_step(number)) {
      state.applied.insert(number);
    } else {
      return fail(Code::unavailable, "schema_differs",
                  "step " + std::to_string(number) +
                      " of the database's schema is not this program's; it was made by another build");
    }
  }
  return state;
}

Status mark_move(sql::Connection& db, const std::string& from, Timestamp now) {
  auto marked = from.empty() ? db.run("DELETE FROM migration WHERE number = $1", {kMoveMark})
                             : db.run("INSERT INTO migration (number, hash, applied_at) VALUES ($1, $2, $3)",
                                      {kMoveMark, from, now});
  if (!marked) return fail(std::move(marked.error()));
  return {};
}

// All in one transaction: of two programs that open a new database at once, the second finds it made.
Status migrate(sql::Connection& db, Timestamp now, std::int64_t last) {
  auto done = db.begin();
  if (done) done = db.lock_schema();
  if (done) done = apply_steps(db, now, last);
  if (done) {
    if (auto committed = db.run("COMMIT"); !committed) done = fail(std::move(committed.error()));
  }
  if (!done) (void)db.run("ROLLBACK");
  return done;
}

}  // namespace wrapup
