// Keys with scopes, workspaces and the audit log, as their owners and the operator see them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { agentBody, makeSilentAgent, report } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { run, Server } from './lib/server.mjs';

const scopes = ['calls:read', 'calls:write', 'events:write', 'admin'];
let server, api, agent, contract;

before(async () => {
  server = await Server.start();
  api = server.api;
  agent = await makeSilentAgent(api);
  contract = (await api.get('/openapi.json')).json;
});

after(() => server?.stop());

async function keyWith(...wanted) {
  return (await api.post('/v2/keys', { scopes: wanted })).ok();
}

const audit = async (query = '', client = api) => (await client.get(`/v2/audit?limit=100&${query}`)).ok().entries;

describe('keys', () => {
  it('are shown once, listed without their text, and end at once', async () => {
    const made = (await api.post('/v2/keys', { name: 'till 🗝', scopes: ['calls:read'] })).ok();
    assert.match(made.key, /^wk_[0-9a-f]{64}$/);
    assert.deepEqual(made.scopes, ['calls:read']);
    const listed = await api.get('/v2/keys');
    assert.ok(!listed.text.includes(made.key));
    const row = listed.ok().keys.find((key) => key.key_id === made.key_id);
    assert.equal(row.name, 'till 🗝');
    assert.equal(row.begins, made.key.slice(0, 10));
    assert.equal(row.revoked_at, null);
    const client = api.as(made.key);
    (await client.get('/v2/calls')).ok();
    (await api.delete(`/v2/keys/${made.key_id}`)).ok();
    assertError(await api.delete(`/v2/keys/${made.key_id}`), 404, { code: 'key_not_found' });
    assert.notEqual((await api.get('/v2/keys')).ok().keys.find((key) => key.key_id === made.key_id).revoked_at, null);
    client.close();
  });

  it('are not kept in what an Idempotency-Key gives again', async () => {
    const headers = { 'idempotency-key': 'one key, please' };
    const first = (await api.post('/v2/keys', { scopes: ['calls:read'] }, { headers })).ok();
    const again = await api.post('/v2/keys', { scopes: ['calls:read'] }, { headers });
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal(again.ok().key_id, first.key_id);
    assert.equal(again.ok().key, null);
    assert.match(again.ok().note, /first answer/);
  });

  it('are refused with unknown, no or wrong scopes', async () => {
    assertError(await api.post('/v2/keys', { name: 'x' }), 400, { path: '/scopes', says: /required/ });
    assertError(await api.post('/v2/keys', { scopes: [] }), 400, { path: '/scopes', says: /at least one/ });
    assertError(await api.post('/v2/keys', { scopes: ['calls:reed'] }), 400, { path: '/scopes/0', says: /calls:read/ });
    assertError(await api.post('/v2/keys', { scopes: ['admin'], scope: 'x' }), 400, { path: '/scope', says: /scopes/ });
  });

  it('open exactly the routes of their scope', async () => {
    const clients = {};
    for (const scope of scopes) clients[scope] = api.as((await keyWith(scope)).key);
    let routes = 0;
    for (const [path, operations] of Object.entries(contract.paths)) {
      for (const [method, operation] of Object.entries(operations)) {
        const wanted = operation.security?.[0]?.key[0];
        if (!wanted || path === '/v2/stream') continue; // that one does not end

        ++routes;
        const where = path.replace(/\{\w+\}/g, '01900000-0000-7000-8000-000000000000');
        for (const scope of scopes) {
          // A body that no handler takes: those that are let in answer 400 or 404, and change nothing.
          const body = method === 'get' || method === 'delete' ? undefined : '[';
          const reply = await clients[scope].request(method.toUpperCase(), where, { body });
          const allowed = scope === wanted || scope === 'admin';
          const what = `${scope}: ${method} ${path}: ${reply.status} ${reply.text.slice(0, 200)}`;
          if (allowed) assert.ok([200, 400, 404].includes(reply.status), what);
          else {
            assert.equal(reply.status, 403, what);
            assert.equal(reply.json.error, 'missing_scope');
            assert.ok(reply.json.message.includes(`the scope ${wanted};`), what);
          }
        }
      }
    }
    assert.ok(routes > 40, `${routes} routes`);
    for (const client of Object.values(clients)) client.close();
  });

  it('an engine that may only report can do that and no more', async () => {
    const engine = api.as((await keyWith('events:write')).key);
    const { call_id } = (await engine.post('/v2/calls/report', report(agent, undefined))).ok();
    assertError(await engine.get(`/v2/calls/${call_id}`), 403, { code: 'missing_scope', says: /calls:read/ });
    assertError(await engine.post('/v2/calls', {}), 403, { code: 'missing_scope', says: /calls:write/ });
    engine.close();
  });

  it('the last one that may administrate stays', async () => {
    const { key } = (await api.post('/v2/workspaces', { workspace_id: 'lonely' })).ok();
    const lonely = api.as(key);
    const [row] = (await lonely.get('/v2/keys')).ok().keys;
    assertError(await lonely.delete(`/v2/keys/${row.key_id}`), 409, { code: 'last_admin_key' });
    assertError(await api.delete(`/v2/keys/${row.key_id}`), 404, { code: 'key_not_found' });
    (await lonely.post('/v2/keys', { scopes: ['admin'] })).ok();
    (await lonely.delete(`/v2/keys/${row.key_id}`)).ok();
    lonely.close();
  });

  it('are made with scopes at the command line too', async () => {
    const made = await run(['key', 'create', '--data', server.data, '--scope', 'calls:read', '--scope', 'events:write']);
    assert.equal(made.code, 0, made.text);
    const client = api.as(made.stdout.trim());
    (await client.get('/v2/calls')).ok();
    assertError(await client.get('/v2/keys'), 403, { code: 'missing_scope', says: /admin/ });
    assert.match((await run(['key', 'list', '--data', server.data])).stdout, /calls:read events:write/);
    const wrong = await run(['key', 'create', '--data', server.data, '--scope', 'everything']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /calls:read, calls:write, events:write, admin/);
    client.close();
  });
});

