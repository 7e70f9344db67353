// An engine of one's own: calls are handed to it by webhook, and it reports them. The example of examples/engine is the engine.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Engine } from '../../examples/engine/engine.mjs';
import { getCall, makeAgent, startCall } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { assertPayload } from './lib/payload.mjs';
import { Receiver } from './lib/receiver.mjs';
import { devSecret, eventually, Server } from './lib/server.mjs';

let server, api, receiver, engine, engineUrl;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start({ config: '[calls]\ntake_within = "1s"\n' });
  api = server.api;
  const { key } = (await api.post('/v2/keys', { scopes: ['events:write'], name: 'engine' })).ok();
  engine = new Engine({ wrapup: server.url, key, secret: devSecret });
  engineUrl = `http://127.0.0.1:${await engine.listen()}/calls`;
});

after(async () => {
  engine?.close();
  await server?.stop();
  await receiver?.close();
});

const relayAgent = (engine_url, agent = {}) =>
  makeAgent(api, { agent: { engine: 'relay', engine_url, greeting_message: 'Hello from the desk.', ...agent } });
const ended = (id) =>
  eventually(`the end of ${id}`, async () => {
    const call = await getCall(api, id);
    return ['failed', 'completed', 'canceled'].includes(call.call_status) && call;
  });

describe('the relay', () => {
  it('hands a call to the example engine, which reports it to its webhook', async () => {
    const agent = await relayAgent(engineUrl);
    const id = await startCall(api, agent, receiver.url('/done'), {
      name: 'Åsa “Zoë” Ñandú 🚲',
      custom_variables: { topic: 'the brakes' },
      metadata: { order: 4410 },
    });
    const payload = (await receiver.forCall(id)).json;
    assertPayload(payload);
    assert.equal(payload.status, 'completed');
    assert.equal(payload.call.end_call_reason, 'agent_goodbye');
    assert.match(payload.call.transcript, /^\nbot: Hello from the desk\.\nhuman: Yes, go ahead\.\nbot: It is about the brakes\./);
    assert.equal(payload.collected_variables.reached_at.value, '+15550134477');
    const [entry] = await eventually('the request in the log', async () => {
      const { items } = (await api.get(`/v2/logs?call_id=${id}&event_type=call.requested`)).ok();
      return items.length && items;
    });
    assert.equal(entry.status, 'success');
    assert.equal(entry.response_status_code, 202);
    const asked = JSON.parse((await api.get(`/v2/logs/${entry.webhook_log_id}`)).ok().request_payload);
    assert.equal(asked.type, 'call.requested');
    assert.equal(asked.data.name, 'Åsa “Zoë” Ñandú 🚲');
    assert.deepEqual(asked.data.metadata, { order: 4410 });
    assert.equal(asked.data.agent.agent.engine, 'relay');
  });

  it('ends a call that the engine refuses as failed, at once', async () => {
    receiver.script('/refuses', [{ status: 404 }], { forever: true });
    const id = await startCall(api, await relayAgent(receiver.url('/refuses')), receiver.url('/r'));
    const payload = (await receiver.forCall(id)).json;
    assertPayload(payload);
    assert.equal(payload.status, 'failed');
    assert.equal(payload.error_message, 'the engine refused the call (http_4xx)');
    assert.equal(receiver.got('/refuses').length, 1);
  });

  it('ends a call that the engine does not take in time as failed, and asks no more', async () => {
    receiver.script('/down', [{ status: 503 }], { forever: true });
    const id = await startCall(api, await relayAgent(receiver.url('/down')), receiver.url('/d'));
    const call = await ended(id);
    assert.equal(call.call_status, 'failed');
    assert.match(call.error_message, /^the engine did not take the call within 1 s \(http_5xx\)$/);
  });

  it('of a call that was canceled before it was handed over, the engine never hears', async () => {
    const agent = await relayAgent(receiver.url('/paused'));
    const { endpoint_id } = (await api.post('/v2/endpoints', { url: receiver.url('/paused') })).ok();
    (await api.post(`/v2/endpoints/${endpoint_id}/pause`)).ok();
    const id = await startCall(api, agent, receiver.url('/c'));
    (await api.post(`/v2/calls/${id}/cancel`)).ok();
    (await api.post(`/v2/endpoints/${endpoint_id}/resume`)).ok();
    const other = await startCall(api, agent, receiver.url('/c'));
    await receiver.wait((request) => request.json?.data?.call_id === other);
    assert.ok(!receiver.got('/paused').some((request) => request.json.data.call_id === id));
  });

  it('needs the URL of the engine, and one that may be dialled', async () => {
    const body = (agent) => ({ type: 'outbound', name: 'x', agent });
    assertError(await api.post('/v2/assistants', body({ engine: 'relay' })), 400, { path: '/agent/engine_url' });
    const inside = body({ engine: 'relay', engine_url: 'http://192.168.0.1/calls' });
    assertError(await api.post('/v2/assistants', inside), 400, { path: '/agent/engine_url', says: /not dialled/ });
    assertError(await api.post('/v2/assistants', body({ engine: 'sip' })), 400, { path: '/agent/engine', says: /relay/ });
  });

  it('whose webhook is not genuine, the example engine does not believe', async () => {
    const reply = await fetch(engineUrl, { method: 'POST', body: '{"type":"call.requested","data":{}}' });
    assert.equal(reply.status, 401);
  });
});
