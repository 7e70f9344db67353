// Inbound calls: announced by an engine, steered by the agent's own system, and reported like any other.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { getCall, makeAgent, makeSilentAgent } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { assertPayload } from './lib/payload.mjs';
import { Receiver } from './lib/receiver.mjs';
import { devSecret, Server } from './lib/server.mjs';

let server, api, receiver;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start({ config: '[calls]\ninbound_timeout = "300ms"\n' });
  api = server.api;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

const numbers = { from_number: '+15550134477', to_number: '+15550100199' };
let paths = 0;

/** An agent whose inbound webhook answers with these steps; `[agent id, path]`. */
async function steeredAgent(steps, more = {}) {
  const path = `/inbound/${++paths}`;
  receiver.script(path, steps, { forever: true });
  return [await makeSilentAgent(api, { inbound_call_webhook_url: receiver.url(path), ...more }), path];
}

const says = (call_inbound) => ({ status: 200, body: JSON.stringify({ call_inbound }) });
const announce = async (model_id, more = {}, options) =>
  api.post('/v2/calls/inbound', { model_id, ...numbers, ...more }, options);
const attempts = async (id, type = 'inbound_webhook') =>
  (await api.get(`/v2/logs?call_id=${id}&webhook_type=${type}`)).ok().items;

describe('an inbound call', () => {
  it('without an inbound webhook is the called agent’s', async () => {
    const agent = await makeSilentAgent(api);
    const call = (await announce(agent, { metadata: { queue: 2 }, custom_variables: { plan: 'gold' } })).ok();
    assert.equal(call.model_id, agent);
    assert.equal(call.call_status, 'pending');
    assert.deepEqual(call.metadata, { queue: 2 });
    assert.deepEqual(call.custom_variables, { plan: 'gold' });
    const record = await getCall(api, call.call_id);
    assert.equal(record.type_of_call, 'inbound');
    assert.deepEqual(await attempts(call.call_id), []);
  });

  it('is steered by the answer: agent, variables, metadata; signed and logged', async () => {
    const other = await makeSilentAgent(api, { name: 'Evening desk' });
    const [agent, path] = await steeredAgent([
      says({ override_model_id: other, custom_variables: { name: 'Zoë 🚲', 'order no': '7' }, metadata: { vip: true } }),
    ]);
    const call = (await announce(agent, { metadata: { queue: 2, vip: false }, custom_variables: { name: 'x' } })).ok();
    assert.equal(call.model_id, other);
    assert.deepEqual(call.custom_variables, { name: 'Zoë 🚲', 'order no': '7' });
    assert.deepEqual(call.metadata, { queue: 2, vip: true });

    const [question] = receiver.got(path);
    assert.deepEqual(question.json, {
      event: 'call_inbound',
      call_inbound: { model_id: agent, ...numbers, call_id: call.call_id },
    });
    new Webhook(devSecret).verify(question.body, question.headers);
    const signature = crypto.createHmac('sha256', devSecret).update(call.call_id).digest('base64');
    assert.equal(question.headers['synthflow-signature'], signature);
    assert.equal(question.headers['x-wrapup-event'], 'call.inbound');

    const [entry] = await attempts(call.call_id);
    assert.equal(entry.webhook_type, 'inbound_webhook');
    assert.equal(entry.status, 'success');
    const detail = (await api.get(`/v2/logs/${entry.webhook_log_id}`)).ok();
    assert.equal(detail.request_payload, question.body.toString());
    assert.match(detail.response_payload, /override_model_id/);
    assert.deepEqual(await attempts(call.call_id, 'external_webhook'), []);
  });

  it('ends with a webhook that has the caller as lead and what the answer said', async () => {
    const [agent] = await steeredAgent([says({ override_model_id: '', custom_variables: { plan: 'gold' } })], {
      external_webhook_url: receiver.url('/ended'),
    });
    const { call_id } = (await announce(agent)).ok();
    const at = Date.now();
    const events = [
      { id: '1', type: 'answered', at, by: 'human' },
      { id: '2', type: 'turn', at: at + 1, role: 'human', text: 'Hello?' },
      { id: '3', type: 'ended', at: at + 2000, hung_up_by: 'human' },
    ];
    (await api.post(`/v2/calls/${call_id}/events`, events)).ok();
    const payload = (await receiver.forCall(call_id)).json;
    assertPayload(payload);
    assert.equal(payload.lead.phone_number, numbers.from_number);
    assert.deepEqual(payload.lead.prompt_variables, { plan: 'gold' });
    assert.equal(payload.call.type_of_call, 'inbound');
    assert.equal(payload.call.phone_number_from, numbers.from_number);
    assert.equal(payload.call.phone_number_to, numbers.to_number);
  });

  it('is registered before its hand-over, and goes on from there', async () => {
    const agent = await makeSilentAgent(api);
    const call = (await announce(agent, { registered: true })).ok();
    assert.equal(call.call_status, 'registered');
    assert.equal((await getCall(api, call.call_id)).call_status, 'registered');
    const listed = (await api.get(`/v2/calls?model_id=${agent}&call_status=registered`)).ok().calls;
    assert.equal(listed[0].call_id, call.call_id);
    const event = { id: '1', type: 'note', at: Date.now(), text: 'still waiting' };
    assert.equal((await api.post(`/v2/calls/${call.call_id}/events`, event)).ok().status, 'registered');
    const up = { id: '2', type: 'answered', at: Date.now(), by: 'human' };
    assert.equal((await api.post(`/v2/calls/${call.call_id}/events`, up)).ok().status, 'in-progress');
  });

  it('of a withheld number is taken', async () => {
    const agent = await makeSilentAgent(api);
    const { call_id } = (await announce(agent, { from_number: 'anonymous' })).ok();
    assert.equal((await getCall(api, call_id)).type_of_call, 'inbound');
  });

  it('to which nobody is assigned is canceled', async () => {
    const [agent] = await steeredAgent([says({})], { external_webhook_url: receiver.url('/nobody') });
    const call = (await announce(agent)).ok();
    assert.equal(call.model_id, null);
    assert.equal(call.call_status, 'canceled');
    const payload = (await receiver.forCall(call.call_id)).json;
    assert.equal(payload.status, 'canceled');
    assert.match(payload.error_message, /assigned no agent/);
  });
});

