// What every page owes to whoever looks at it: nothing serious by axe, in light and dark; room on a telephone; and that text of
// callers and receivers stays text.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { Browser, settled } from './lib/browser.mjs';
import { choice, logsOf, makeAgent, open, report, yesNo } from '../integration/lib/calls.mjs';
import { Receiver } from '../integration/lib/receiver.mjs';
import { Server } from '../integration/lib/server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const config = '[delivery]\nretry_schedule = ["1h"]\nshort_retry_schedule = ["1h"]\n';

let browser, server, api, receiver, agent, call, failed, action, endpoint, inbox;

before(async () => {
  [browser, server, receiver] = await Promise.all([Browser.start(), Server.start({ config }), Receiver.start()]);
  api = server.api;
  receiver.script('/broken', [{ status: 422, body: '{"error": "unknown field"}' }], { forever: true });
  agent = await makeAgent(api, {
    agent: { engine: 'none' },
    actions: [yesNo('wants_pickup', 'Does the customer want a pickup?'), choice('slot', 'When?', ['Thursday morning', 'Friday']), open('fault', 'What is broken?')],
  });
  action = (await api.post('/v2/actions', yesNo('polite', 'Was the customer polite?'))).ok().action_id;
  call = (await api.post('/v2/calls/report', report(agent, receiver.url('/broken'), { collected_variables: { pickup_day: 'Thursday' } }))).ok().call_id;
  [failed] = await logsOf(api, call);
  endpoint = failed.endpoint_id;
  inbox = (await api.post('/v2/inboxes', { name: 'mine' })).ok();
  await fetch(inbox.url, { method: 'POST', body: '{"hello": "inbox"}' });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await receiver?.close();
});

const pages = () => [
  '/',
  '/calls',
  '/calls?search=nobody-has-this-name',
  `/calls/${call}`,
  '/deliveries',
  `/deliveries/${failed.webhook_log_id}`,
  '/endpoints',
  `/endpoints/${endpoint}`,
  '/inboxes',
  `/inboxes/${inbox.token}`,
  '/secrets',
  '/agents',
  '/agents/new',
  `/agents/${agent}`,
  '/actions',
  '/actions/new',
  `/actions/${action}`,
  '/settings',
  '/no-such-page',
];

