// The contracts as files: what they show is sent to the server, and what the server sends is held to them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { agentBody, conversation, inline, makeAgent, report, reportCall, startCall, yesNo } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { Receiver } from './lib/receiver.mjs';
import { eventually, Server } from './lib/server.mjs';

const agentId = '019a0000-0000-7000-8000-000000000001';
const actionId = '019a0000-0000-7000-8000-0000000000a1';
const receiverUrl = 'https://receiver.example.com';
let server, api, receiver, openapi, asyncapi, ajv;
const schemas = {};

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  api = server.api;
  openapi = (await api.get('/openapi.json')).json;
  asyncapi = (await api.get('/asyncapi.json')).json;
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema({ $id: 'openapi', components: openapi.components });
  for (const path of (await api.get('/v2/schemas')).ok().schemas) schemas[path] = (await api.get(path)).json;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

/** Schemas of the OpenAPI file refer to each other from the root of the file. */
function inFile(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'));
}

function assertFits(schema, value, what) {
  const fits = ajv.compile(schema);
  assert.ok(fits(value), `${what}: ${ajv.errorsText(fits.errors)}\n${JSON.stringify(value).slice(0, 1000)}`);
}

function resolve(node) {
  return node.$ref ? node.$ref.slice(2).split('/').reduce((at, name) => at[name], openapi) : node;
}

function requestExamples() {
  const all = [];
  for (const [path, operations] of Object.entries(openapi.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const content = operation.requestBody?.content['application/json'];
      if (!content) continue;
      const examples = content.examples ? Object.values(content.examples).map((each) => each.value) : [content.example];
      for (const example of examples) all.push({ path, method, operation, content, example });
    }
  }
  return all;
}

/** What the examples speak of, made anew: agent, action, and an object for each parameter of a path. */
async function prepare() {
  const action = inline(yesNo('wants_pickup', 'Does the customer want a pickup?'));
  (await api.put(`/v2/assistants/${agentId}`, agentBody({ agent: { engine: 'none' } }))).ok();
  (await api.put(`/v2/assistants/${agentId}`, { actions: [{ ...action, action_id: actionId }] })).ok();
  (await api.put(`/v2/assistants/${agentId}`, { actions: [] })).ok();
  const ended = await reportCall(api, agentId, receiver.url());
  await receiver.forCall(ended);
  const logs = () => api.get(`/v2/logs?call_id=${ended}`).then((reply) => reply.ok().items);
  const [log] = await eventually('the log entry', async () => ((await logs()).length ? logs() : null));
  const token = (await api.post('/v2/inboxes', { name: 'contract' })).ok().token;
  await api.post(`/in/${token}`, { any: 'thing' });
  const [request] = (await api.get(`/v2/inboxes/${token}/requests`)).ok().requests;
  return {
    ended,
    token,
    request_id: request.id,
    call_id: await startCall(api, agentId, receiver.url()),
    model_id: agentId,
    action_id: actionId,
    log_id: log.webhook_log_id,
    endpoint_id: (await api.post('/v2/endpoints', { url: receiver.url('/e') })).ok().endpoint_id,
    secret_id: (await api.post('/v2/webhook-secrets', {})).ok().secret_id,
  };
}

describe('every example of the OpenAPI file', () => {
  it('fits its schema, is taken by the server, and the answer fits the schema of the answer', async () => {
    const ids = await prepare();
    let sent = 0;
    for (const { path, method, operation, content, example } of requestExamples()) {
      const what = `${method} ${path}`;
      assert.ok(example !== undefined, `${what} has no example`);
      assertFits(inFile(content.schema), example, `the example of ${what}`);
      const named = path.endsWith('/reanalyze') ? { ...ids, call_id: ids.ended } : ids;
      const where = path.replace(/\{(\w+)\}/g, (_, name) => named[name]);
      let body = JSON.stringify(example).replaceAll(receiverUrl, receiver.url('').replace(/\/$/, ''));
      if (path.endsWith('/answer')) continue; // nobody waits for it here
      if (path === '/v2/session') body = JSON.stringify({ key: api.key });
      const reply = await api.request(method.toUpperCase(), where, { body });
      assert.equal(reply.status, 200, `${what}: ${reply.text}`);
      assertFits(inFile(resolve(operation.responses['200']).content['application/json'].schema), reply.json, what);
      ++sent;
    }
    assert.ok(sent >= 20, `${sent} examples`);
  });

  it('a GET of each route that has one answers as its schema says', async () => {
    const ids = { ...(await prepare()), schema: 'events.json', workspace_id: 'default' };
    ids.reanalysis_id = (await api.post('/v2/calls/reanalyze', { model_id: agentId })).ok().reanalysis_id;
    ids.replay_id = (await api.post('/v2/logs/replay', { all: true })).ok().replay_id;
    for (const [path, { get }] of Object.entries(openapi.paths)) {
      if (!get || ['/v2/stream', '/v2/session', '/', '/assets/{file}', '/docs/{page}'].includes(path)) continue;
      const reply = await api.get(path.replace(/\{(\w+)\}/g, (_, name) => ids[name]));
      assert.equal(reply.status, 200, `${path}: ${reply.text}`);
      const [type, { schema }] = Object.entries(resolve(get.responses['200']).content)[0];
      assert.ok(reply.headers['content-type'].startsWith(type.split(';')[0]), `${path}: ${reply.headers['content-type']}`);
      if (reply.json !== undefined) assertFits(inFile(schema), reply.json, path);
    }
  });
});

