// Agents with redact_pii: what is said and reported about a call is redacted before it is stored, on each way in; after the call nothing of
// it is left in the files of the data folder, in an answer of the API, in a webhook, in a question to the model, or in the output.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { ModelServer } from './lib/model_server.mjs';
import { config } from './lib/modelled.mjs';
import { devSecret, eventually, onPostgres, Server } from './lib/server.mjs';
import { agentBody, makeAgent, makeSilentAgent, open, report } from './lib/calls.mjs';

// Long repeats would be shortened in the files, where texts are packed: so none of these repeats itself.
const customer = { phone: '+15550134477', name: 'Zelda Quimby' };
const secrets = [
  'uimby', 'Zelda', 'zelda.q', '5550134477', '4539 1488', '0343 6467', '4539148803436467', '219-09-9999', 'DE02 1203', '22 Mill', 'Mill Road',
];
const card = '4539148803436467';
const turns = [
  { role: 'bot', text: 'Hello, may I have your name?' },
  { role: 'human', text: 'Yes, my name is Zelda Quimby.' },
  { role: 'bot', text: 'Thanks Zelda. What is your email?' },
  { role: 'human', text: 'zelda.q@example.com, or zelda dot quimby at example dot com' },
  { role: 'bot', text: 'And the card number?' },
  { role: 'human', text: '4539 1488' },
  { role: 'bot', text: 'Go on.' },
  { role: 'human', text: '0343 6467' },
  { role: 'bot', text: 'And your social security number?' },
  { role: 'human', text: '219-09-9999. My number is +15550134477, ask for Zelda.' },
  { role: 'bot', text: 'Where do you live, and what is your IBAN?' },
  { role: 'human', text: 'At 22 Mill Road. It is DE02 1203 0000 0000 2020 51.' },
];
const redacted = [
  'bot: Hello, may I have your name?',
  'human: Yes, my name is [NAME].',
  'bot: Thanks [NAME]. What is your email?',
  'human: [EMAIL], or [EMAIL]',
  'bot: And the card number?',
  'human: [CARD]',
  'bot: Go on.',
  'human: [CARD]',
  'bot: And your social security number?',
  'human: [SSN]. My number is [PHONE], ask for [NAME].',
  'bot: Where do you live, and what is your IBAN?',
  'human: At [ADDRESS]. It is [IBAN].',
];
const known = {
  custom_variables: { customer_name: 'Zelda Quimby', plan: 'gold', note: 'call Zelda at 555 013 4477' },
  metadata: { crm: { contact_name: 'Zelda Quimby', tier: 'gold', card }, mails: ['zelda.q@example.com'] },
};
const collected = { email: 'zelda.q@example.com', plan: 'gold' };
const lookup = { name: 'lookup', return_value: { owner_name: 'Zelda Quimby', tier: 'gold', card } };

