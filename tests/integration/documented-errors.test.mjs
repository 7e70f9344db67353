// Every error code that docs/api.md lists: a request that gives it, with the status it is listed under.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeSilentAgent, report, startCall, yesNo } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { repoRoot, Server } from './lib/server.mjs';

const none = '01900000-0000-7000-8000-000000000000';
// What no single request gives, and where it is shown instead.
const elsewhere = {
  bad_request: 'errors.test.mjs',
  storage_busy: 'disk trouble; diskfull.test.mjs',
  storage_unavailable: 'the database is gone; tests/chaos',
  node_fenced: 'a lease that was lost; store_nodes_test.cpp',
  too_many_connections: 'src/net/http_server_test.cpp',
  not_ready: 'diskfull.test.mjs',
  read_only: 'move.test.mjs',
  out_of_space: 'diskfull.test.mjs',
  storage_full: 'operations.test.mjs',
  internal_error: 'a bug, or a damaged database',
  conflict: 'two writers at once',
  delivery_not_found: 'a log entry whose delivery has gone by retention',
  too_many_secrets: 'secrets.test.mjs',
  secret_not_live: 'secrets.test.mjs',
  last_secret: 'secrets.test.mjs',
  last_admin_key: 'keys.test.mjs',
  operator_only: 'keys.test.mjs',
  external_id_taken: 'inbound.test.mjs',
  csrf: 'sessions.test.mjs',
  session_ended: 'sessions.test.mjs',
  not_a_session: 'sessions.test.mjs',
  rate_limited: 'ratelimit.test.mjs',
  too_many_streams: 'stream.test.mjs',
  body_too_large: 'errors.test.mjs',
  too_many_inboxes: 'inbox.test.mjs',
  not_waiting: 'inbox.test.mjs',
  request_id: 'no code',
};

function documented() {
  const text = fs.readFileSync(path.join(repoRoot, 'docs/api.md'), 'utf8');
  const table = text.slice(text.indexOf('| status | codes |'));
  const codes = new Map();
  for (const line of table.slice(0, table.indexOf('\n\n')).split('\n').slice(2)) {
    const [, statuses, words] = line.split('|');
    for (const [, code] of words.matchAll(/`([a-z][a-z_]+)`/g)) {
      if (!words.includes(`\`${code}\``) || /^[A-Z]/.test(code) || codes.has(code)) continue;
      codes.set(code, statuses.split(',').map((status) => Number(status)));
    }
  }
  return codes;
}

let server, api, agent, reader;

before(async () => {
  server = await Server.start();
  api = server.api;
  agent = await makeSilentAgent(api);
  reader = api.as((await api.post('/v2/keys', { scopes: ['calls:read'] })).ok().key);
});

after(async () => {
  reader?.close();
  await server?.stop();
});

const requests = {
  invalid_request: () => api.post('/v2/calls', {}),
  invalid_json: () => api.post('/v2/calls', '{'),
  invalid_query: () => api.get('/v2/calls?search=%zz'),
  invalid_id: () => api.put('/v2/assistants/desk', {}),
  invalid_idempotency_key: () => api.post('/v2/actions', yesNo('a', 'b?'), { headers: { 'idempotency-key': 'x'.repeat(256) } }),
  unauthorized: () => api.as('wk_wrong').get('/v2/calls'),
  missing_scope: () => reader.post('/v2/calls', {}),
  route_not_found: () => api.get('/v2/nothing'),
  agent_not_found: () => api.get(`/v2/assistants/${none}`),
  action_not_found: () => api.get(`/v2/actions/${none}`),
  call_not_found: () => api.get(`/v2/calls/${none}`),
  log_not_found: () => api.get(`/v2/logs/${none}`),
  endpoint_not_found: () => api.get(`/v2/endpoints/${none}`),
  replay_not_found: () => api.get(`/v2/logs/replay/${none}`),
  secret_not_found: () => api.delete(`/v2/webhook-secrets/${none}`),
  key_not_found: () => api.delete(`/v2/keys/${none}`),
  inbox_not_found: () => api.get(`/v2/inboxes/${'x'.repeat(32)}`),
  inbox_request_not_found: async () => {
    const { token } = (await api.post('/v2/inboxes', {})).ok();
    return api.get(`/v2/inboxes/${token}/requests/${none}`);
  },
  schema_not_found: () => api.get('/v2/schemas/nothing.json'),
  workspace_not_found: () => api.get('/v2/logs?workspace_id=other'),
  method_not_allowed: () => api.request('PATCH', '/v2/calls'),
  workspace_exists: () => api.post('/v2/workspaces', { workspace_id: 'default' }),
  illegal_transition: async () => {
    const { call_id } = (await api.post('/v2/calls/report', report(agent, undefined))).ok();
    return api.post(`/v2/calls/${call_id}/cancel`);
  },
  call_not_ended: async () => api.post(`/v2/calls/${await startCall(api, agent, undefined)}/reanalyze`),
  idempotency_key_reused: async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    await api.post('/v2/actions', yesNo('a', 'b?'), { headers });
    return api.post('/v2/actions', yesNo('c', 'd?'), { headers });
  },
  identifier_taken: async () => {
    const ids = [];
    for (let i = 0; i < 2; ++i) ids.push((await api.post('/v2/actions', yesNo('twice', 'What?'))).ok().action_id);
    return api.post('/v2/actions/attach', { model_id: agent, actions: ids });
  },
};

describe('documented errors', () => {
  const codes = documented();
  it('are read from the document', () => assert.ok(codes.size > 30, `${codes.size} codes`));
  for (const [code, statuses] of codes) {
    if (elsewhere[code]) continue;
    it(`${statuses.join(', ')} ${code}`, async () => {
      assert.ok(requests[code], `no request gives ${code}: add one, or say where it is shown`);
      const reply = await requests[code]();
      assert.ok(statuses.includes(reply.status), reply.text);
      assertError(reply, reply.status, { code });
    });
  }
  it('none is tried that is not documented', () => {
    for (const code of Object.keys(requests)) assert.ok(codes.has(code), code);
  });
});
