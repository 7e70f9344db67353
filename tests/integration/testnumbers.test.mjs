// The simulator's test numbers: like test cards, the number decides how the call goes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered, notJudged } from './lib/payload.mjs';
import { devSecret, Server, sleep } from './lib/server.mjs';
import { getCall, makeAgent, startCall } from './lib/calls.mjs';

const custom = 'Caller asks for a person';
const numbers = [
  { phone: '+15005550001', status: 'busy', reason: /^undefined$/ },
  { phone: '+15005550002', status: 'no-answer', reason: /^undefined$/ },
  { phone: '+15005550003', status: 'failed', reason: /^(undefined|error)$/, error: /^Telephony - \d{3} - \S/ },
  { phone: '+15005550004', status: 'hangup_on_voicemail', reason: /^voicemail$/ },
  { phone: '+15005550005', status: 'left_voicemail', reason: /^voicemail_message_left$/, judged: true },
  { phone: '+15005550006', status: 'user-canceled', reason: /^user_canceled$/ },
  { phone: '+15005550007', status: 'completed', reason: /^human_pick_up_cut_off$/, judged: true },
  { phone: '+15005550008', status: 'completed', reason: /^max_duration$/, judged: true },
  { phone: '+15005550009', status: 'completed', reason: /^custom_end_call$/, judged: true },
  { phone: '+15005550010', status: 'canceled', reason: /^undefined$/ },
  { phone: '+15005550011', status: 'spam', reason: /^undefined$/ },
  { phone: '+15005550012', status: 'completed', reason: /^idle_time_exceeded$/, judged: true },
  { phone: '+15550134477', status: 'completed', reason: /^(human|agent)_goodbye$/, judged: true },
];
const neverConnected = ['busy', 'no-answer', 'failed', 'canceled', 'spam'];

let server, receiver;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  const agent = await makeAgent(server.api, {
    agent: {
      end_call_reasons_v2: [{ reason: custom, closing_message_mode: 'none', closing_message: '' }],
      allowed_idle_time_seconds: 8,
    },
    max_duration: { duration_seconds: 60, is_enabled: true },
  });
  for (const number of numbers)
    number.callId = await startCall(server.api, agent, receiver.url(), { phone: number.phone });
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

describe('test numbers', () => {
  for (const { phone, status, reason, judged, error } of numbers) {
    it(`${phone}: ${status}, ${reason.source}`, async () => {
      const { callId } = numbers.find((number) => number.phone === phone);
      const payload = assertDelivered(await receiver.forCall(callId, { timeout: 45_000 }), devSecret);
      assert.equal(payload.status, status);
      assert.match(payload.call.end_call_reason, reason);
      assert.equal(payload.lead.phone_number, phone);
      if (error) assert.match(payload.error_message, error);
      else if (status === 'completed') assert.equal(payload.error_message, '');
      if (judged) assert.notEqual(payload.analysis, null);
      if (notJudged.includes(status)) assert.equal(payload.analysis, null);
      if (neverConnected.includes(status)) {
        assert.equal(payload.call.duration, 0);
        assert.equal(payload.call.transcript, '');
      }
      if (status === 'left_voicemail') assert.equal(payload.analysis.answered_by_human, 'false');
      if (payload.call.end_call_reason === 'custom_end_call') assert.equal(payload.call.custom_end_call_reason, custom);
      const call = await getCall(server.api, callId);
      assert.equal(call.status, status);
      assert.equal(call.end_call_reason, payload.call.end_call_reason);
    });
  }

  it('0009 with an agent that has no custom reason gives a valid webhook too', async () => {
    const agent = await makeAgent(server.api);
    const callId = await startCall(server.api, agent, receiver.url(), { phone: '+15005550009' });
    const payload = assertDelivered(await receiver.forCall(callId, { timeout: 45_000 }), devSecret);
    assert.equal(payload.call.end_call_reason, 'custom_end_call');
  });

  it('each gave one webhook', async () => {
    await sleep(500);
    for (const { callId, phone } of numbers) {
      assert.equal(receiver.got((r) => r.json.call.call_id === callId).length, 1, phone);
    }
  });
});