/** What axe finds serious or critical, in short. `bypass`: the scripts of the test itself go past the page's policy. */
async function serious(page) {
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return violations.filter((one) => one.impact === 'serious' || one.impact === 'critical').map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`.slice(0, 600));
  });
  return found;
}

async function accessible(dark) {
  const page = await browser.page(server, { dark });
  await page.context().addInitScript(axe);
  const found = {};
  const look = async (name) => {
    const faults = await serious(page);
    if (faults.length) found[name] = faults;
  };
  for (const path of pages()) {
    await page.goto(path);
    await settled(page);
    await look(path);
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      await settled(page);
      await look(`${path} ${await tab.textContent()}`);
    }
  }
  for (const [path, button] of [['/secrets', 'Rotate'], ['/secrets', 'New secret'], ['/agents/new', 'Add a question'], ['/deliveries', 'Replay many…'], [`/deliveries/${failed.webhook_log_id}`, 'Replay']]) {
    await page.goto(path);
    await settled(page);
    await page.getByRole('button', { name: button, exact: true }).first().click();
    await page.getByRole('dialog').waitFor();
    await look(`${path}: ${button}`);
  }
  const login = await browser.page(server, { dark, key: null, path: null });
  await login.context().addInitScript(axe);
  await login.goto('/');
  await login.getByText('Where is my key?').click();
  const faults = await serious(login);
  if (faults.length) found.login = faults;
  await login.context().close();
  await page.context().close();
  assert.deepEqual(found, {});
}

describe('every page', () => {
  it('has no serious finding of axe in light', () => accessible(false));
  it('has no serious finding of axe in dark', () => accessible(true));

  it('fits a telephone', async () => {
    const page = await browser.page(server, { phone: true });
    const wide = {};
    for (const path of pages()) {
      await page.goto(path);
      await settled(page);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      if (over > 0) wide[path] = over;
    }
    assert.deepEqual(wide, {});
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Calls', exact: true }).click();
    await page.getByRole('heading', { name: 'Calls' }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('comes in under 200 KB for the first look', async () => {
    const page = await browser.page(server);
    const client = await page.context().newCDPSession(page);
    await client.send('Network.enable');
    await client.send('Network.clearBrowserCache');
    let bytes = 0;
    const paths = new Map();
    client.on('Network.responseReceived', ({ requestId, response }) => paths.set(requestId, new URL(response.url).pathname));
    client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const path = paths.get(requestId) ?? '';
      if (path === '/' || path.startsWith('/assets/')) bytes += encodedDataLength;
    });
    await page.reload();
    await settled(page);
    assert.ok(bytes > 50_000 && bytes < 200_000, `${bytes} bytes`);
    await page.context().close();
  });
});

describe('hostile text', () => {
  const line = 'A'.repeat(1_000_000);
  const evil = `<script>window.ran=1</script><img src=x onerror="window.ran=2"><svg onload=window.ran=3>"'\`javascript:window.ran=4 \u001b[31mred\u001b[0m \u202Eevil\u202C {{7*7}} \u2066x\u2069`;

  it('neither runs nor breaks a page, wherever it stands', async () => {
    receiver.script('/evil', [{ status: 500, headers: { 'x-evil': evil.replace(/[^\x20-\x7e]/g, ''), 'content-type': 'text/html' }, body: `${evil}\u0000\u001b[2J${line}` }], { forever: true });
    const made = await makeAgent(api, { name: evil.slice(0, 180), agent: { engine: 'none', prompt: evil }, actions: [open('fault', `What is broken? ${evil}`)] });
    const body = report(made, receiver.url('/evil'), {
      name: evil,
      error_message: evil,
      external_id: evil.slice(0, 120),
      recording_url: 'javascript:window.ran=5',
      engine_end_reason: evil,
      metadata: { [evil]: evil, long: line },
      custom_variables: { [evil.slice(0, 60)]: evil, __proto__x: evil },
      collected_variables: { note: evil, long: line },
      transcript: [
        { role: 'bot', text: `What is broken? ${evil}` },
        { role: 'human', text: `The brake is broken. ${evil}` },
        { role: 'human', text: 'B'.repeat(200_000) },
      ],
    });
    let reply = await api.post('/v2/calls/report', body);
    for (const entry of reply.status === 400 ? reply.json.detail.errors : []) delete body[entry.path.split('/')[1]];
    if (reply.status === 400) reply = await api.post('/v2/calls/report', body);
    const id = reply.ok().call_id;
    const [log] = await logsOf(api, id);
    const caught = (await api.post('/v2/inboxes', { name: evil.slice(0, 100) })).ok();
    await fetch(`${caught.url}/${encodeURIComponent(evil.slice(0, 60))}?q=${encodeURIComponent(evil.slice(0, 60))}`, { method: 'POST', body: `${evil}\u0000${line}`, headers: { 'x-evil': evil.replace(/[^\x20-\x7e]/g, '') } });
    const page = await browser.page(server);
    for (const path of ['/', '/calls', `/calls/${id}`, '/deliveries', `/deliveries/${log.webhook_log_id}`, `/endpoints/${log.endpoint_id}`, '/agents', `/agents/${made}`, '/actions', '/inboxes', `/inboxes/${caught.token}`]) {
      await page.goto(path);
      await settled(page);
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click();
        await settled(page);
        for (const raw of await page.getByRole('button', { name: 'Raw' }).all()) await raw.click();
      }
      for (const raw of await page.getByRole('button', { name: 'Raw' }).all()) await raw.click();
      const seen = await page.evaluate(() => ({
        ran: window.ran,
        foreign: document.querySelectorAll('main script, main img, main svg[onload], main [onerror], main [href^="javascript"]').length,
        hidden: /[\u0000\u001b\u202a-\u202e\u2066-\u2069]/.test(document.querySelector('main').textContent),
        wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
      }));
      assert.deepEqual(seen, { ran: undefined, foreign: 0, hidden: false, wide: false }, path);
    }
    await page.goto(`/calls/${id}`);
    await page.locator('.visible-control', { hasText: 'RLO' }).first().waitFor();
    await page.locator('.visible-control', { hasText: 'ESC' }).first().waitFor();
    await page.getByRole('button', { name: /show all/ }).first().click();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
