-- How wrapup's tables are spread over the workers of a distributed PostgreSQL (Citus 11 or later): by workspace, so that
-- everything of one workspace lies together and a statement of the hot path goes to one worker.
--
-- Run it once as the database's owner, after a first `wrapup serve` has made the schema and ended again:
--   psql "$WRAPUP_DATABASE" -v ON_ERROR_STOP=1 -f packaging/citus.sql
--
-- Not run on Citus yet. A test (Distribution in tests/conformance) holds this file to the schema: every table is named
-- here, and what is distributed has workspace_id in its primary key and in each unique index, which Citus demands.
-- docs/operations/scale.md says what a distributed database is for, where it ends, and what YugabyteDB makes of the keys.

BEGIN;

-- On the coordinator alone: who lives and who holds which slot. Every transaction of a node locks its row in `node`
-- first, so all nodes connect to the coordinator. Nothing is to be said of them: node, slot, migration stay as they are.
-- stays local: node
-- stays local: slot
-- stays local: migration

-- Copied to every worker. Of these three a row is found by a secret alone, whatever its workspace: their unique indexes
-- (api_key_hash, console_session_hash, inbox_token) have no workspace_id and cannot be distributed by it. They are small
-- and seldom written to. `workspace` is walked through by retention.
SELECT create_reference_table('workspace');
SELECT create_reference_table('api_key');
SELECT create_reference_table('console_session');
SELECT create_reference_table('inbox');

-- By workspace, all in one group of shards: a shard of one lies beside the same workspaces' shards of the others.
-- Partitioned tables are distributed with their partitions, those that are made later too.
SELECT create_distributed_table('call', 'workspace_id', shard_count => 64);
SELECT create_distributed_table('call_external', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('call_count', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('event', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('revision', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('endpoint', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('delivery', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('message', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('attempt', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('agent', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('agent_version', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('action', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('signing_secret', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('idempotency', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('audit', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('inbox_request', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('model_answer', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('model_use', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('replay', 'workspace_id', colocate_with => 'call');
SELECT create_distributed_table('reanalysis', 'workspace_id', colocate_with => 'call');

COMMIT;
