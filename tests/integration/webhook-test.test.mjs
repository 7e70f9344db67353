// Sample webhooks to try a receiver with: any ending of a call, for any agent, by the way that every webhook goes.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered, notJudged, terminalStatuses, validator } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { devSecret, eventually, Server, tempDir } from './lib/server.mjs';
import { choice, evaluation, logDetail, makeSilentAgent, open, yesNo } from './lib/calls.mjs';
import { endpointOf, pause, workspaceKey } from './lib/endpoints.mjs';

const actions = [
  yesNo('wants_pickup', 'Does the customer want the bike collected'),
  choice('pickup slot', 'Which slot did they choose', ['morning', 'afternoon']),
  open('fault', 'What fault did they describe', ['chain slips']),
  open('remark', 'What else did they say'),
  evaluation('polite', 'Was the agent polite', 'pass_fail', 'true'),
  evaluation('clarity', 'How clear was the agent, from 1 to 10', 'numeric', '7'),
  evaluation('tone', 'What was the tone', 'descriptive', ''),
  evaluation('helpful', 'The agent was helpful', 'likert_scale', 'agree'),
];

let server, api, other, agent, receiver, assertServed;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const { key } = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(key);
  agent = await makeSilentAgent(api, {
    actions,
    agent: { timezone: 'America/New_York', end_call_reasons: ['Asked for a person', 'Wrong number'] },
  });
  assertServed = validator((await api.get('/v2/schemas/post-call-webhook.json')).json);
});

after(async () => {
  other?.close();
  await server?.stop();
  await receiver?.close();
});

const test = (wish, options) => api.post('/v2/webhooks/test', { url: receiver.url(), ...wish }, options);

/** Sends a sample and returns its payload, whole, signed and valid. */
async function sample(wish) {
  const { call_id, webhook_id } = (await test(wish)).ok();
  const request = await receiver.forCall(call_id);
  assert.equal(request.webhookId, webhook_id);
  const payload = assertDelivered(request, devSecret);
  assertServed(payload);
  assert.deepEqual(payload.metadata, { test: true });
  assert.equal(payload.event.revision, 1);
  return payload;
}

describe('every status', () => {
  const reasons = {
    hangup_on_voicemail: 'voicemail',
    left_voicemail: 'voicemail_message_left',
    'user-canceled': 'user_canceled',
    failed: 'error',
    completed: 'human_goodbye',
  };
  for (const status of terminalStatuses) {
    it(status, async () => {
      const payload = await sample({ status, model_id: agent });
      assert.equal(payload.status, status);
      assert.equal(payload.call.end_call_reason, reasons[status] ?? 'undefined');
      assert.equal(payload.call.model_id, agent);
      assert.equal(payload.call.timezone, 'America/New_York');
      assert.equal(payload.analysis === null, notJudged.includes(status));
      assert.equal(Object.keys(payload.executed_actions).length, notJudged.includes(status) ? 0 : actions.length);
      assert.equal(payload.error_message !== '', status === 'failed');
      assert.equal(payload.call.duration > 0, !notJudged.includes(status));
    });
  }

  it('without one the call is completed, and without an agent nothing is asked', async () => {
    const payload = await sample({});
    assert.equal(payload.status, 'completed');
    assert.deepEqual(payload.executed_actions, {});
    assert.ok(payload.analysis);
  });
});

describe('reasons', () => {
  const fitting = [
    'human_goodbye',
    'agent_goodbye',
    'human_pick_up_cut_off',
    'max_duration',
    'idle_time_exceeded',
    'error',
    'undefined',
  ];
  for (const end_call_reason of fitting) {
    it(end_call_reason, async () => {
      assert.equal((await sample({ end_call_reason, model_id: agent })).call.end_call_reason, end_call_reason);
    });
  }

  it('custom_end_call has the text that is configured on the agent', async () => {
    const { call } = await sample({ end_call_reason: 'custom_end_call', model_id: agent });
    assert.deepEqual([call.end_call_reason, call.custom_end_call_reason], ['custom_end_call', 'Asked for a person']);
  });

  it('custom_end_call has a text without an agent too', async () => {
    const { call } = await sample({ end_call_reason: 'custom_end_call' });
    assert.equal(call.end_call_reason, 'custom_end_call');
    assert.ok(call.custom_end_call_reason.length > 0);
  });
});

