-- A database as step 1 of the schema alone made it, with rows in the tables that step 2 changes.
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

CREATE TABLE migration (number BIGINT PRIMARY KEY NOT NULL, hash TEXT NOT NULL, applied_at BIGINT NOT NULL);
INSERT INTO migration VALUES (1, '10ee14a328e9b3f0e5ae84f4f1cc12d1e1f4775eb8a3d4582d64e292e7e7450a', 1773238800000000);

INSERT INTO workspace VALUES
  ('default', 1773238800000000);

INSERT INTO signing_secret VALUES
  ('default', 's1', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 1773238800000000);

INSERT INTO agent VALUES
  ('default', 'agent-1', 1, 1773238800000000, NULL);

INSERT INTO agent_version VALUES
  ('default', 'agent-1', 1, '{"type":"outbound","name":"Mika","agent":{"prompt":"p"}}', '[]', 1773238800000000);

INSERT INTO call VALUES
  ('default', '019cdd7b-0000-7000-8000-000000000001', 'agent-1', 1, NULL, 'outbound', 1, X'707b226d6f64656c5f6964223a226167656e742d31222c2270686f6e65223a222b3135353530313030313233227d', 1773238800000000, 1773238800000000, 1773238800000000, 'completed', 1, 'human_goodbye', 60, '+15550100123', '', 1, NULL, NULL),
  ('default', '019cdd7b-0000-7000-8000-000000000002', 'agent-1', 1, NULL, 'outbound', 1, X'707b226d6f64656c5f6964223a226167656e742d31222c2270686f6e65223a222b3135353530313030313233227d', 1773238800000000, 1773238800000000, 1773238800000000, 'completed', 1, 'human_goodbye', 60, '+15550100123', '', 1, NULL, NULL),
  ('default', '019cdd7b-0000-7000-8000-000000000003', 'agent-1', 1, NULL, 'outbound', 1, X'707b226d6f64656c5f6964223a226167656e742d31222c2270686f6e65223a222b3135353530313030313233227d', 1773238800000000, 1773238800000000, 1773238800000000, 'completed', 1, 'human_goodbye', 60, '+15550100123', '', 1, NULL, NULL),
  ('default', '019cdd7b-0000-7000-8000-000000000004', 'agent-1', 1, NULL, 'outbound', 1, X'707b226d6f64656c5f6964223a226167656e742d31222c2270686f6e65223a222b3135353530313030313233227d', 1773238800000000, 1773238800000000, 1773238800000000, 'completed', 1, 'human_goodbye', 60, '+15550100123', '', 1, NULL, NULL);

INSERT INTO revision VALUES
  ('default', '019cdd7b-0000-7000-8000-000000000001', 1, 1773238800000000, X'707b2263616c6c223a317d', '[]'),
  ('default', '019cdd7b-0000-7000-8000-000000000002', 1, 1773238800000000, X'707b2263616c6c223a327d', '[]'),
  ('default', '019cdd7b-0000-7000-8000-000000000003', 1, 1773238800000000, X'707b2263616c6c223a337d', '[]'),
  ('default', '019cdd7b-0000-7000-8000-000000000004', 1, 1773238800000000, X'707b2263616c6c223a347d', '[]');

INSERT INTO endpoint VALUES
  ('default', 'e-active', 'https://example.com/hook', 'active', 0, 1773238800000000),
  ('default', 'e-held', 'https://example.com/held', 'active', 1773242400000000, 1773238800000000),
  ('default', 'e-gone', 'https://example.com/gone', 'disabled', 0, 1773238800000000);

INSERT INTO delivery VALUES
  ('default', 'evt_019cdd7b-0000-7000-8000-000000000001_completed_1', 'e-active', '019cdd7b-0000-7000-8000-000000000001', 'agent-1', 1, 'delivered', 2, 1773238800000005, 1773238800000000, 1773238800000000),
  ('default', 'evt_019cdd7b-0000-7000-8000-000000000002_completed_1', 'e-held', '019cdd7b-0000-7000-8000-000000000002', 'agent-1', 1, 'pending', 1, 1773242400000000, 1773238800000001, NULL),
  ('default', 'evt_019cdd7b-0000-7000-8000-000000000003_completed_1', 'e-gone', '019cdd7b-0000-7000-8000-000000000003', 'agent-1', 1, 'pending', 1, 1773238800000000, 1773238800000002, 1773238800000000),
  ('default', 'evt_019cdd7b-0000-7000-8000-000000000004_completed_1', 'e-active', '019cdd7b-0000-7000-8000-000000000004', 'agent-1', 1, 'exhausted', 13, 1773238800000000, 1773238800000003, 1773238800000000);

INSERT INTO attempt VALUES
  ('default', '019cdd7b-0000-7000-8000-000000000101', 'evt_019cdd7b-0000-7000-8000-000000000001_completed_1', 'e-active', '019cdd7b-0000-7000-8000-000000000001', 'agent-1', 1, 1, 1773238800000001, 'https://example.com/hook', 'failed', 'http_status', 503, X'707b226e756d626572223a317d'),
  ('default', '019cdd7b-0000-7000-8000-000000000102', 'evt_019cdd7b-0000-7000-8000-000000000001_completed_1', 'e-active', '019cdd7b-0000-7000-8000-000000000001', 'agent-1', 1, 2, 1773238800000002, 'https://example.com/hook', 'success', '', 200, X'707b226e756d626572223a327d'),
  ('default', '019cdd7b-0000-7000-8000-000000000103', 'evt_019cdd7b-0000-7000-8000-000000000002_completed_1', 'e-held', '019cdd7b-0000-7000-8000-000000000002', 'agent-1', 1, 1, 1773238800000003, 'https://example.com/hook', 'failed', 'http_status', 429, X'707b226e756d626572223a317d'),
  ('default', '019cdd7b-0000-7000-8000-000000000104', 'evt_019cdd7b-0000-7000-8000-000000000003_completed_1', 'e-gone', '019cdd7b-0000-7000-8000-000000000003', 'agent-1', 1, 1, 1773238800000004, 'https://example.com/hook', 'failed', 'http_status', 410, X'707b226e756d626572223a317d');
