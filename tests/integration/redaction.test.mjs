// An agent with redact_pii: what was said is redacted before it is stored. Reported at once and step by step; after a stop the
// files of the data folder hold none of it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, Server } from './lib/server.mjs';
import { agentBody, getCall, makeSilentAgent, open, report } from './lib/calls.mjs';

const secrets = ['zelda.quimby@example.com', '4111111111111111', '4111 1111', '+15550104477', '5550104477', 'Quimby', '123-45-6789'];
const turns = [
  { role: 'bot', text: 'Hello, may I have your name?' },
  { role: 'human', text: 'Yes, my name is Zelda Quimby.' },
  { role: 'bot', text: 'What is your email?' },
  { role: 'human', text: 'zelda.quimby@example.com' },
  { role: 'bot', text: 'And the card number?' },
  { role: 'human', text: '4111 1111' },
  { role: 'bot', text: 'Go on.' },
  { role: 'human', text: '1111 1111' },
  { role: 'bot', text: 'And your social security number?' },
  { role: 'human', text: '123-45-6789. My number is +15550104477, ask for Zelda.' },
];
const redacted = [
  'bot: Hello, may I have your name?',
  'human: Yes, my name is [NAME].',
  'bot: What is your email?',
  'human: [EMAIL]',
  'bot: And the card number?',
  'human: [CARD]',
  'bot: Go on.',
  'human: [CARD]',
  'bot: And your social security number?',
  'human: [SSN]. My number is [PHONE], ask for [NAME].',
];

/** The files under `folder` that hold `text`. */
function holders(folder, text) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));
  return names.filter((name) => fs.statSync(name).isFile() && fs.readFileSync(name).includes(text));
}

describe('an agent that redacts', () => {
  let server, receiver, agent;
  const ids = [];

  before(async () => {
    receiver = await Receiver.start();
    server = await Server.start();
    agent = await makeSilentAgent(server.api, {
      agent: { redact_pii: true },
      actions: [open('email', 'What is the email of the customer?')],
    });
  });

  after(async () => {
    await server?.stop();
    await receiver?.close();
  });

  const check = (payload) => {
    assert.equal(payload.call.transcript, redacted.map((line) => `\n${line}`).join(''));
    assert.equal(payload.lead.name, '[NAME]');
    assert.equal(payload.lead.phone_number, '+*******4477');
    const text = JSON.stringify(payload);
    for (const secret of secrets) assert.ok(!text.includes(secret), secret);
  };

  it('redacts a report', async () => {
    const body = report(agent, receiver.url('/report'), {
      name: 'Zelda Quimby',
      phone: '+15550104477',
      transcript: turns,
      metadata: { crm: { contact_name: 'Zelda Quimby', tier: 'gold' } },
      collected_variables: { email: 'zelda.quimby@example.com', plan: 'gold' },
    });
    const { call_id } = (await server.api.post('/v2/calls/report', body)).ok();
    ids.push(call_id);
    const [request] = await receiver.wait((r) => r.json.call.call_id === call_id, 1);
    const payload = assertDelivered(request, devSecret);
    check(payload);
    assert.deepEqual(payload.metadata, { crm: { contact_name: '[NAME]', tier: 'gold' } });
    assert.deepEqual(payload.collected_variables.email, { value: '[EMAIL]', collected: true });
    assert.deepEqual(payload.collected_variables.plan, { value: 'gold', collected: true });
  });

  it('redacts a call that is reported turn by turn', async () => {
    const placed = await server.api.post('/v2/calls', {
      model_id: agent,
      phone: '+15550104477',
      name: 'Zelda Quimby',
      external_webhook_url: receiver.url('/events'),
    });
    const { call_id } = placed.ok();
    ids.push(call_id);
    const start = Date.now();
    const post = (event) => server.api.post(`/v2/calls/${call_id}/events`, event);
    (await post({ id: 'answered', type: 'answered', at: start, by: 'human' })).ok();
    for (const [i, turn] of turns.entries()) (await post({ id: `t${i}`, type: 'turn', at: start + 1000 * i, ...turn })).ok();
    (await post({ id: 'ended', type: 'ended', at: start + 20_000, status: 'completed' })).ok();
    const [request] = await receiver.wait((r) => r.json.call.call_id === call_id, 1);
    check(assertDelivered(request, devSecret));
  });

  it('shows nothing over the API either', async () => {
    for (const id of ids) {
      const text = JSON.stringify(await getCall(server.api, id));
      for (const secret of secrets) assert.ok(!text.includes(secret), secret);
    }
    const list = await server.api.get(`/v2/calls?model_id=${agent}`);
    for (const secret of secrets) assert.ok(!list.text.includes(secret), secret);
  });

  it('refuses kinds that it does not know, and takes those that it does', async () => {
    const wrong = await server.api.post('/v2/assistants', agentBody({ agent: { redact_pii: { kinds: ['face'] } } }));
    assert.equal(wrong.status, 400);
    assert.equal(wrong.json.detail.errors[0].path, '/agent/redact_pii/kinds');
    (await server.api.post('/v2/assistants', agentBody({ agent: { redact_pii: { kinds: ['card', 'cvv'] } } }))).ok();
  });

  it('leaves none of it in the files of the data folder', async () => {
    await server.stop();
    for (const secret of secrets) assert.deepEqual(holders(server.data, secret), [], secret);
    assert.notDeepEqual(holders(server.data, '[EMAIL]'), [], 'the search sees what is stored');
  });
});
