// Makes the pictures of docs/images: a server with a lively hour of invented calls, looked at page by page.
// Usage: WRAPUP_BIN=build/release/wrapup node screenshots.mjs FOLDER [PAGE...]
// Without pages those of docs/images; `all` for every page in light and dark, on a desk and on a telephone.
import fs from 'node:fs';
import { Browser, settled } from './lib/browser.mjs';
import { choice, logsOf, makeAgent, open, report, yesNo } from '../integration/lib/calls.mjs';
import { Receiver } from '../integration/lib/receiver.mjs';
import { Server, sleep } from '../integration/lib/server.mjs';

const people = ['Ilse Varga', 'Dana Reyes', 'Tomasz Lindqvist', 'Amara Osei', 'Jun Watanabe', 'Noor Haddad', 'Petra Novak', 'Luis Ferreira', 'Mina Park', 'Oskar Brandt'];
const statuses = ['completed', 'completed', 'no-answer', 'completed', 'completed', 'busy', 'completed', 'left_voicemail', 'completed', 'completed', 'failed', 'completed', 'user-canceled'];
const conversation = (slot, fault) => [
  { role: 'bot', text: 'Hello, this is Mika from Northlight Cycles. Is this a good moment?' },
  { role: 'human', text: 'Yes, go ahead.' },
  { role: 'bot', text: 'Would you like us to collect your bike for its service? Tuesday 3 pm or Thursday 10 am would be free.' },
  { role: 'human', text: `Yes please, ${slot} works for me.` },
  { role: 'bot', text: 'Noted. What is broken?' },
  { role: 'human', text: `${fault}, it is really annoying.` },
  { role: 'bot', text: 'Thank you, I have written that down for the workshop. We will be at your door then. Goodbye!' },
  { role: 'human', text: 'Great, thanks. Bye.' },
];

async function fill(api, receiver) {
  const questions = [yesNo('wants_pickup', 'Does the customer want the bike to be collected?'), choice('slot', 'Which time did the customer choose?', ['Tuesday 3 pm', 'Thursday 10 am']), open('fault', 'What is broken?')];
  const desk = await makeAgent(api, { name: 'Bike service desk', external_webhook_url: receiver.url('/hooks/service'), agent: { engine: 'none', variables: [{ name: 'pickup_day', type: 'string', description: 'The day the bike is collected' }] }, actions: questions });
  const follow = await makeAgent(api, { name: 'After-sales follow-up', agent: { engine: 'none' }, actions: [yesNo('satisfied', 'Is the customer happy with the repair?')] });
  for (const question of questions) await api.post('/v2/actions', question);
  receiver.script('/hooks/crm', [{ status: 200 }, { status: 200 }, { status: 503, headers: { 'retry-after': '1' } }, { status: 200 }, { status: 200 }, { status: 200 }], { forever: true });
  receiver.script('/hooks/old', [{ status: 422, headers: { 'content-type': 'application/json' }, body: '{"error": "unknown field", "field": "analysis.persona", "hint": "version 3 of the schema is expected"}' }], { forever: true });
  const count = 90;
  const calls = [];
  for (let i = 0; i < count; ++i) {
    const start = Date.now() - 3_500_000 + Math.floor(3_400_000 * (i / count) ** 0.8);
    const status = statuses[i % statuses.length];
    const connected = status === 'completed';
    const path = i % 17 === 5 ? '/hooks/old' : i % 3 ? '/hooks/service' : '/hooks/crm';
    const body = report(i % 4 ? desk : follow, receiver.url(path), {
      name: people[(i * 7) % people.length],
      phone: `+1555010${String(1000 + ((i * 379) % 9000)).padStart(4, '0')}`,
      external_id: `order-${4400 + i}`,
      status,
      started_at: new Date(start).toISOString(),
      answered_at: connected ? new Date(start + 6000).toISOString() : undefined,
      ended_at: new Date(start + (connected ? 48_000 + (i % 9) * 7000 : 19_000)).toISOString(),
      transcript: connected ? conversation(i % 3 ? 'Thursday at 10' : 'Tuesday at 3', i % 2 ? 'The rear brake squeals' : 'The chain keeps slipping') : undefined,
      error_message: status === 'failed' ? 'Telephony - 404 - Not Found' : undefined,
      collected_variables: connected ? { pickup_day: i % 3 ? 'Thursday' : 'Tuesday' } : undefined,
    });
    calls.push({ id: (await api.post('/v2/calls/report', body)).ok().call_id, path, body });
  }
  const inbox = (await api.post('/v2/inboxes', { name: 'Trying out the CRM receiver' })).ok();
  await api.put(`/v2/inboxes/${inbox.token}`, { answer: { status: 500, times: 2 } });
  await sleep(1500);
  const good = calls.filter((call) => call.body.transcript && call.body.model_id === desk && call.path === '/hooks/service').at(-1);
  await api.post('/v2/calls/report', { ...report(desk, inbox.url, { transcript: conversation('Thursday at 10', 'The rear brake squeals'), name: 'Mina Park' }) });
  const [failed] = await logsOf(api, calls.filter((call) => call.path === '/hooks/old').at(-1).id);
  const endpoint = failed.endpoint_id;
  const action = (await api.get('/v2/actions')).ok().actions[1].action_id;
  return { call: `/calls/${good.id}`, attempt: `/deliveries/${failed.webhook_log_id}`, endpoint: `/endpoints/${endpoint}`, agent: `/agents/${desk}`, action: `/actions/${action}`, inbox: `/inboxes/${inbox.token}` };
}

