// The live stream: what is told, to whom, what a reader that comes back gets, and how it ends.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeAgent, makeSilentAgent, reportCall, startCall } from './lib/calls.mjs';
import { workspaceKey } from './lib/endpoints.mjs';
import { assertError } from './lib/errors.mjs';
import { Receiver } from './lib/receiver.mjs';
import { eventually, Server, tempDir } from './lib/server.mjs';
import { Stream } from './lib/stream.mjs';

let server, api, other, receiver, agent;
const streams = [];

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const { key } = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(key);
  agent = await makeSilentAgent(api);
});

after(async () => {
  for (const stream of streams) stream.close();
  other?.close();
  await server?.stop();
  await receiver?.close();
});

async function open(query, options) {
  const stream = await Stream.open(options?.as ?? api, query, options);
  streams.push(stream);
  await stream.wait('ready');
  return stream;
}

describe('what is told', () => {
  it('a call from its beginning to its delivery, to its own workspace alone', async () => {
    const dialled = await makeAgent(api);
    const stream = await open();
    const stranger = await open('', { as: other });
    assert.match(stream.reply.headers['content-type'], /^text\/event-stream/);
    const id = await startCall(api, dialled, receiver.url());
    const attempt = await stream.wait('attempt', (data) => data.call_id === id);
    assert.equal(attempt.data.status, 'success');
    assert.equal(attempt.data.code, 200);
    assert.equal(attempt.data.error, '');
    assert.equal(attempt.data.url, receiver.url());
    assert.ok(!('body' in attempt.data));
    const log = (await api.get(`/v2/logs/${attempt.data.id}`)).ok();
    assert.equal(log.endpoint_id, attempt.data.endpoint_id);
    const calls = stream.of('call').filter((event) => event.data.id === id);
    const statuses = calls.map((event) => event.data.status);
    assert.ok(['pending', 'ringing'].includes(statuses[0]), statuses.join(' '));
    assert.ok(statuses.includes('in-progress'), statuses.join(' '));
    assert.equal(statuses.at(-1), 'completed');
    assert.equal(calls.at(-1).data.model_id, dialled);
    assert.equal(calls.at(-1).data.lead_phone_number, '+15550134477');
    await stream.wait('call', (data) => data.id === id && data.revision === 1);
    assert.deepEqual(stranger.of('call').concat(stranger.of('attempt')), []);
  });

  it('only what was asked for', async () => {
    const [attempts, mine] = [await open('?types=attempt'), await open('?call_id=none')];
    const id = await reportCall(api, agent, receiver.url());
    await attempts.wait('attempt', (data) => data.call_id === id);
    assert.deepEqual(attempts.of('call'), []);
    const one = await open(`?call_id=${id}&types=call,attempt`);
    await api.post(`/v2/calls/${id}/reanalyze`);
    await one.wait('attempt', (data) => data.webhook_id.endsWith('_2'));
    assert.ok(one.events.every((event) => event.type === 'ready' || (event.data.call_id ?? event.data.id) === id));
    assert.deepEqual(mine.events.map((event) => event.type), ['ready']);
  });

  it('attempts with the headers and the body that were sent, when they are asked for', async () => {
    const stream = await open('?bodies=1&types=attempt');
    const id = await reportCall(api, agent, receiver.url());
    const { data } = await stream.wait('attempt', (event) => event.call_id === id);
    const sent = await receiver.forCall(id);
    assert.equal(data.body, sent.body.toString('utf8'));
    const names = data.headers.map(([name]) => name.toLowerCase());
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type'])
      assert.ok(names.includes(name), name);
  });

  it('text from outside stays data', async () => {
    const stream = await open();
    const name = 'event: ready\n\nid: 1\u2028<script>alert(1)</script>\u202e\u001b[31m';
    const id = await reportCall(api, agent, receiver.url(), { name });
    const { data } = await stream.wait('call', (call) => call.id === id);
    assert.equal(data.name, name);
    assert.equal(stream.of('ready').length, 1);
  });
});

describe('a reader that comes back', () => {
  it('gets what it missed, also after a restart of the server', async () => {
    const first = await open();
    const seen = await reportCall(api, agent, receiver.url());
    await first.wait('attempt', (data) => data.call_id === seen);
    first.close();
    const before_ = await reportCall(api, agent, receiver.url());
    await receiver.forCall(before_);
    await server.kill();
    await server.start();
    api = server.api;
    const after_ = await reportCall(api, agent, receiver.url());
    const second = await open('', { after: first.id });
    for (const id of [before_, after_]) {
      await second.wait('call', (data) => data.id === id);
      await second.wait('attempt', (data) => data.call_id === id);
    }
    assert.deepEqual(second.of('gap'), []);
    const fresh = await open();
    assert.deepEqual(fresh.of('call'), []);
  });

  it('is told when it missed too much', async () => {
    const first = await open();
    first.close();
    await Promise.all(Array.from({ length: 510 }, () => reportCall(api, agent, undefined)));
    const second = await open('?types=call', { after: first.id });
    assert.ok(second.of('gap').length > 0);
    assert.ok(second.of('call').length >= 500);
  });
});

describe('what is refused', () => {
  it('wrong parameters and ids', async () => {
    assertError(await api.get('/v2/stream?type=call'), 400, { path: 'type', says: /types/ });
    assertError(await api.get('/v2/stream?types=calls'), 400, { path: 'types', says: /call, attempt, inbox/ });
    assertError(await api.get('/v2/stream?bodies=yes'), 400, { path: 'bodies' });
    assertError(await api.get('/v2/stream', { headers: { 'last-event-id': 'x' } }), 400, { says: /Last-Event-ID/ });
    assertError(await api.as(null).get('/v2/stream'), 401);
    assertError(await api.post('/v2/stream', {}), 405);
  });

  it('more than 50 of a workspace; those that were left make room', async () => {
    const many = [];
    for (let i = 0; i < 50; ++i) many.push(await open('', { as: other }));
    assertError(await other.get('/v2/stream'), 429, { code: 'too_many_streams' });
    assert.ok(await open());
    for (const stream of many) stream.close();
    await eventually('there is room again', async () => {
      const stream = await Stream.open(other).catch(() => null);
      stream?.close();
      return stream;
    });
  });
});

describe('how it ends', () => {
  it('the server stops at once although streams are open', async () => {
    const stream = await open();
    const began = Date.now();
    const end = await server.stop();
    assert.equal(end.code, 0);
    assert.ok(Date.now() - began < 5_000, 'it did not wait for the stream');
    await eventually('the stream has ended', () => stream.ended);
    await server.start();
    api = server.api;
  });
});