/** The files under `folder` that hold `text`. */
function holders(folder, text) {
  const names = fs.readdirSync(folder, { recursive: true }).map((name) => path.join(folder, name));
  return names.filter((name) => fs.statSync(name).isFile() && fs.readFileSync(name).includes(text));
}
const left = (folder) => secrets.flatMap((secret) => holders(folder, secret).map((file) => `${secret} in ${path.basename(file)}`));
const assertClean = (text, where) => {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${where}`);
};

let server, api, receiver, model;
const ids = [];

before(async () => {
  receiver = await Receiver.start();
  model = await ModelServer.start({ extract: { email: { turn: 3, quote: 'my mail', value: '[EMAIL]' } } });
  server = await Server.start({ config: config(model.url) });
  api = server.api;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
  await model?.close();
});

const redact = { redact_pii: true, evaluation_model: 'rules' };
const questions = [open('email', 'What is the email of the customer?')];

function assertRedacted(request) {
  const payload = assertDelivered(request, devSecret);
  assert.equal(payload.call.transcript, redacted.map((line) => `\n${line}`).join(''));
  assert.equal(payload.lead.name, '[NAME]');
  assert.equal(payload.lead.phone_number, '+*******4477');
  assertClean(request.body.toString(), 'the webhook');
  return payload;
}

const post = async (callId, ...events) => (await api.post(`/v2/calls/${callId}/events`, events)).ok();
const start = Date.UTC(2026, 2, 11, 14, 20);
const said = () => turns.map((turn, i) => ({ id: `t${i}`, type: 'turn', at: start + 1000 * i, ...turn }));
const ended = { id: 'ended', type: 'ended', at: start + 30_000, status: 'completed', custom_reason: 'Zelda Quimby hung up' };

describe('an agent that redacts', () => {
  it('redacts a report', async () => {
    const agent = await makeSilentAgent(api, { agent: redact, actions: questions });
    const body = report(agent, receiver.url('/report'), {
      ...customer,
      ...known,
      lead_email: 'zelda.q@example.com',
      transcript: turns,
      collected_variables: collected,
      executed_actions: { lookup },
    });
    const { call_id } = (await api.post('/v2/calls/report', body)).ok();
    ids.push(call_id);
    const payload = assertRedacted(await receiver.forCall(call_id));
    assert.deepEqual(payload.metadata, { crm: { contact_name: '[NAME]', tier: 'gold', card: '[CARD]' }, mails: ['[EMAIL]'] });
    assert.deepEqual(payload.lead.prompt_variables.plan, 'gold');
    assert.deepEqual(payload.collected_variables.email, { value: '[EMAIL]', collected: true });
    assert.deepEqual(payload.collected_variables.plan, { value: 'gold', collected: true });
    assert.deepEqual(payload.executed_actions.lookup.return_value, { owner_name: '[NAME]', tier: 'gold', card: '[CARD]' });
  });

  it('redacts a call that is reported turn by turn, and what comes late', async () => {
    const agent = await makeSilentAgent(api, { agent: { ...redact, send_revisions: true } });
    const placed = await api.post('/v2/calls', { model_id: agent, ...customer, ...known, external_webhook_url: receiver.url('/events') });
    const { call_id } = placed.ok();
    ids.push(call_id);
    await post(call_id, { id: 'answered', type: 'answered', at: start, by: 'human' });
    for (const event of said()) await post(call_id, event);
    await post(call_id, { id: 'v', type: 'variable', at: start + 100, name: 'email', value: collected.email, collected: true });
    await post(call_id, { id: 'a', type: 'action', at: start + 200, ...lookup }, { id: 'n', type: 'note', at: start, text: 'Zelda Quimby waits' });
    await post(call_id, ended);
    const payload = assertRedacted(await receiver.forCall(call_id));
    assert.deepEqual(payload.executed_actions.lookup.return_value, { owner_name: '[NAME]', tier: 'gold', card: '[CARD]' });
    // What is known of the customer is gone by now: it is found by its form.
    const late = { id: 'late', type: 'turn', at: start + 29_000, role: 'human', text: 'My name is Zelda, 555-013-4477.' };
    await post(call_id, late);
    (await api.post(`/v2/calls/${call_id}/reanalyze`)).ok();
    const second = (await receiver.forCall(call_id, { revision: 2, timeout: 20_000 })).json;
    assert.ok(second.call.transcript.endsWith('\nhuman: My name is [NAME], [PHONE].'), second.call.transcript);
  });

  it('redacts a call of an engine of one’s own: the request to it, and what it answers', async () => {
    const answer = { status: 202, body: JSON.stringify({ queued: true, calling: '+15550134477', customer_name: 'Zelda Quimby' }) };
    receiver.script('/engine', [answer], { forever: true });
    const agent = await makeAgent(api, { agent: { ...redact, engine: 'relay', engine_url: receiver.url('/engine') } });
    const placed = await api.post('/v2/calls', { model_id: agent, ...customer, ...known, external_webhook_url: receiver.url('/relayed') });
    const { call_id } = placed.ok();
    ids.push(call_id);
    const [asked] = await receiver.wait((request) => request.path === '/engine');
    assert.equal(asked.json.data.phone, customer.phone, 'the engine has to dial it');
    await post(call_id, { id: 'answered', type: 'answered', at: start, by: 'human' }, ...said(), ended);
    assertRedacted(await receiver.forCall(call_id));
  });

  it('redacts an inbound call: the question about it, its answer, and what is kept of the announcement', async () => {
    const custom_variables = { customer_name: 'Zelda Quimby' };
    receiver.script('/who', [{ status: 200, body: JSON.stringify({ call_inbound: { custom_variables } }) }], { forever: true });
    const agent = await makeSilentAgent(api, { agent: redact, inbound_call_webhook_url: receiver.url('/who') });
    const body = { model_id: agent, from_number: customer.phone, to_number: '+15550100199', name: customer.name, metadata: known.metadata };
    const headers = { 'idempotency-key': 'inbound-1' };
    const announce = () => api.post('/v2/calls/inbound', { ...body, external_webhook_url: receiver.url('/in') }, { headers });
    const answer = (await announce()).ok();
    ids.push(answer.call_id);
    assert.deepEqual(answer.custom_variables, custom_variables, 'the engine needs it to speak');
    await post(answer.call_id, { id: 'answered', type: 'answered', at: start, by: 'human' }, ...said(), ended);
    assertRedacted(await receiver.forCall(answer.call_id));
    assertClean((await announce()).text, 'the answer given again');
  });

  it('redacts a call of the simulator', async () => {
    // The scenario itself is the agent's, and stays as it is: so it speaks of somebody else.
    const scenario = [
      { role: 'bot', text: 'Who am I speaking with?' },
      { role: 'human', text: 'Tamsin Bexley. Write to tamsin@example.org.' },
    ];
    const agent = await makeAgent(api, { agent: { ...redact, scenario } });
    const placed = await api.post('/v2/calls', { model_id: agent, phone: '+15550134478', name: 'Ilse Varga', external_webhook_url: receiver.url('/sim') });
    const { json } = await receiver.forCall(placed.ok().call_id);
    assert.equal(json.call.transcript, '\nbot: Who am I speaking with?\nhuman: [NAME]. Write to [EMAIL].');
    assert.deepEqual([json.lead.name, json.lead.phone_number], ['[NAME]', '+*******4478']);
  });

  it('shows a model redacted words only', async () => {
    const agent = await makeSilentAgent(api, { agent: { redact_pii: true }, actions: questions });
    const body = report(agent, receiver.url('/model'), { ...customer, ...known, transcript: turns });
    const { call_id } = (await api.post('/v2/calls/report', body)).ok();
    ids.push(call_id);
    assertRedacted(await receiver.forCall(call_id, { timeout: 20_000 }));
    assert.ok(model.requests.length >= 2);
    for (const { body: asked, data } of model.requests) assertClean(JSON.stringify([asked, data]), 'a question to the model');
    assert.ok(model.requests.some(({ data }) => JSON.stringify(data).includes('[EMAIL]')));
  });
});

describe('after the calls', () => {
  it('no answer of the API shows any of it', async () => {
    const paths = ['/v2/calls?limit=100', '/v2/logs?page_size=100', '/v2/audit?limit=100', '/v2/endpoints', '/v2/analytics', '/metrics'];
    for (const id of ids) paths.push(`/v2/calls/${id}`, `/v2/calls/${id}/revisions`);
    for (const { webhook_log_id } of (await api.get('/v2/logs?page_size=100')).ok().items) paths.push(`/v2/logs/${webhook_log_id}`);
    assert.ok(paths.length > 20);
    for (const each of paths) {
      const reply = await api.get(each);
      assert.equal(reply.status, 200, each);
      assertClean(reply.text, each);
    }
    const [found] = (await api.get(`/v2/calls?lead_phone_number=${encodeURIComponent('+*******4477')}&limit=1`)).ok().calls;
    assert.ok(ids.includes(found.call_id));
  });

  it('nor do the files, while the program runs and when it has stopped; nor its output', { skip: onPostgres && 'its files are the server\'s' }, async () => {
    await eventually('an empty log', async () => left(server.data).length === 0);
    await server.stop();
    assert.deepEqual(left(server.data), []);
    assert.notDeepEqual(holders(server.data, '[EMAIL]'), [], 'the search sees what is stored');
    assertClean(server.stdout + server.stderr, 'the output');
  });

  it('while without redact_pii the same search finds all of it', { skip: onPostgres && 'its files are the server\'s' }, async () => {
    const plain = await Server.start();
    const agent = await makeSilentAgent(plain.api);
    const body = report(agent, receiver.url('/plain'), { ...customer, ...known, transcript: turns });
    const { call_id } = (await plain.api.post('/v2/calls/report', body)).ok();
    await receiver.forCall(call_id);
    await plain.stop();
    assert.deepEqual(secrets.filter((secret) => holders(plain.data, secret).length === 0), []);
  });
});

describe('the setting', () => {
  it('takes kinds that it knows, and replaces only those', async () => {
    const plain = await Server.start();
    try {
      const wrong = await plain.api.post('/v2/assistants', agentBody({ agent: { redact_pii: { kinds: ['face'] } } }));
      assert.equal(wrong.status, 400);
      assert.equal(wrong.json.detail.errors[0].path, '/agent/redact_pii/kinds');
      const agent = await makeSilentAgent(plain.api, { agent: { redact_pii: { kinds: ['card', 'ssn'] } } });
      const body = report(agent, receiver.url('/kinds'), { ...customer, transcript: turns });
      const { call_id } = (await plain.api.post('/v2/calls/report', body)).ok();
      const { lead, call } = (await receiver.forCall(call_id)).json;
      assert.deepEqual([lead.name, lead.phone_number], [customer.name, customer.phone]);
      assert.ok(call.transcript.includes('\nhuman: [CARD]\nbot: Go on.\nhuman: [CARD]') && call.transcript.includes('zelda.q@example.com'));
    } finally {
      await plain.stop();
    }
  });
});