describe('the answers', () => {
  it('are there for every extractor and evaluation, each of its kind', async () => {
    const payload = await sample({ model_id: agent });
    const value = (name, identifier) => payload.executed_actions[name].return_value[identifier];
    assert.equal(typeof value('info_extractor_wants_pickup', 'wants_pickup'), 'boolean');
    assert.ok(['morning', 'afternoon'].includes(value('info_extractor_pickup slot', 'pickup slot')));
    assert.equal(typeof value('info_extractor_fault', 'fault'), 'string');
    assert.equal(typeof value('info_extractor_remark', 'remark'), 'string');
    assert.equal(typeof value('custom_eval_polite', 'polite'), 'boolean');
    assert.ok(Number.isInteger(value('custom_eval_clarity', 'clarity')));
    assert.equal(typeof value('custom_eval_tone', 'tone'), 'string');
    assert.equal(value('custom_eval_helpful', 'helpful'), 'agree');
    for (const action of Object.values(payload.executed_actions)) assert.equal(action.error_message, null);
    assert.equal(payload.event.complete, true);
  });

  it('are left out with the transcript, where the agent keeps none', async () => {
    const silent = await makeSilentAgent(api, { actions, agent: { is_transcript_disabled: true } });
    const payload = await sample({ model_id: silent });
    assert.deepEqual([payload.call.transcript, payload.analysis, payload.executed_actions], ['', null, {}]);
  });
});

describe('the way', () => {
  it('is that of every webhook: logged, retried, and to be replayed', async () => {
    const url = receiver.url('/tried');
    receiver.script('/tried', [{ status: 500 }]);
    (await api.post('/v2/endpoints', { url, retry: { schedule: ['10ms'] } })).ok();
    const answer = (await test({ url, model_id: agent })).ok();
    assert.equal(answer.endpoint_state, 'active');
    assert.equal(answer.endpoint_id, (await endpointOf(api, url)).endpoint_id);
    const [first, second] = await receiver.wait('/tried', 2);
    assert.ok(second.body.equals(first.body));
    const items = await eventually('both in the log', async () => {
      const found = (await api.get(answer.log)).ok().items;
      return found.length === 2 && found;
    });
    assert.deepEqual(items.map((item) => [item.status, item.call_id, item.event_type]), [
      ['success', answer.call_id, 'call.completed'],
      ['failed', answer.call_id, 'call.completed'],
    ]);
    assert.equal((await logDetail(api, items[0].webhook_log_id)).request_payload, first.body.toString('utf8'));
    (await api.post(`/v2/logs/${answer.webhook_id}/replay`)).ok();
    const replayed = (await receiver.wait('/tried', 3))[2];
    assert.ok(replayed.body.equals(first.body));
  });

  it('makes no call: none is listed, none is found', async () => {
    const { call_id } = (await test({})).ok();
    await receiver.forCall(call_id);
    assertError(await api.get(`/v2/calls/${call_id}`), 404, { code: 'call_not_found' });
    assert.equal((await api.get('/v2/calls')).ok().pagination.total_records, 0);
  });

  it('ends at a paused endpoint, and the answer says so', async () => {
    const url = receiver.url('/paused');
    const { endpoint_id } = (await api.post('/v2/endpoints', { url })).ok();
    await pause(api, endpoint_id);
    assert.equal((await test({ url })).ok().endpoint_state, 'paused');
  });

  it('honours an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const url = receiver.url('/once');
    const first = (await test({ url }, { headers })).ok();
    assert.deepEqual((await test({ url }, { headers })).ok(), first);
    await receiver.forCall(first.call_id);
    const last = (await test({ url })).ok();
    await receiver.forCall(last.call_id);
    assert.deepEqual(receiver.got('/once').map((r) => r.webhookId), [first.webhook_id, last.webhook_id]);
  });
});

describe('what is refused', () => {
  const wrong = [
    ['no URL', { url: undefined }, '/url', /required/],
    ['a URL that is none', { url: 'hook' }, '/url', /./],
    ['a private address', { url: 'https://10.0.0.1/' }, '/url', /private/],
    ['a status of the running call', { status: 'in-progress' }, '/status', /completed/],
    ['a status that is none', { status: 'done' }, '/status', /completed/],
    ['a field that is not known', { reason: 'error' }, '/reason', /did you mean "end_call_reason"/],
    ['a number for a reason', { end_call_reason: 7 }, '/end_call_reason', /string/],
    ['a reason that is none', { end_call_reason: 'bored' }, '/end_call_reason', /human_goodbye/],
    [
      'a reason that the status never has',
      { status: 'left_voicemail', end_call_reason: 'human_goodbye' },
      '/end_call_reason',
      /always voicemail_message_left/,
    ],
  ];
  for (const [what, wish, path, says] of wrong)
    it(`${what}: ${path}`, async () => assertError(await test(wish), 400, { path, says }));

  it('an agent that is unknown, or of another workspace', async () => {
    assertError(await test({ model_id: crypto.randomUUID() }), 404, { code: 'agent_not_found' });
    const body = { url: receiver.url(), model_id: agent };
    assertError(await other.post('/v2/webhooks/test', body), 404, { code: 'agent_not_found' });
  });
});