describe('workspaces', () => {
  it('are made by the operator, with a key and a signing secret, and see nothing of each other', async () => {
    const made = (await api.post('/v2/workspaces', { workspace_id: 'northlight' })).ok();
    assert.match(made.signing_secret, /^whsec_/);
    const other = api.as(made.key);
    assert.equal((await other.get('/v2/workspace')).ok().workspace_id, 'northlight');
    assertError(await other.get(`/v2/assistants/${agent}`), 404, { code: 'agent_not_found' });
    const listed = (await api.get('/v2/workspaces')).ok();
    assert.ok(listed.workspaces.some((row) => row.workspace_id === 'northlight' && row.live_keys === 1));
    assertError(await api.post('/v2/workspaces', { workspace_id: 'northlight' }), 409, { code: 'workspace_exists' });
    assertError(await api.post('/v2/workspaces', { workspace_id: 'no spaces' }), 400, { path: '/workspace_id' });
    assertError(await other.post('/v2/workspaces', { workspace_id: 'mine' }), 403, { code: 'operator_only' });
    assertError(await other.get('/v2/workspaces'), 403, { code: 'operator_only' });
    assert.deepEqual(await audit('', other), []);
    other.close();
  });
});

describe('the audit log', () => {
  it('tells who did what to which object, with the request id of the answer', async () => {
    const admin = await keyWith('admin');
    const client = api.as(admin.key);
    const made = await client.post('/v2/assistants', agentBody());
    const id = made.ok().model_id;
    const acts = [['agent.create', made]];
    acts.push(['agent.change', await client.put(`/v2/assistants/${id}`, { name: 'Other' })]);
    acts.push(['agent.delete', await client.delete(`/v2/assistants/${id}`)]);
    const entries = await audit(`key_id=${admin.key_id}`);
    assert.deepEqual(
      entries.map((entry) => [entry.act, entry.object_id, entry.request_id, entry.via]),
      acts.map(([act, reply]) => [act, id, reply.headers['x-request-id'], 'api']).reverse(),
    );
    for (const entry of entries) assert.match(entry.request_id, /^[0-9a-f]{32}$/);
    client.close();
  });

  it('has nothing of what was refused, read, or given again', async () => {
    const before = (await audit()).length;
    assertError(await api.post('/v2/assistants', {}), 400, {});
    await api.get('/v2/assistants');
    await makeSilentAgent(api);
    const headers = { 'idempotency-key': 'twice' };
    for (let i = 0; i < 2; ++i) (await api.post('/v2/endpoints', { url: 'http://127.0.0.1:9/a' }, { headers })).ok();
    const entries = await audit();
    assert.deepEqual(entries.slice(0, entries.length - before).map((entry) => entry.act), ['endpoint.create', 'agent.create']);
  });

  it('pages by cursor and offset, filters by act, object and time', async () => {
    const all = await audit();
    const seen = [];
    for (let cursor = ''; cursor !== null; ) {
      const page = (await api.get(`/v2/audit?limit=3&cursor=${cursor}`)).ok();
      assert.equal(page.pagination.total_records, all.length);
      seen.push(...page.entries);
      cursor = page.pagination.next_cursor;
    }
    assert.deepEqual(seen, all);
    assert.deepEqual((await api.get('/v2/audit?limit=2&offset=1')).ok().entries, all.slice(1, 3));
    const keys = await audit('act=key.create');
    assert.ok(keys.length > 0 && keys.every((entry) => entry.act === 'key.create'));
    assert.deepEqual(await audit(`object_id=${keys[0].object_id}`), [keys[0]]);
    assert.deepEqual(await audit(`to_date=${encodeURIComponent(all.at(-1).at)}`), []);
    assertError(await api.get('/v2/audit?action=key.create'), 400, { path: 'action', says: /not a known/ });
  });

  it('knows what was done at the command line', async () => {
    const made = await run(['key', 'create', '--data', server.data, '--name', 'by hand']);
    assert.equal(made.code, 0, made.text);
    const [entry] = await audit('act=key.create');
    assert.equal(entry.via, 'command_line');
    assert.equal(entry.key_id, null);
    assert.equal(entry.request_id, null);
    (await run(['key', 'revoke', '--data', server.data, entry.object_id])).code;
    assert.equal((await audit('act=key.revoke'))[0].object_id, entry.object_id);
  });
});
