// What is promised survives kill -9: retries, their numbers, pauses, calls under way, idempotency keys.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, eventually, Server, sleep } from './lib/server.mjs';
import { getCall, logsOf, makeSilentAgent, reportCall, startCall } from './lib/calls.mjs';
import { endpointWhen, gather, getEndpoint, pause, resume, setEndpoint } from './lib/endpoints.mjs';

const config = `[delivery]\nretry_schedule = ["300ms", "2s", "2s", "2s"]\ntimeout = "5s"\n`;

let server, agent, receiver;
const receivers = [];

before(async () => {
  server = await Server.start({ config });
  agent = await makeSilentAgent(server.api);
});

beforeEach(async () => {
  receiver = await Receiver.start();
  receivers.push(receiver);
});

after(async () => {
  await server?.stop();
  for (const each of receivers) await each.close();
});

async function killAndStart() {
  await server.kill();
  await server.start();
}

describe('after kill -9 and a start on the same data', () => {
  it('retries go on, with the same webhook-id and the next number', async () => {
    // Waits have jitter: the third may come at once.
    receiver.script('/hook', [{ status: 500 }], { forever: true });
    const callId = await reportCall(server.api, agent, receiver.url());
    await eventually('two attempts in the log', async () => (await logsOf(server.api, callId)).length >= 2);
    await server.kill();
    receiver.script('/hook', []);
    await server.start();
    await receiver.wait((r) => r.path === '/hook' && r.step.status !== 500, 1);
    const attempts = receiver.got('/hook');
    assert.equal(new Set(attempts.map((a) => a.webhookId)).size, 1);
    assert.ok(attempts.every((a) => a.body.equals(attempts[0].body)));
    const numbers = attempts.map((a) => a.attempt);
    const counted = Array.from({ length: numbers.at(-1) }, (_, i) => i + 1);
    assert.deepEqual([...new Set(numbers)], counted);
    assert.ok(numbers.length - counted.length <= 1, `${numbers}: only what was under way is made again`);
    assertDelivered(attempts.at(-1), devSecret);
    await eventually(
      'the success in the log',
      async () => (await logsOf(server.api, callId)).at(-1).status === 'success',
    );
    await sleep(2500);
    assert.equal(receiver.got('/hook').length, attempts.length);
  });

  it('an attempt that was under way is made again, under the same id', async () => {
    receiver.script('/hook', [{ hang: true }]);
    const callId = await reportCall(server.api, agent, receiver.url());
    await receiver.wait('/hook', 1);
    await server.kill();
    const down = Date.now();
    await server.start();
    const [first, second] = await receiver.wait('/hook', 2, 8000);
    assert.equal(second.webhookId, first.webhookId);
    assert.deepEqual(second.body, first.body);
    assert.ok(second.at - down < 5000, 'at once, not when a lock has run out');
    assert.equal(assertDelivered(second, devSecret).call.call_id, callId);
  });

  it('what was accepted a moment before is delivered', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => reportCall(server.api, agent, receiver.url())));
    await killAndStart();
    for (const callId of ids) assertDelivered(await receiver.forCall(callId), devSecret);
  });

  it('a call under way can be reported on', async () => {
    const callId = await startCall(server.api, agent, receiver.url());
    const t = Date.now();
    const send = async (...events) => (await server.api.post(`/v2/calls/${callId}/events`, events)).ok();
    await send(
      { id: 'up', type: 'answered', at: t, by: 'human' },
      { id: 'a', type: 'turn', at: t + 1, role: 'bot', text: 'Before.' },
    );
    await killAndStart();
    assert.equal((await getCall(server.api, callId)).status, 'in-progress');
    await send(
      { id: 'a', type: 'turn', at: t + 1, role: 'bot', text: 'Before.' },
      { id: 'b', type: 'turn', at: t + 2, role: 'human', text: 'After.' },
      { id: 'end', type: 'ended', at: t + 3, status: 'completed' },
    );
    assert.equal((await receiver.forCall(callId)).json.call.transcript, '\nbot: Before.\nhuman: After.');
  });

  it('a call that waits for more events still ends', async () => {
    const callId = await startCall(server.api, agent, receiver.url());
    const t = Date.now();
    const events = [
      { id: 'up', type: 'answered', at: t, by: 'human' },
      { id: 'end', type: 'ended', at: t + 3, status: 'completed', more: true },
    ];
    (await server.api.post(`/v2/calls/${callId}/events`, events)).ok();
    await killAndStart();
    assert.equal((await receiver.forCall(callId, { timeout: 25_000 })).json.status, 'completed');
  });

  it('an endpoint is as its owner left it: settings, and what it collects while it is paused', async () => {
    const settings = { name: 'Orders', headers: [{ name: 'X-Api-Token', value: 'sesame', secret: true }] };
    const made = await setEndpoint(server.api, receiver.url(), settings);
    const { endpoint_id } = made;
    await pause(server.api, endpoint_id);
    const ids = await gather(server.api, agent, made, 5);
    await killAndStart();
    const kept = await endpointWhen(server.api, endpoint_id, 'with all waiting', (e) => e.pending === 5);
    assert.deepEqual([kept.state, kept.name], ['paused', 'Orders']);
    const elsewhere = await reportCall(server.api, agent, receiver.url('/elsewhere'));
    await receiver.forCall(elsewhere);
    assert.equal(receiver.got('/hook').length, 0);
    await resume(server.api, endpoint_id);
    const sent = await receiver.wait('/hook', 5);
    assert.deepEqual(
      sent.map((r) => r.json.call.call_id),
      ids,
      'oldest first',
    );
    assert.ok(sent.every((r) => r.headers['x-api-token'] === 'sesame'));
  });

  it('an open circuit stays open, and closes by itself', async () => {
    receiver.script('/hook', [{ status: 500 }], { forever: true });
    const retry = { schedule: Array(100).fill('1ms') };
    const { endpoint_id } = await setEndpoint(server.api, receiver.url(), { retry });
    const callId = await reportCall(server.api, agent, receiver.url());
    const open = await endpointWhen(server.api, endpoint_id, 'open', (e) => e.circuit.failures_in_a_row >= 7, 30_000);
    await killAndStart();
    const still = await getEndpoint(server.api, endpoint_id);
    assert.notEqual(still.circuit.state, 'closed');
    assert.equal(still.circuit.failing_since, open.circuit.failing_since);
    receiver.script('/hook', []);
    await receiver.wait((r) => r.json.call.call_id === callId && r.step.status !== 500, 1, 30_000);
    await endpointWhen(server.api, endpoint_id, 'closed', (e) => e.circuit.state === 'closed' && e.pending === 0);
  });

  it('an Idempotency-Key is remembered', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { model_id: agent, phone: '+15550134477', name: 'Ilse Varga' };
    const first = await server.api.post('/v2/calls', body, { headers });
    await killAndStart();
    const second = await server.api.post('/v2/calls', body, { headers });
    assert.equal(second.ok().call_id, first.ok().call_id);
    assert.equal(second.text, first.text);
  });
});

describe('SIGTERM', () => {
  it('ends the server with code 0, and what was left is delivered after the next start', async () => {
    receiver.script('/hook', [{ delay: 500 }]);
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push(await reportCall(server.api, agent, receiver.url()));
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    await server.start();
    for (const callId of ids) await receiver.forCall(callId);
    assert.equal(new Set(receiver.got('/hook').map((r) => r.webhookId)).size, ids.length);
  });
});

describe('two servers on one data directory', () => {
  it('the second refuses to start', async () => {
    const second = new Server({ data: server.data });
    try {
      await assert.rejects(second.start(), /ended at start[^]*(in use|already|locked)/i);
    } finally {
      await second.kill();
    }
    assert.equal((await server.api.get('/readyz')).status, 200);
  });
});
