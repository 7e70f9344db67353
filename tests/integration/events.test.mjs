// What an engine reports, in every order it may come in, and finished calls reported in one request.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered, notJudged, terminalStatuses } from './lib/payload.mjs';
import { devSecret, eventually, Server, sleep } from './lib/server.mjs';
import {
  asText,
  conversation,
  getCall,
  makeSilentAgent,
  report,
  reportCall,
  startCall,
  transcript,
  yesNo,
} from './lib/calls.mjs';

let server, receiver, api, agent;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  api = server.api;
  agent = await makeSilentAgent(api, { actions: [yesNo('wants_pickup', 'Does the customer want the bike collected')] });
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

const send = (callId, ...events) => api.post(`/v2/calls/${callId}/events`, events);
const statusOf = async (callId) => (await getCall(api, callId)).status;
const webhooks = (callId) => receiver.got((r) => r.json.call.call_id === callId);
const start = (more) => startCall(api, agent, receiver.url(), more);

const facts = (payload) => {
  const { call_id, ...call } = payload.call;
  const { status, error_message, lead, executed_actions, analysis, collected_variables } = payload;
  delete call.start_time;
  return { status, error_message, name: lead.name, call, executed_actions, analysis, collected_variables };
};

describe('a call that an engine reports step by step', () => {
  it('goes from pending to completed', async () => {
    const callId = await start();
    assert.equal(await statusOf(callId), 'pending');
    const [ring, up, ...rest] = conversation(Date.now() + 30);
    (await send(callId, ring)).ok();
    assert.equal(await statusOf(callId), 'ringing');
    (await send(callId, up)).ok();
    assert.equal(await statusOf(callId), 'in-progress');
    await sleep(1200);
    (await send(callId, ...rest.slice(0, -1))).ok();
    assert.equal(webhooks(callId).length, 0);
    (await send(callId, rest.at(-1))).ok();
    const payload = assertDelivered(await receiver.forCall(callId), devSecret);
    assert.equal(payload.status, 'completed');
    assert.equal(payload.call.duration, 2, '1.1 s are rounded up');
    assert.equal(payload.call.recording_url, 'https://recordings.example.com/rec/1.mp3');
    assert.equal(
      payload.call.transcript,
      '\nbot: Hello, this is Mika from Northlight Cycles.\nhuman: Please collect my bike on Thursday.\nbot: Noted. Goodbye!\nhuman: Bye.',
    );
    assert.equal(payload.call.end_call_reason, 'human_goodbye');
    assert.deepEqual(payload.collected_variables, { pickup_day: { value: 'Thursday', collected: true } });
    assert.equal(payload.executed_actions.info_extractor_wants_pickup.return_value.wants_pickup, true);
  });

  it('comes out the same when its events come shuffled and twice', async () => {
    const t = Date.now();
    const events = conversation(t);
    const calls = [await start(), await start(), await start()];
    await sleep(1200);
    (await send(calls[0], ...events)).ok();
    (await send(calls[1], ...[5, 8, 2, 7, 0, 3, 6, 1, 4, 3, 5].map((i) => events[i]))).ok();
    for (const i of [6, 3, 3, 4, 0, 7, 5, 1, 2, 0]) (await send(calls[2], events[i])).ok();
    (await send(calls[2], events[8])).ok();
    const payloads = [];
    for (const callId of calls) payloads.push(assertDelivered(await receiver.forCall(callId), devSecret));
    assert.deepEqual(facts(payloads[1]), facts(payloads[0]));
    assert.deepEqual(facts(payloads[2]), facts(payloads[0]));
  });

  it('is not moved back by a late ringing', async () => {
    const callId = await start();
    const t = Date.now();
    (await send(callId, { id: 'up', type: 'answered', at: t + 20, by: 'human' })).ok();
    (await send(callId, { id: 'ring', type: 'ringing', at: t + 5 })).ok();
    assert.equal(await statusOf(callId), 'in-progress');
    (
      await send(
        callId,
        { id: 'turn', type: 'turn', at: t + 30, role: 'human', text: 'Hello?' },
        { id: 'end', type: 'ended', at: t + 40, status: 'completed' },
      )
    ).ok();
    (await send(callId, { id: 'ring2', type: 'ringing', at: t + 6 })).ok();
    assert.equal(await statusOf(callId), 'completed');
    assert.equal((await receiver.forCall(callId)).json.status, 'completed');
  });

  it('refuses an end that contradicts the one before, naming both', async () => {
    const callId = await start();
    const t = Date.now();
    (await send(callId, { id: 'e1', type: 'ended', at: t, status: 'busy' })).ok();
    const refused = await send(callId, {
      id: 'e2',
      type: 'ended',
      at: t + 10,
      status: 'failed',
      error_message: 'Telephony - 500 - Server Error',
    });
    assert.equal(refused.status, 409);
    assert.match(refused.json.detail.description, /busy.*failed/s);
    assert.equal(await statusOf(callId), 'busy');
    (await send(callId, { id: 'e1', type: 'ended', at: t, status: 'busy' })).ok();
    (await send(callId, { id: 'e3', type: 'ended', at: t, status: 'busy' })).ok();
    await receiver.forCall(callId);
    await sleep(500);
    assert.equal(webhooks(callId).length, 1);
  });

  it('waits for more events when the end says so', async () => {
    const callId = await start();
    const t = Date.now();
    (
      await send(
        callId,
        { id: 'end', type: 'ended', at: t + 900, status: 'completed', more: true },
        { id: 'up', type: 'answered', at: t, by: 'human' },
      )
    ).ok();
    assert.equal(await statusOf(callId), 'completed');
    await sleep(2500);
    assert.equal(webhooks(callId).length, 0);
    (await send(callId, { id: 'late', type: 'turn', at: t + 500, role: 'human', text: 'Collect it, please.' })).ok();
    const lastEvent = Date.now();
    const request = await receiver.forCall(callId, { timeout: 20_000 });
    assert.equal(request.json.call.transcript, '\nhuman: Collect it, please.');
    assert.ok(request.at - lastEvent > 9000, `${request.at - lastEvent} ms after the last event`);
  });

  it('sends another revision for what comes later, when its agent asks for it', async () => {
    const revising = await makeSilentAgent(api, { agent: { send_revisions: true } });
    const t = Date.now();
    const first = [
      { id: 'up', type: 'answered', at: t, by: 'human' },
      { id: 'a', type: 'turn', at: t + 1, role: 'bot', text: 'Hello.' },
      { id: 'end', type: 'ended', at: t + 9, status: 'completed' },
    ];
    const late = { id: 'late', type: 'turn', at: t + 5, role: 'human', text: 'Hello to you.' };
    const asking = await startCall(api, revising, receiver.url());
    const silent = await start();
    for (const callId of [asking, silent]) {
      (await send(callId, ...first)).ok();
      await receiver.forCall(callId);
      (await send(callId, late)).ok();
    }
    const second = await receiver.forCall(asking, { revision: 2 });
    assertDelivered(second, devSecret);
    assert.equal(second.json.call.transcript, '\nbot: Hello.\nhuman: Hello to you.');
    assert.notEqual(second.webhookId, webhooks(asking)[0].webhookId);
    await sleep(1000);
    assert.equal(webhooks(silent).length, 1);
    assert.equal(
      (await getCall(api, silent)).transcript,
      '\nbot: Hello.\nhuman: Hello to you.',
      'it is kept all the same',
    );
  });

  it('shows collected variables only, and never system ones', async () => {
    const callId = await start();
    const t = Date.now();
    const variable = (name, more) => ({ id: name, type: 'variable', at: t, name, ...more });
    (
      await send(
        callId,
        variable('bike_count', { value: 2, collected: true }),
        variable('insured', { value: false, collected: true }),
        variable('frame_number', { value: null, collected: false }),
        variable('call_id', { value: 'x', collected: true }),
        variable('twilio_call_sid', { value: 'CA0', collected: true }),
        variable('engine_internal', { value: 'y', collected: true, system: true }),
        { id: 'up', type: 'answered', at: t, by: 'human' },
        { id: 'end', type: 'ended', at: t + 2, status: 'completed' },
      )
    ).ok();
    const { json } = await receiver.forCall(callId);
    assert.deepEqual(json.collected_variables, {
      bike_count: { value: 2, collected: true },
      insured: { value: false, collected: true },
    });
    const record = (await getCall(api, callId)).collected_variables;
    assert.deepEqual(Object.keys(record).sort(), ['bike_count', 'frame_number', 'insured']);
    assert.deepEqual(record.frame_number, { value: null, collected: false });
  });

  it('passes on actions that the engine ran', async () => {
    const callId = await start();
    const t = Date.now();
    const action = {
      name: 'book_slot',
      action_type: 'custom_function_action_type',
      description: 'Books a slot',
      parameters_hard_coded: { action_config: { url: 'https://api.example.com/book' } },
      error_message: null,
      return_value: { results: { slot: '2026-03-12T09:00', tries: [1, 2] } },
    };
    (
      await send(
        callId,
        { id: 'act', type: 'action', at: t, ...action },
        { id: 'up', type: 'answered', at: t, by: 'human' },
        { id: 'end', type: 'ended', at: t + 5, status: 'completed' },
      )
    ).ok();
    const payload = assertDelivered(await receiver.forCall(callId), devSecret);
    assert.deepEqual(payload.executed_actions.book_slot, action);
  });

  it('can be canceled before it connects, once', async () => {
    const callId = await start();
    (await api.post(`/v2/calls/${callId}/cancel`)).ok();
    assert.equal((await receiver.forCall(callId)).json.status, 'canceled');
    const again = await api.post(`/v2/calls/${callId}/cancel`);
    assert.equal(again.status, 409);
    assert.match(again.json.detail.description, /canceled/);
  });
});

