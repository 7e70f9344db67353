// A call is analyzed again on request, and goes out as its next revision.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { devSecret, eventually, Server, tempDir } from './lib/server.mjs';
import { choice, getCall, logsOf, makeSilentAgent, reportCall, startCall, yesNo } from './lib/calls.mjs';
import { workspaceKey } from './lib/endpoints.mjs';

let server, api, other, agent, receiver;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const { key } = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(key);
  agent = await makeSilentAgent(api, {
    actions: [
      yesNo('wants_pickup', 'Does the customer want the bike collected'),
      choice('pickup slot', 'Which slot did they choose', ['morning', 'afternoon']),
    ],
  });
});

after(async () => {
  other?.close();
  await server?.stop();
  await receiver?.close();
});

const again = (callId, options) => api.post(`/v2/calls/${callId}/reanalyze`, undefined, options);
const ofCall = (callId) => receiver.got((r) => r.json.call.call_id === callId);

describe('a call that has ended', () => {
  it('goes out again as the next revision, under the id of that revision', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    const first = await receiver.forCall(callId);
    const { event: firstEvent, ...said } = assertDelivered(first, devSecret);
    for (const revision of [2, 3]) {
      assert.deepEqual((await again(callId)).ok(), { answer: 'ok', call_id: callId, revision });
      const request = await receiver.forCall(callId, { revision });
      const { event, ...same } = assertDelivered(request, devSecret);
      assert.equal(request.webhookId, `evt_${callId}_completed_${revision}`);
      assert.equal(event.revision, revision);
      assert.ok(event.created_at > firstEvent.created_at);
      assert.deepEqual(same, said, 'nothing else is new about this call');
      assert.equal(request.attempt, 1);
    }
    assert.equal((await getCall(api, callId)).revision, 3);
    assert.deepEqual(ofCall(callId).map((r) => r.json.event.revision), [1, 2, 3]);
  });

  it('each revision stays what it was: the log shows it, a replay sends it', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    const first = await receiver.forCall(callId);
    (await again(callId)).ok();
    await receiver.forCall(callId, { revision: 2 });
    const logs = await eventually('two log entries', async () => {
      const found = await logsOf(api, callId, 2);
      return found.length === 2 && found;
    });
    const entry = logs.find((log) => log.revision === 1);
    assert.equal(entry.request_payload, first.body.toString('utf8'));
    (await api.post(`/v2/logs/${entry.webhook_log_id}/replay`, { url: receiver.url('/replayed') })).ok();
    const [replayed] = await receiver.wait('/replayed', 1);
    assert.ok(replayed.body.equals(first.body));
  });

  it('keeps its outcome: also one that was not judged', async () => {
    const callId = await reportCall(api, agent, receiver.url(), {
      status: 'busy',
      answered_at: undefined,
      transcript: undefined,
    });
    await receiver.forCall(callId);
    (await again(callId)).ok();
    const payload = assertDelivered(await receiver.forCall(callId, { revision: 2 }), devSecret);
    assert.deepEqual([payload.status, payload.analysis], ['busy', null]);
  });

  it('without a URL is analyzed, and nobody is told', async () => {
    const callId = await reportCall(api, agent, undefined);
    await eventually('the first revision', async () => (await getCall(api, callId)).revision === 1);
    assert.equal((await again(callId)).ok().revision, 2);
    await eventually('the second revision', async () => (await getCall(api, callId)).revision === 2);
    assert.deepEqual(await logsOf(api, callId), []);
  });

  it('asked for twice at once gives each revision that was promised, once', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    await receiver.forCall(callId);
    const answers = await Promise.all([again(callId), again(callId), again(callId)]);
    const promised = Math.max(...answers.map((reply) => reply.ok().revision));
    await receiver.forCall(callId, { revision: promised });
    await eventually('the record', async () => (await getCall(api, callId)).revision >= promised);
    const sent = ofCall(callId).map((r) => r.json.event.revision);
    assert.equal(new Set(sent).size, sent.length, `${sent}`);
  });

  it('honours an Idempotency-Key', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    await receiver.forCall(callId);
    const headers = { 'idempotency-key': crypto.randomUUID() };
    assert.equal((await again(callId, { headers })).ok().revision, 2);
    await receiver.forCall(callId, { revision: 2 });
    const repeated = await again(callId, { headers });
    assert.equal(repeated.ok().revision, 2);
    assert.equal(repeated.headers['idempotent-replayed'], 'true');
    assert.equal((await again(callId)).ok().revision, 3, 'the repeat made none');
    await receiver.forCall(callId, { revision: 3 });
  });
});

describe('what is refused', () => {
  it('a call that has not ended is 409, and says how it stands', async () => {
    const callId = await startCall(api, agent, receiver.url('/open'));
    assertError(await again(callId), 409, { code: 'call_not_ended', says: /pending/ });
    const at = Date.now();
    (await api.post(`/v2/calls/${callId}/events`, { id: 'up', type: 'answered', at, by: 'human' })).ok();
    assertError(await again(callId), 409, { code: 'call_not_ended', says: /in-progress/ });
    (await api.post(`/v2/calls/${callId}/events`, { id: 'end', type: 'ended', at: at + 5, status: 'completed' })).ok();
    assert.equal((await receiver.forCall(callId)).json.event.revision, 1, 'nothing was counted on');
  });

  it('an unknown call, one of another workspace, a query parameter', async () => {
    assertError(await again(crypto.randomUUID()), 404, { code: 'call_not_found' });
    const callId = await reportCall(api, agent, receiver.url());
    await receiver.forCall(callId);
    assertError(await other.post(`/v2/calls/${callId}/reanalyze`), 404, { code: 'call_not_found' });
    assertError(await api.post(`/v2/calls/${callId}/reanalyze?force=true`), 400, { path: 'force' });
    assert.equal((await getCall(api, callId)).revision, 1);
  });
});