describe('an inbound webhook that does not answer', () => {
  const ways = {
    'breaks the connection': [{ reset: true }, 4, /reset|connection/i],
    'is too slow': [{ hang: true }, 4, /timed out/],
    'answers 503': [{ status: 503 }, 4, /503/],
    'answers 404': [{ status: 404 }, 1, /404/],
    'answers nonsense': [{ status: 200, body: 'hello' }, 1, /cannot be used/],
    'answers without call_inbound': [{ status: 200, body: '{"ok":true}' }, 1, /call_inbound/],
    'answers with too much': [{ status: 200, body: 'x'.repeat(100_000) }, 1, /too long/],
    'names an unknown agent': [says({ override_model_id: 'nobody' }), 1, /nobody, which is not there/],
  };
  for (const [what, [step, requests, words]] of Object.entries(ways)) {
    it(`${what}: ${requests} requests, then the default agent, or none`, async () => {
      const standby = await makeSilentAgent(api, { name: 'Standby' });
      const [agent, path] = await steeredAgent([step], { default_agent: standby });
      const call = (await announce(agent)).ok();
      assert.equal(call.model_id, standby);
      assert.equal(call.call_status, 'pending');
      // A kept connection that breaks is tried once more by the client, unseen.
      assert.ok([requests, requests + (step.reset ? 1 : 0)].includes(receiver.got(path).length));
      const log = await attempts(call.call_id);
      assert.deepEqual(log.map((entry) => entry.attempt_number).sort(), Array.from({ length: requests }, (_, i) => i + 1));
      const timeline = JSON.stringify(await getCall(api, call.call_id));
      assert.match(timeline, words);
      assert.match(timeline, /the default agent takes the call/);

      const [alone] = await steeredAgent([step]);
      const lost = (await announce(alone)).ok();
      assert.equal(lost.model_id, null);
      assert.equal(lost.call_status, 'failed');
      assert.match((await getCall(api, lost.call_id)).error_message, words);
    });
  }

  it('but answers the second request steers the call', async () => {
    const [agent, path] = await steeredAgent([{ status: 500 }, says({ override_model_id: '', metadata: { tries: 2 } })]);
    const call = (await announce(agent)).ok();
    assert.deepEqual(call.metadata, { tries: 2 });
    assert.deepEqual(receiver.got(path).map((request) => request.attempt), [1, 2]);
  });

  it('at an address that is not dialled is not asked', async () => {
    assertError(
      await api.post('/v2/assistants', { type: 'inbound', name: 'x', agent: {}, inbound_call_webhook_url: 'http://10.0.0.1/' }),
      400,
      { path: '/inbound_call_webhook_url', says: /not dialled/ },
    );
  });
});

describe('an announcement', () => {
  it('with the same external_id or Idempotency-Key is one call, and asks once', async () => {
    const [agent, path] = await steeredAgent([says({ override_model_id: '', metadata: { first: true } })]);
    const external_id = 'trunk 7 / ☎ 12';
    const first = (await announce(agent, { external_id })).ok();
    const again = (await announce(agent, { external_id })).ok();
    assert.deepEqual(again, first);
    const headers = { 'idempotency-key': 'inbound-1' };
    const third = (await announce(agent, {}, { headers })).ok();
    const replayed = await announce(agent, {}, { headers });
    assert.equal(replayed.headers['idempotent-replayed'], 'true');
    assert.deepEqual(replayed.ok(), third);
    assert.notEqual(third.call_id, first.call_id);
    assertError(await announce(agent, { registered: true }, { headers }), 409, { code: 'idempotency_key_reused' });
    assert.equal(receiver.got(path).length, 2);
  });

  it('with the external_id of a call that was placed is a conflict', async () => {
    const agent = await makeAgent(api, { agent: { engine: 'none' } });
    const body = { model_id: agent, phone: '+15550134477', name: 'Ilse Varga', external_id: 'taken' };
    (await api.post('/v2/calls', body)).ok();
    assertError(await announce(agent, { external_id: 'taken' }), 409, { code: 'external_id_taken' });
  });

  it('that is wrong is refused', async () => {
    const agent = await makeSilentAgent(api);
    assertError(await announce(crypto.randomUUID()), 404, { code: 'agent_not_found' });
    assertError(await announce(agent, { from_number: '555' }), 400, { path: '/from_number', says: /E\.164/ });
    assertError(await announce(agent, { to_number: undefined }), 400, { path: '/to_number', says: /required/ });
    assertError(await announce(agent, { from_nummer: '1' }), 400, { path: '/from_nummer', says: /from_number/ });
    assertError(await announce(agent, { registered: 'yes' }), 400, { path: '/registered', says: /boolean|true/ });
    assertError(await announce(agent, { external_webhook_url: 'ftp://x' }), 400, { path: '/external_webhook_url' });
    assertError(await api.post('/v2/calls/inbound?x=1', {}), 400, { path: 'x' });
  });
});
