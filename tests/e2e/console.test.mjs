// The console as a person uses it: from the first visit to a webhook that failed, arrived and was sent again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Browser, logIn, settled } from './lib/browser.mjs';
import { logsOf, makeSilentAgent, reportCall } from '../integration/lib/calls.mjs';
import { Receiver } from '../integration/lib/receiver.mjs';
import { devSecret, eventually, Server } from '../integration/lib/server.mjs';
import { createHmac } from 'node:crypto';

const config = `
[delivery]
retry_schedule = ["300ms", "300ms", "300ms"]
[calls]
quiet_after_ended = "200ms"
[simulator]
ring = "50ms"
turn = "60ms"
`;

let browser, server, api, receiver;

before(async () => {
  [browser, server, receiver] = await Promise.all([Browser.start(), Server.start({ config }), Receiver.start()]);
  api = server.api;
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.close();
});

/** Ends a test's page; nothing may have run or been refused that should not. */
async function done(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

/** Whether a webhook is signed with that secret, by Standard Webhooks. */
function signedWith({ headers, body }, secret) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  return headers['webhook-signature'].split(' ').includes(`v1,${createHmac('sha256', key).update(text).digest('base64')}`);
}

describe('a new user', () => {
  it('is told where the key is, what is wrong with one, and what to do first', async () => {
    const page = await browser.page(server, { key: null });
    await page.getByText('Where is my key?').click();
    await page.getByText('printed it once').waitFor();
    await page.getByText('wrapup key create').waitFor();
    await page.getByLabel('API key').fill('wk_0123456789abcdef0123456789abcdef');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('No workspace has this key').waitFor();
    await logIn(page, server.key);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    assert.match(await page.locator('pre').first().textContent(), /curl -X POST http:\/\/127\.0\.0\.1:\d+\/v2\/calls\/report/);
    await page.getByTestId('try-it').click();
    await page.getByRole('heading', { name: 'Ilse Varga' }).waitFor();
    await page.locator('[data-answer="info_extractor_slot"]').getByText('Thursday 10 am', { exact: true }).waitFor();
    await page.getByRole('tab', { name: /^Deliveries 1/ }).click();
    await page.getByRole('cell', { name: '200' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.goto('/calls');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await done(page);
  });
});

describe('from an agent to its webhook', () => {
  it('makes an agent with three extractors, watches its call arrive, opens the evidence, sees the delivery fail and succeed, and replays it', async () => {
    const path = '/e2e';
    receiver.script(path, [{ status: 500, body: '{"error": "database is locked"}', headers: { 'content-type': 'application/json' } }, { status: 200 }], { forever: true });
    const page = await browser.page(server, { path: '/agents/new' });
    await page.getByLabel('Name', { exact: true }).fill('Bike service desk');
    await page.getByLabel('Webhook URL').fill(receiver.url(path));
    const ask = async (kind, identifier, question, more) => {
      await page.getByTestId('add-question').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Kind').selectOption({ label: kind });
      await dialog.getByLabel('Identifier').fill(identifier);
      await dialog.getByLabel('Question').fill(question);
      if (more) await dialog.getByLabel(more[0]).fill(more[1]);
      await dialog.getByTestId('keep-question').click();
      await dialog.waitFor({ state: 'hidden' });
    };
    await ask('Yes or no', 'wants_pickup', 'Does the customer want the bike to be collected?');
    await ask('One of several choices', 'slot', 'Which time did the customer choose?', ['Choices', 'Tuesday 3 pm\nThursday 10 am']);
    await ask('Open question', 'name_given', 'What is the name of the customer?');
    await page.getByTestId('save-agent').click();
    await page.getByRole('heading', { name: 'Bike service desk' }).waitFor();
    const model = page.url().split('/').pop();
    const stored = (await api.get(`/v2/assistants/${model}`)).ok().assistants[0];
    assert.equal(stored.actions.length, 3);
    assert.equal(stored.external_webhook_url, receiver.url(path));

    // What the simulator's customer says, by the document: the form leaves what it does not know alone.
    await page.getByRole('tab', { name: 'Document' }).click();
    const document = page.getByLabel('The agent as JSON');
    const changed = JSON.parse(await document.inputValue());
    changed.agent.scenario = [
      { role: 'bot', text: 'Would you like us to collect your bike? Tuesday 3 pm or Thursday 10 am would be free.' },
      { role: 'human', text: 'Yes please, Thursday at 10 works.' },
      { role: 'bot', text: 'Noted, Thursday 10 am. Goodbye!' },
      { role: 'human', text: 'Thanks, bye.' },
    ];
    await document.fill(JSON.stringify(changed));
    await page.getByRole('button', { name: 'Save the document' }).click();
    await page.getByText('version 2').waitFor();
    await page.getByRole('tab', { name: 'Form' }).click();

    const list = await browser.page(server, { path: '/calls' });
    await settled(list);
    const before = await list.locator('tbody tr').count();
    await page.getByTestId('call').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Customer’s name').fill('Dana Reyes');
    await dialog.getByTestId('place-call').click();
    await page.getByRole('heading', { name: 'Dana Reyes' }).waitFor();
    const call = page.url().split('/').pop();

    // The other page was not touched.
    await list.locator(`tr[data-id="${call}"]`).getByText('completed').waitFor();
    assert.equal(await list.locator('tbody tr').count(), before + 1);
    await done(list);

    const slot = page.locator('[data-answer="info_extractor_slot"]');
    await slot.getByText('Thursday 10 am', { exact: true }).waitFor();
    await slot.getByTitle('Show where this was said').click();
    const marked = page.locator('.turn.marked');
    await marked.locator('mark').waitFor();
    assert.equal(await marked.getAttribute('data-turn'), '1');
    assert.match(await marked.locator('mark').textContent(), /Thursday/);

    await logsOf(api, call, 2);
    await page.getByRole('tab', { name: 'Webhook' }).click();
    await page.getByRole('button', { name: 'Raw' }).click();
    const sent = (await receiver.wait(path, 2))[1];
    assert.equal(await page.getByLabel('The webhook’s body', { exact: true }).textContent(), sent.body.toString('utf8'));
    await page.getByRole('tab', { name: 'Scorecard' }).click();
    await page.getByText('Answered by human').waitFor();
    await page.getByRole('tab', { name: 'Timeline' }).click();
    await page.getByText('Webhook, attempt 2').waitFor();
    await page.getByRole('tab', { name: 'Deliveries' }).click();
    assert.deepEqual(await page.locator('tbody td:first-child').allTextContents(), ['200', '500']);

    await page.locator('tbody tr', { hasText: '500' }).getByRole('link').first().click();
    await page.getByTestId('explain').getByText('The receiver had an error of its own.').waitFor();
    await page.getByText('database is locked').waitFor();
    await page.getByText('Wait for the answer').waitFor();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    const curl = await eventually('the command is copied', () => page.evaluate(() => navigator.clipboard.readText()));
    assert.ok(curl.startsWith(`curl -X POST '${receiver.url(path)}'`) && curl.includes(`webhook-id: evt_${call}_completed_1`), curl.slice(0, 400));

    await page.getByTestId('replay').click();
    await page.getByTestId('replay-send').click();
    await page.getByTestId('replay-result').getByText('200').waitFor();
    await page.getByRole('button', { name: 'Show that attempt' }).click();
    await page.getByRole('heading', { name: 'Attempt 1 200' }).waitFor();
    const [, , again] = await receiver.wait(path, 3);
    assert.deepEqual(again.body, sent.body);
    assert.equal(again.headers['webhook-id'], sent.headers['webhook-id']);
    await done(page);
  });

  it('changes a question of an agent, and keeps what the form does not know', async () => {
    const model = (await api.post('/v2/assistants', { type: 'outbound', name: 'Kept', engine_note: { deep: [1] }, agent: { engine: 'none', voice: 'calm' }, actions: [{ INFORMATION_EXTRACTOR: { YES_NO: { identifier: 'wants', description: 'Wants it?' } } }] })).ok().model_id;
    const page = await browser.page(server, { path: `/agents/${model}` });
    await page.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('dialog').getByLabel('Question').fill('Does the customer want it?');
    await page.getByTestId('keep-question').click();
    await page.getByLabel('Prompt').fill('Be brief.');
    await page.getByTestId('save-agent').click();
    await page.getByText('Saved. Calls that begin').waitFor();
    const stored = (await api.get(`/v2/assistants/${model}`)).ok().assistants[0];
    assert.deepEqual([stored.engine_note, stored.agent.voice, stored.agent.prompt], [{ deep: [1] }, 'calm', 'Be brief.']);
    assert.equal(stored.actions[0].INFORMATION_EXTRACTOR.YES_NO.description, 'Does the customer want it?');
    await done(page);
  });

  it('tries a question on a transcript and on a past call before it is saved', async () => {
    const agent = await makeSilentAgent(api);
    const past = await reportCall(api, agent, receiver.url('/tried'), { name: 'Jun Watanabe' });
    await logsOf(api, past);
    const page = await browser.page(server, { path: '/actions/new' });
    await page.getByLabel('Kind').selectOption({ label: 'One of several choices' });
    await page.getByLabel('Identifier').fill('slot');
    await page.getByLabel('Question').fill('Which time did the customer choose?');
    await page.getByLabel('Choices').fill('Tuesday 3 pm\nThursday 10 am');
    await page.getByTestId('try').click();
    const tried = page.getByTestId('tried');
    await tried.locator('.value', { hasText: 'Thursday 10 am' }).waitFor();
    assert.match(await tried.locator('.turn.marked mark').textContent(), /Thursday/);
    await page.getByLabel('Choices').fill('Thursday morning\nFriday');
    await page.getByRole('button', { name: 'A past call' }).click();
    await page.getByLabel('Call', { exact: true }).selectOption(past);
    await page.getByTestId('try').click();
    await tried.locator('.value', { hasText: 'Thursday morning' }).waitFor();
    assert.equal((await api.get('/v2/actions?limit=100')).ok().actions.filter((one) => one.name === 'info_extractor_slot' && one.parameters_hard_coded.choices?.includes('Friday')).length, 0);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('link', { name: 'slot' }).first().waitFor();
    await done(page);
  });

  it('shows each revision of a webhook, what changed, and how long its stages took', async () => {
    const agent = await makeSilentAgent(api, { agent: { send_revisions: true } });
    const call = await reportCall(api, agent, receiver.url('/revised'), { name: 'Luis Ferreira' });
    await logsOf(api, call);
    const page = await browser.page(server, { path: `/calls/${call}` });
    await page.getByRole('tab', { name: /^Webhook 1/ }).click();
    await api.post(`/v2/calls/${call}/events`, [{ id: 'later', type: 'variable', at: Date.now(), name: 'pickup_day', value: 'Thursday' }]);
    await page.getByRole('tab', { name: /^Webhook 2/ }).waitFor();
    await page.getByTestId('diff').locator('tr', { hasText: 'pickup_day' }).getByText('Thursday').waitFor();
    await page.getByText('Extract', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Revision 1' }).click();
    await page.getByRole('button', { name: 'Raw' }).click();
    const [first] = await receiver.wait('/revised', 2);
    await page.getByLabel('The webhook’s body', { exact: true }).filter({ hasText: '"revision":1' }).waitFor();
    assert.equal(await page.getByLabel('The webhook’s body', { exact: true }).textContent(), first.body.toString('utf8'));
    await done(page);
  });

  it('analyzes a call again, by the rules', async () => {
    const call = await reportCall(api, await makeSilentAgent(api), receiver.url('/again'), { name: 'Luis Ferreira' });
    await logsOf(api, call);
    const page = await browser.page(server, { path: `/calls/${call}` });
    await page.getByRole('button', { name: 'Analyze again' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Who answers').selectOption('named');
    await dialog.getByLabel('Name of the model').fill('another-1');
    await page.getByTestId('analyze-again').click();
    await dialog.getByText('no model is configured').waitFor();
    await dialog.getByLabel('Who answers').selectOption('rules');
    await page.getByTestId('analyze-again').click();
    await page.getByRole('tab', { name: /^Webhook 2/ }).waitFor();
    await receiver.wait('/again', 2);
    await done(page);
  });

  it('chooses which personal data an agent takes out', async () => {
    const model = await makeSilentAgent(api, { name: 'Discreet' });
    const page = await browser.page(server, { path: `/agents/${model}` });
    await page.getByLabel('Take personal data out').check();
    await page.getByLabel('Names', { exact: true }).uncheck();
    const save = async () => {
      await page.getByTestId('save-agent').click();
      await page.getByText('Saved.').first().waitFor();
      return (await api.get(`/v2/assistants/${model}`)).ok().assistants[0].agent.redact_pii;
    };
    assert.deepEqual(await save(), { kinds: ['card', 'expiry', 'cvv', 'ssn', 'iban', 'email', 'phone', 'address'] });
    await done(page);
  });

  it('finds anything by its id', async () => {
    const agent = await makeSilentAgent(api, { name: 'Found by its id' });
    const call = await reportCall(api, agent, receiver.url('/found'), { name: 'Amara Osei' });
    const [log] = await logsOf(api, call);
    const page = await browser.page(server);
    await settled(page);
    const find = async (text, heading) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type(text);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    };
    await find(call, 'Amara Osei');
    await find(agent, 'Found by its id');
    await find(log.webhook_log_id, 'Attempt 1 200');
    await find(log.webhook_id, 'Amara Osei');
    await find(log.endpoint_id, /\/found$/);
    await find('Amara', 'Calls');
    await page.locator(`tr[data-id="${call}"]`).waitFor();
    await done(page);
  });

  it('pauses an endpoint, collects for it, and drains it; and keeps its policy', async () => {
    const agent = await makeSilentAgent(api);
    const url = receiver.url('/paused');
    const first = await reportCall(api, agent, url);
    const [log] = await logsOf(api, first);
    const page = await browser.page(server, { path: `/endpoints/${log.endpoint_id}` });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: webhooks are built and wait here').waitFor();
    await reportCall(api, agent, url, { name: 'Noor Haddad' });
    await eventually('one waits', async () => (await api.get(`/v2/endpoints/${log.endpoint_id}`)).ok().pending === 1);
    await page.getByLabel('At once').fill('3');
    await page.getByRole('button', { name: 'Add a header' }).click();
    await page.getByLabel('Name of the header').fill('X-Shop');
    await page.getByLabel('Value of the header').fill('northlight');
    await page.getByRole('button', { name: 'Save the policy' }).click();
    await page.getByText('The policy is saved').waitFor();
    const endpoint = (await api.get(`/v2/endpoints/${log.endpoint_id}`)).ok();
    assert.deepEqual([endpoint.concurrency, endpoint.timeout, endpoint.retry.schedule], [3, null, null]);
    await page.getByRole('button', { name: 'Resume and drain' }).click();
    const [, drained] = await receiver.wait('/paused', 2);
    assert.equal(drained.headers['x-shop'], 'northlight');
    await done(page);
  });

  it('replays many, counted first, as a job that shows how far it is', async () => {
    const agent = await makeSilentAgent(api, { name: 'Replayed in bulk' });
    for (const name of ['Mina Park', 'Oskar Brandt']) await logsOf(api, await reportCall(api, agent, receiver.url('/bulk'), { name }));
    const page = await browser.page(server, { path: '/deliveries' });
    await page.getByLabel('Agent').selectOption({ label: 'Replayed in bulk' });
    await page.getByRole('button', { name: 'Replay many…' }).click();
    const dialog = page.getByRole('dialog');
    assert.equal(await dialog.getByRole('button', { name: 'Replay', exact: true }).isDisabled(), true);
    await dialog.getByLabel('Deliveries that are').selectOption('delivered');
    await dialog.getByLabel('To another URL').fill(receiver.url('/elsewhere'));
    await dialog.getByRole('button', { name: 'Count first' }).click();
    await dialog.getByText('2 deliveries would be sent again.').waitFor();
    await dialog.getByRole('button', { name: 'Replay', exact: true }).click();
    await receiver.wait('/elsewhere', 2);
    await page.getByTestId('replays').getByText('2 of 2 delivered').waitFor();
    await page.getByTestId('replays').getByText('completed').waitFor();
    assert.equal(receiver.got('/bulk').length, 2);
    await done(page);
  });

  it('rotates a secret; both sign from then on', async () => {
    const page = await browser.page(server, { path: '/secrets' });
    await page.getByTestId('rotate').first().click();
    await page.getByTestId('rotate-now').click();
    const secret = await page.getByLabel('The new secret').textContent();
    assert.match(secret, /^whsec_/);
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.locator('tbody tr', { hasText: 'expiring' }).waitFor();
    assert.equal(await page.getByText(secret).count(), 0);
    const agent = await makeSilentAgent(api);
    await reportCall(api, agent, receiver.url('/rotated'));
    const [webhook] = await receiver.wait('/rotated');
    assert.deepEqual([signedWith(webhook, secret), signedWith(webhook, devSecret)], [true, true]);
    await done(page);
  });
});

describe('an inbox', () => {
  it('shows what comes, proves its signature, and answers 500 twice', async () => {
    const page = await browser.page(server, { path: '/inboxes' });
    await page.getByTestId('new-inbox').click();
    const url = (await page.getByTestId('inbox-url').textContent()).trim();
    await page.getByTestId('fail-twice').click();
    await page.getByText('500 × 2').waitFor();
    const agent = await makeSilentAgent(api);
    const call = await reportCall(api, agent, url, { name: 'Petra Novak' });
    const logs = await logsOf(api, call, 3);
    assert.deepEqual(logs.map((log) => log.response_status_code), [500, 500, 200]);
    const requests = page.getByTestId('requests').getByRole('button');
    await page.waitForFunction(() => document.querySelectorAll('[data-test="requests"] button').length === 3);
    assert.deepEqual(await requests.locator('.badge').allTextContents(), ['200', '500', '500']);
    assert.equal(await requests.getByText('signature valid').count(), 3);
    await requests.nth(2).click();
    await page.getByRole('cell', { name: `evt_${call}_completed_1` }).waitFor();
    await page.getByRole('button', { name: 'Raw' }).click();
    assert.equal(await page.getByLabel('The body that came', { exact: true }).textContent(), logs[0].request_payload);
    await fetch(`${url}/by/hand?x=1`, { method: 'PUT', body: 'hello', headers: { 'webhook-signature': 'v1,AAAA', 'webhook-id': 'x', 'webhook-timestamp': '1' } });
    await requests.first().getByText('signature invalid').waitFor();
    await requests.first().click();
    await page.getByText('No live secret of this workspace made this signature').waitFor();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied.').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /curl/);
    await page.getByRole('button', { name: 'Empty it' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Empty it' }).click();
    await page.getByText('Nothing came yet').waitFor();
    await done(page);
  });
});

describe('settings', () => {
  it('make a key that may only report, and end it', async () => {
    const page = await browser.page(server, { path: '/settings' });
    await page.getByLabel('Operations URL').fill(receiver.url('/operations'));
    await page.getByRole('button', { name: 'Save' }).first().click();
    await page.getByText('Saved.').waitFor();
    assert.equal((await api.get('/v2/workspace')).ok().operations_url, receiver.url('/operations'));
    await page.getByLabel('Base URL').fill(receiver.url('/v1'));
    await page.getByLabel('Model', { exact: true }).fill('small-instruct');
    await page.getByLabel('API key').last().fill('model-key-of-nobody');
    await page.getByRole('button', { name: 'Save' }).last().click();
    await page.getByText('There is one, kept sealed').waitFor();
    const { model } = (await api.get('/v2/workspace')).ok();
    assert.deepEqual([model.base_url, model.model, model.has_key], [receiver.url('/v1'), 'small-instruct', true]);
    (await api.put('/v2/workspace', { model: { base_url: null, model: null, api_key: null } })).ok();
    await page.getByRole('tab', { name: 'API keys' }).click();
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('voice engine');
    await page.getByRole('button', { name: 'Make it' }).click();
    const key = await page.getByLabel('The new key').textContent();
    await page.getByRole('button', { name: 'I have it' }).click();
    assert.equal((await api.as(key).get('/v2/calls')).status, 403);
    await page.locator('tr', { hasText: 'voice engine' }).getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke it' }).click();
    await page.locator('tr', { hasText: 'voice engine' }).getByText('revoked').waitFor();
    await eventually('the key is dead', async () => (await api.as(key).get('/v2/session')).status === 401);
    await page.getByRole('tab', { name: 'Audit log' }).click();
    await page.getByRole('cell', { name: 'key.revoke' }).waitFor();
    await done(page);
  });
});