describe('a finished call, reported in one request', () => {
  for (const status of terminalStatuses) {
    it(`can be ${status}`, async () => {
      const connected = !notJudged.includes(status);
      const more = connected ? { status } : { status, answered_at: undefined, transcript: undefined };
      if (status === 'failed') more.error_message = 'Telephony - 486 - Busy Here';
      const payload = assertDelivered(
        await receiver.forCall(await reportCall(api, agent, receiver.url(), more)),
        devSecret,
      );
      assert.equal(payload.status, status);
      assert.equal(payload.error_message, more.error_message ?? '');
      assert.equal(payload.call.duration, connected ? 96 : 0);
      assert.equal(payload.call.transcript, connected ? asText(transcript) : '');
      if (connected) assert.notEqual(payload.analysis, null);
    });
  }

  const ending = (role, text) => [
    { role: 'bot', text: 'Northlight Cycles, Mika here.' },
    { role: 'human', text: 'I have a question on my order.' },
    { role, text },
  ];
  const reasons = [
    'human_goodbye',
    'agent_goodbye',
    'human_pick_up_cut_off',
    'max_duration',
    'custom_end_call',
    'undefined',
    'idle_time_exceeded',
    'error',
    ['voicemail', 'hangup_on_voicemail'],
    ['voicemail_message_left', 'left_voicemail'],
    ['user_canceled', 'user-canceled'],
  ];
  for (const entry of reasons) {
    const [reason, status = 'completed'] = [entry].flat();
    it(`can end with ${reason}`, async () => {
      const more = { status, end_call_reason: reason };
      if (reason === 'undefined') more.transcript = ending('bot', 'Which order is it');
      if (reason === 'custom_end_call') more.custom_end_call_reason = 'Wrong number';
      if (status === 'user-canceled') Object.assign(more, { answered_at: undefined, transcript: undefined });
      const callId = await reportCall(api, agent, receiver.url(), more);
      const payload = assertDelivered(await receiver.forCall(callId), devSecret);
      assert.equal(payload.call.end_call_reason, reason);
      assert.equal(payload.call.custom_end_call_reason, more.custom_end_call_reason);
      if (reason === 'custom_end_call')
        assert.ok((await getCall(api, callId)).warnings.length > 0, 'not configured on the agent');
    });
  }

  const derived = [
    ['human_goodbye', { transcript: ending('human', 'Okay, thank you, goodbye.') }],
    ['human_goodbye', { transcript: ending('human', 'Vielen Dank, auf Wiederhören!') }],
    ['human_goodbye', { transcript: ending('human', 'Gracias, adiós.') }],
    ['human_goodbye', { transcript: ending('human', 'Merci, au revoir.') }],
    ['agent_goodbye', { transcript: ending('bot', 'Obrigada, tchau!') }],
    ['agent_goodbye', { transcript: ending('bot', 'Grazie mille, arrivederci.') }],
    ['agent_goodbye', { transcript: ending('bot', 'Dank u wel, tot ziens!') }],
    ['human_pick_up_cut_off', { transcript: ending('bot', 'Which order is it'), hung_up_by: 'human' }],
    ['voicemail', { status: 'hangup_on_voicemail' }],
    ['voicemail_message_left', { status: 'left_voicemail' }],
    ['user_canceled', { status: 'user-canceled', answered_at: undefined, transcript: undefined }],
    ['undefined', { status: 'busy', answered_at: undefined, transcript: undefined }],
    ['undefined', { transcript: ending('bot', 'Which order is it') }],
    ['custom_end_call', { transcript: ending('bot', 'Which order is it'), custom_end_call_reason: 'Wrong number' }],
  ];
  for (const [reason, more] of derived) {
    const words = Array.isArray(more.transcript) ? more.transcript.at(-1).text : more.status;
    it(`without a reason ends with ${reason}: ${words}`, async () => {
      const { json } = await receiver.forCall(await reportCall(api, agent, receiver.url(), more));
      assert.equal(json.call.end_call_reason, reason);
    });
  }

  it('that took as long as the agent allows ends with max_duration', async () => {
    const limited = await makeSilentAgent(api, { max_duration: { duration_seconds: 60, is_enabled: true } });
    const more = {
      answered_at: '2026-03-11T14:20:00Z',
      ended_at: '2026-03-11T14:21:00Z',
      transcript: ending('bot', 'Which order is it'),
    };
    const { json } = await receiver.forCall(await reportCall(api, limited, receiver.url(), more));
    assert.equal(json.call.end_call_reason, 'max_duration');
  });

  it('takes the transcript as one string, and times as epoch ms', async () => {
    const more = {
      transcript: 'bot: Hello, Mika here.\nhuman: Hi.\nbot: Bye.',
      started_at: Date.parse('2026-07-01T10:00:00Z'),
      answered_at: Date.parse('2026-07-01T10:00:04.500Z'),
      ended_at: Date.parse('2026-07-01T10:00:10Z'),
    };
    const { json } = await receiver.forCall(await reportCall(api, agent, receiver.url(), more));
    assert.equal(json.call.transcript, '\nbot: Hello, Mika here.\nhuman: Hi.\nbot: Bye.');
    assert.equal(json.call.duration, 6);
    assert.equal(Date.parse(json.call.start_time), more.started_at);
    assert.equal(json.call.start_time.slice(0, 19), '2026-07-01T12:00:00', 'summer time in Berlin');
    assert.equal(Date.parse(json.call.end_time), more.ended_at);
  });

  it('keeps a duration that is given', async () => {
    const { json } = await receiver.forCall(
      await reportCall(api, agent, receiver.url(), { answered_at: undefined, duration: 33 }),
    );
    assert.equal(json.call.duration, 33);
  });

  it('may be inbound, without a name, with plain variables', async () => {
    const more = {
      type_of_call: 'inbound',
      name: undefined,
      collected_variables: {
        pickup_day: 'Thursday',
        bikes: { value: 2, collected: true },
        colour: { value: null, collected: false },
      },
    };
    const { json } = await receiver.forCall(await reportCall(api, agent, receiver.url(), more));
    assert.equal(json.call.type_of_call, 'inbound');
    assert.equal(json.call.phone_number_from, '+15550134477');
    assert.equal(json.call.phone_number_to, '+15550100199');
    assert.equal(json.lead.name, '');
    assert.deepEqual(json.collected_variables, {
      pickup_day: { value: 'Thursday', collected: true },
      bikes: { value: 2, collected: true },
    });
  });

  it('is merged by external_id, also when reported many times at once', async () => {
    const body = report(agent, receiver.url(), { external_id: `merge-${crypto.randomUUID()}` });
    const replies = await Promise.all(Array.from({ length: 8 }, () => api.post('/v2/calls/report', body)));
    const ids = new Set(replies.map((reply) => reply.ok().call_id));
    assert.equal(ids.size, 1);
    const [callId] = ids;
    await receiver.forCall(callId);
    assert.equal(
      (await api.post('/v2/calls/report', { ...body, recording_url: 'https://recordings.example.com/2.mp3' })).ok()
        .call_id,
      callId,
    );
    await eventually(
      'the recording on the record',
      async () => (await getCall(api, callId)).recording_url === 'https://recordings.example.com/2.mp3',
    );
    const contradiction = await api.post('/v2/calls/report', {
      ...body,
      status: 'busy',
      answered_at: undefined,
      transcript: undefined,
    });
    assert.equal(contradiction.status, 409);
    assert.match(contradiction.json.detail.description, /completed.*busy/s);
    await sleep(500);
    assert.equal(webhooks(callId).length, 1);
  });

  it('with an engine action that poses as an extractor is refused, or the webhook is valid all the same', async () => {
    for (const action of [
      { action_type: 'extract_info_action_type' },
      { action_type: 'custom_eval_action_type', return_value: 7 },
      {},
      'text',
    ]) {
      const reply = await api.post(
        '/v2/calls/report',
        report(agent, receiver.url(), { executed_actions: { info_extractor_wants_pickup: action, other: action } }),
      );
      if (reply.status === 400) continue;
      assertDelivered(await receiver.forCall(reply.ok().call_id), devSecret);
    }
  });

  it('keeps text that is hard to carry', async () => {
    const text = 'Zoë said “naïve” \\ / </script> \u2028 \u{1F6B2} \t tab, "quotes" and {braces}';
    const more = {
      transcript: [{ role: 'human', text }],
      metadata: { text, big: 9007199254740991, small: 0.85, huge: 1e300 },
    };
    const { json } = await receiver.forCall(await reportCall(api, agent, receiver.url(), more));
    assert.equal(json.call.transcript, `\nhuman: ${text}`);
    assert.deepEqual(json.metadata, more.metadata);
  });
});