describe('the schemas', () => {
  it('are there, and others are not', async () => {
    for (const name of ['post-call-webhook', 'call-requested', 'call-inbound', 'call-inbound-answer', 'operations', 'events', 'report'])
      assert.ok(schemas[`/v2/schemas/${name}.json`]?.$schema, name);
    assertError(await api.get('/v2/schemas/nothing.json'), 404, { code: 'schema_not_found', says: /\/v2\/schemas/ });
  });

  it('fit what engines send', () => {
    assertFits(schemas['/v2/schemas/events.json'], conversation(Date.now()), 'events');
    assertFits(schemas['/v2/schemas/report.json'], report(agentId, receiver.url()), 'a report');
    const wrong = ajv.compile({ ...schemas['/v2/schemas/events.json'], $id: 'again' });
    assert.ok(!wrong([{ id: 'a', type: 'turn', at: 1, role: 'robot', text: 'x' }]));
  });

  it('fit the webhooks that are sent', async () => {
    receiver.script('/in', [{ status: 200, body: '{"call_inbound":{"override_model_id":""}}' }], { forever: true });
    const relay = await makeAgent(api, { agent: { engine: 'relay', engine_url: receiver.url('/engine') } });
    await startCall(api, relay, receiver.url(), { custom_variables: { a: 'b' } });
    const [asked] = await receiver.wait('/engine');
    assertFits(schemas['/v2/schemas/call-requested.json'], asked.json, 'call.requested');
    const inbound = await makeAgent(api, { inbound_call_webhook_url: receiver.url('/in') });
    const call = { model_id: inbound, from_number: 'anonymous', to_number: '+15550100199' };
    (await api.post('/v2/calls/inbound', call)).ok();
    assertFits(schemas['/v2/schemas/call-inbound.json'], receiver.got('/in')[0].json, 'call.inbound');
  });
});

describe('the webhooks of the documents', () => {
  const served = {
    'call.completed': 'post-call-webhook',
    'call.requested': 'call-requested',
    'call.inbound': 'call-inbound',
    operations: 'operations',
  };

  it('OpenAPI: each has examples that fit the schema that is served', () => {
    assert.deepEqual(Object.keys(openapi.webhooks).sort(), Object.keys(served).sort());
    for (const [name, { post }] of Object.entries(openapi.webhooks)) {
      const { schema, examples } = post.requestBody.content['application/json'];
      for (const { value } of Object.values(examples)) {
        assertFits(schemas[`/v2/schemas/${served[name]}.json`], value, name);
        assertFits(inFile(schema), value, name);
      }
    }
  });

  it('AsyncAPI: references lead somewhere, and examples fit', () => {
    assert.equal(asyncapi.asyncapi, '3.0.0');
    const at = (ref) => ref.slice(2).split('/').reduce((node, name) => node?.[name], asyncapi);
    for (const [, ref] of JSON.stringify(asyncapi).matchAll(/"\$ref":"(#[^"]+)"/g)) assert.ok(at(ref), ref);
    for (const [name, { payload, examples }] of Object.entries(asyncapi.components.messages)) {
      const schema = schemas[`/${payload.schema.$ref}`];
      assert.ok(schema, `${name}: ${payload.schema.$ref}`);
      for (const example of examples) assertFits(schema, example.payload, name);
    }
    const sent = Object.values(asyncapi.components.messages).length;
    assert.equal(sent, Object.keys(served).length + 1, 'one more for the answer');
  });
});