/** What is done on a page before its picture. */
const touches = {
  async call(page) {
    await page.getByTitle('Show where this was said').nth(1).click();
    await page.waitForTimeout(300);
    await page.evaluate(() => window.scrollTo(0, 0));
  },
  async action(page) {
    await page.getByTestId('try').click();
    await page.getByTestId('tried').waitFor();
  },
};

const chosen = [
  ['overview', 'light'],
  ['overview', 'dark'],
  ['calls', 'light'],
  ['call', 'light'],
  ['call', 'phone'],
  ['attempt', 'light'],
  ['endpoint', 'dark'],
  ['inbox', 'light'],
  ['action', 'light'],
];

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) throw new Error('usage: node screenshots.mjs FOLDER [PAGE...]');
fs.mkdirSync(folder, { recursive: true });
const config = '[delivery]\nretry_schedule = ["1s", "2s", "10m"]\nshort_retry_schedule = ["10m"]\n';
const [browser, server, receiver] = await Promise.all([Browser.start(), Server.start({ config }), Receiver.start()]);
try {
  const made = await fill(server.api, receiver);
  await sleep(2500);
  const paths = { overview: '/', calls: '/calls', ...made, deliveries: '/deliveries', endpoints: '/endpoints', secrets: '/secrets', agents: '/agents', newagent: '/agents/new', actions: '/actions', inboxes: '/inboxes', settings: '/settings' };
  const all = wanted.includes('all');
  const shots = all ? Object.keys(paths).flatMap((name) => ['light', 'dark', 'phone', 'phonedark'].map((mode) => [name, mode])) : chosen.filter(([name]) => !wanted.length || wanted.includes(name));
  for (const mode of ['light', 'dark', 'phone', 'phonedark']) {
    const here = shots.filter((shot) => shot[1] === mode);
    if (!here.length) continue;
    const page = await browser.page(server, { dark: mode.endsWith('dark'), phone: mode.startsWith('phone') });
    for (const [name] of here) {
      await page.goto(paths[name]);
      await settled(page);
      if (!all) await touches[name]?.(page);
      await page.waitForTimeout(400);
      await page.screenshot({ path: `${folder}/${name}${mode === 'light' ? '' : `-${mode}`}.png`, fullPage: all });
    }
    if (page.faults.length) throw new Error(page.faults.join('\n'));
    await page.context().close();
  }
} finally {
  await browser.close();
  await server.stop();
  await receiver.close();
}
