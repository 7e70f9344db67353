// Endpoints: what their owner sees of them, and what each setting does to what is sent.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { devSecret, eventually, Server, sleep, tempDir } from './lib/server.mjs';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { endpointOf, endpointWhen, gather, getEndpoint, pause, resume, setEndpoint, workspaceKey } from './lib/endpoints.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let server, api, other, lists, agent, receiver;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const keys = [await workspaceKey(data, 'other'), await workspaceKey(data, 'lists')];
  server = await Server.start({ data, config: '[delivery]\nretry_schedule = ["100ms", "100ms", "100ms"]\n' });
  api = server.api;
  [other, lists] = keys.map(({ key }) => api.as(key));
  agent = await makeSilentAgent(api);
});

after(async () => {
  other?.close();
  lists?.close();
  await server?.stop();
  await receiver?.close();
});

let paths = 0;
/** A URL that nobody used before, and so an endpoint of its own. */
const freshUrl = () => receiver.url(`/own-${++paths}`);
const pathOf = (url) => new URL(url).pathname;
const callIds = (requests) => requests.map((r) => r.json.call.call_id);

async function reportCalls(count, url) {
  const ids = [];
  for (let i = 0; i < count; i++) ids.push(await reportCall(api, agent, url));
  return ids;
}

/** A promise and the function that settles it. */
function gate() {
  const made = {};
  made.passed = new Promise((resolve) => (made.open = resolve));
  return made;
}

describe('an endpoint', () => {
  it('is made by POST, as the configuration says', async () => {
    const url = freshUrl();
    const made = await setEndpoint(api, url);
    assert.match(made.endpoint_id, uuid);
    assert.ok(Math.abs(Date.parse(made.created_at) - Date.now()) < 60_000);
    const { endpoint_id, created_at, state_since, ...rest } = made;
    assert.deepEqual(rest, {
      url,
      state: 'active',
      state_reason: '',
      circuit: { state: 'closed', failures_in_a_row: 0, failing_since: null, next_probe_at: null },
      held_until: null,
      pending: 0,
      oldest_due_at: null,
      last_answers: [],
      name: '',
      preset: null,
      concurrency: null,
      rate_limits: null,
      retry: { schedule: null, short_schedule: null, max_age: null },
      connect_timeout: null,
      timeout: null,
      disable_after: null,
      headers: [],
      tls: { ca: '', certificate: '' },
    });
    assert.deepEqual(await getEndpoint(api, endpoint_id), made);
  });

  it('is made by the first use of its URL', async () => {
    const url = freshUrl();
    await receiver.forCall(await reportCall(api, agent, url));
    assert.equal((await endpointOf(api, url)).state, 'active');
  });

  it('changes by POST on its URL and by PUT on its id what is sent, and nothing else', async () => {
    const url = freshUrl();
    const made = await setEndpoint(api, url, { name: 'Orders', concurrency: 3, retry: { schedule: ['1s', '2m'] } });
    const again = await setEndpoint(api, url, { timeout: '2s', retry: { max_age: '2d' } });
    assert.equal(again.endpoint_id, made.endpoint_id);
    const expected = {
      ...made,
      timeout: '2s',
      retry: { schedule: ['1s', '2m'], short_schedule: null, max_age: '2d' },
    };
    assert.deepEqual(again, expected);
    const put = (await api.put(`/v2/endpoints/${made.endpoint_id}`, { concurrency: null, name: 'Billing' })).ok();
    assert.deepEqual(put, { ...expected, concurrency: null, name: 'Billing' });
    assert.deepEqual(await getEndpoint(api, made.endpoint_id), put);
  });

  it('shows its last answers, newest first, and the log entry of each', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 503 }, { status: 404 }]);
    const { endpoint_id } = await setEndpoint(api, url, { retry: { short_schedule: ['1ms', '1ms'] } });
    const callId = await reportCall(api, agent, url);
    await receiver.wait(pathOf(url), 3);
    const shown = await endpointWhen(api, endpoint_id, 'with three answers', (e) => e.last_answers.length === 3);
    assert.deepEqual(
      shown.last_answers.map((a) => [a.status, a.response_status_code, a.error_class]),
      [
        ['success', 200, ''],
        ['failed', 404, 'http_4xx'],
        ['failed', 503, 'http_5xx'],
      ],
    );
    const logs = await logsOf(api, callId, 3);
    assert.deepEqual(
      shown.last_answers.map((a) => [a.webhook_log_id, a.at, a.duration_ms]),
      logs.reverse().map((log) => [log.webhook_log_id, log.request_timestamp, log.duration_ms]),
    );
    await reportCalls(4, url);
    await receiver.wait(pathOf(url), 7);
    const later = await endpointWhen(api, endpoint_id, 'without the first ones', (e) =>
      e.last_answers.every((a) => a.status === 'success'),
    );
    assert.equal(later.last_answers.length, 5, 'the last five');
  });
});

describe('the list', () => {
  const made = [];
  const list = async (query = '') => (await lists.get(`/v2/endpoints${query}`)).ok();
  const idsOf = (page) => page.endpoints.map((endpoint) => endpoint.endpoint_id);

  before(async () => {
    for (const path of ['orders', 'billing', 'orders-eu', '100%25', 'last'])
      made.unshift((await setEndpoint(lists, `https://hooks.example.com/${path}`)).endpoint_id);
    await pause(lists, made[1]);
  });

  it('is newest first, with all that one endpoint shows, and pages by offset', async () => {
    const all = await list();
    assert.deepEqual(all.pagination, { total_records: 5, limit: 20, offset: 0, next_cursor: null });
    assert.deepEqual(idsOf(all), made);
    assert.deepEqual(all.endpoints[1], await getEndpoint(lists, made[1]));
    const page = await list('?limit=2&offset=3');
    assert.deepEqual(idsOf(page), made.slice(3));
    assert.equal(page.pagination.total_records, 5);
  });

  it('filters by state, circuit and URL', async () => {
    assert.deepEqual(idsOf(await list('?state=paused')), [made[1]]);
    assert.deepEqual(idsOf(await list('?state=active')), made.filter((id) => id !== made[1]));
    assert.deepEqual(idsOf(await list('?state=disabled')), []);
    assert.deepEqual(idsOf(await list('?circuit=open')), []);
    assert.deepEqual(idsOf(await list('?circuit=closed')), made);
    assert.deepEqual(idsOf(await list('?search=orders')), [made[2], made[4]]);
    assert.deepEqual(idsOf(await list('?search=100%25')), [made[1]], 'a % is a %');
    assert.deepEqual(idsOf(await list(`?search=${made[3]}`)), [made[3]]);
    assert.equal((await list('?search=orders&state=paused')).pagination.total_records, 0);
  });

  it('pages by cursor once over each, also when new ones come in between', async () => {
    const seen = [];
    let page = await list('?limit=2');
    const added = (await setEndpoint(lists, 'https://hooks.example.com/added')).endpoint_id;
    for (let pages = 0; pages < 10; pages++) {
      seen.push(...idsOf(page));
      const cursor = page.pagination.next_cursor;
      if (!cursor) break;
      page = await list(`?limit=2&cursor=${cursor}`);
    }
    assert.deepEqual(seen, made);
    (await lists.delete(`/v2/endpoints/${added}`)).ok();
  });

  const wrong = [
    ['state=gone', 'state', /active, paused, disabled/],
    ['circuit=half_open', 'circuit', /open or closed/],
    ['limit=0', 'limit', /1 to 100/],
    ['limit=101', 'limit', /1 to 100/],
    ['offset=-1', 'offset', /whole number/],
    ['cursor=17', 'cursor', /next_cursor/],
    ['stat=paused', 'stat', /did you mean "state"/],
  ];
  for (const [query, path, says] of wrong)
    it(`refuses ?${query}`, async () => assertError(await api.get(`/v2/endpoints?${query}`), 400, { path, says }));
});

describe('settings', () => {
  it('concurrency: no more requests at once than it says', async () => {
    const [narrow, wide] = [freshUrl(), freshUrl()];
    const answer = gate();
    // Two at once at first, and one more with each success.
    receiver.script(pathOf(narrow), [{}, {}, { until: answer.passed }], { forever: true });
    receiver.script(pathOf(wide), [...Array(6).fill({}), { until: answer.passed }], { forever: true });
    await setEndpoint(api, narrow, { concurrency: 2 });
    const ids = [];
    for (const url of [narrow, wide]) ids.push(...(await reportCalls(16, url)));
    await receiver.wait(pathOf(narrow), 2 + 2);
    await receiver.wait(pathOf(wide), 6 + 8);
    await sleep(300);
    answer.open();
    for (const callId of ids) await receiver.forCall(callId);
    const most = (url) => Math.max(...receiver.got(pathOf(url)).map((r) => r.beside));
    assert.equal(most(narrow), 2);
    assert.equal(most(wide), 8, 'the configuration says 8');
  });

  it('rate_limits: never more in any span, by the times at which they were sent', async () => {
    const url = freshUrl();
    await setEndpoint(api, url, { rate_limits: [{ count: 3, per: '2s' }, { count: 100, per: '1m' }] });
    await reportCalls(7, url);
    const sent = (await receiver.wait(pathOf(url), 7)).map((r) => Date.parse(r.headers['x-wrapup-first-sent'])).sort();
    for (let i = 3; i < sent.length; i++)
      assert.ok(sent[i] - sent[i - 3] > 1500, `4 within ${sent[i] - sent[i - 3]} ms: ${sent}`);
  });

  it('headers: sent with each attempt; secret ones are shown to nobody', async () => {
    const url = freshUrl();
    const headers = [
      { name: 'X-Team', value: 'north light', secret: false },
      { name: 'X-Api-Token', value: 'sesame-4711-open', secret: true },
    ];
    const masked = [headers[0], { ...headers[1], value: '***' }];
    const made = await api.post('/v2/endpoints', { url, headers });
    assert.deepEqual(made.ok().headers, masked);
    const id = made.json.response.endpoint_id;
    const again = await api.put(`/v2/endpoints/${id}`, { name: 'Sent back as it was shown', headers: masked });
    receiver.script(pathOf(url), [{ status: 500 }]);
    const callId = await reportCall(api, agent, url);
    for (const attempt of await receiver.wait(pathOf(url), 2)) {
      assertDelivered(attempt, devSecret);
      assert.equal(attempt.headers['x-team'], 'north light');
      assert.equal(attempt.headers['x-api-token'], 'sesame-4711-open');
    }
    const logs = await logsOf(api, callId, 2);
    for (const log of logs) {
      assert.equal(log.request_headers['X-Team'], 'north light');
      assert.equal(log.request_headers['X-Api-Token'], '***');
    }
    const shown = await api.get(`/v2/endpoints/${id}`);
    assert.deepEqual(shown.ok().headers, masked);
    const all = await api.get('/v2/endpoints?limit=100');
    const texts = [made, again, shown, all].map((reply) => reply.text).concat(logs.map((log) => log.raw), server.stderr);
    for (const text of texts) assert.ok(!text.includes('sesame'), text.slice(0, 2000));
    assert.deepEqual((await api.put(`/v2/endpoints/${id}`, { headers: null })).ok().headers, []);
    const bare = await receiver.forCall(await reportCall(api, agent, url));
    assert.equal(bare.headers['x-api-token'], undefined);
  });

  it('timeout: a receiver that takes longer has not answered', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ hang: true }]);
    await setEndpoint(api, url, { timeout: '300ms' });
    const callId = await reportCall(api, agent, url);
    await receiver.wait(pathOf(url), 2, 12_000);
    const [log] = await logsOf(api, callId, 2);
    assert.equal(log.error_class, 'timeout_after');
    assert.equal(log.maybe_delivered, true);
    assert.ok(log.duration_ms >= 300, `${log.duration_ms} ms`);
  });

  it('connect_timeout: a receiver that does not greet in time was not reached', async () => {
    const silent = net.createServer((socket) => socket.on('error', () => {}));
    await new Promise((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const sockets = [];
    silent.on('connection', (socket) => sockets.push(socket));
    try {
      const url = `https://127.0.0.1:${silent.address().port}/hook`;
      await setEndpoint(api, url, { connect_timeout: '300ms', timeout: '10m' });
      const callId = await reportCall(api, agent, url);
      const log = await eventually('an attempt in the log', async () => (await logsOf(api, callId))[0]);
      assert.equal(log.error_class, 'timeout_before');
      assert.equal(log.maybe_delivered, false);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('retry.schedule: an attempt and one for each step, then it is exhausted', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 500 }], { forever: true });
    const { endpoint_id } = await setEndpoint(api, url, { retry: { schedule: ['10ms'], short_schedule: [] } });
    const callId = await reportCall(api, agent, url);
    await receiver.wait(pathOf(url), 2);
    await endpointWhen(api, endpoint_id, 'with nothing pending', (e) => e.pending === 0);
    assert.equal((await logsOf(api, callId, 2)).length, 2);
    assert.equal((await exhausted(endpoint_id)).count, 1);
  });

  it('retry.short_schedule: the same after other 4xx', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 404 }], { forever: true });
    const { endpoint_id } = await setEndpoint(api, url, { retry: { short_schedule: ['10ms', '10ms'], schedule: [] } });
    const callId = await reportCall(api, agent, url);
    await receiver.wait(pathOf(url), 3);
    await endpointWhen(api, endpoint_id, 'with nothing pending', (e) => e.pending === 0);
    assert.deepEqual(
      (await logsOf(api, callId, 3)).map((log) => log.error_class),
      ['http_4xx', 'http_4xx', 'http_4xx'],
    );
    assert.equal((await exhausted(endpoint_id)).count, 1);
  });

  it('a preset shows its limits; a list of its own wins; null takes both back', async () => {
    const url = freshUrl();
    const zapier = [
      { count: 30, per: '1s' },
      { count: 10000, per: '5m' },
    ];
    const made = await setEndpoint(api, url, { preset: 'zapier' });
    assert.deepEqual([made.preset, made.rate_limits], ['zapier', zapier]);
    const own = await setEndpoint(api, url, { rate_limits: [{ count: 5, per: '1s' }] });
    assert.deepEqual([own.preset, own.rate_limits], ['zapier', [{ count: 5, per: '1s' }]]);
    const back = await setEndpoint(api, url, { rate_limits: null });
    assert.deepEqual(back.rate_limits, zapier);
    const bare = await setEndpoint(api, url, { preset: null });
    assert.deepEqual([bare.preset, bare.rate_limits], [null, null]);
    for (const preset of ['make', 'n8n', 'workato'])
      assert.equal((await setEndpoint(api, url, { preset })).rate_limits.length, 1, preset);
  });

  it('what an answer shows can be sent back, and changes nothing', async () => {
    const made = await setEndpoint(api, freshUrl(), {
      name: 'Orders',
      preset: 'make',
      concurrency: 4,
      rate_limits: [{ count: 5, per: '1s' }],
      retry: { schedule: ['1s'], short_schedule: ['2s'], max_age: '1d' },
      connect_timeout: '1s',
      timeout: '1m',
      disable_after: '2d',
      headers: [{ name: 'X-Api-Token', value: 'sesame', secret: true }],
    });
    const names = ['name', 'preset', 'concurrency', 'rate_limits', 'retry', 'connect_timeout', 'timeout'];
    names.push('disable_after', 'headers', 'tls');
    const settings = Object.fromEntries(names.map((name) => [name, made[name]]));
    assert.deepEqual((await api.put(`/v2/endpoints/${made.endpoint_id}`, settings)).ok(), made);
  });
});

/** How many deliveries of the endpoint were given up. */
const exhausted = async (endpoint_id) =>
  (await api.post('/v2/logs/replay', { endpoint_id, status: 'exhausted', dry_run: true })).ok();

describe('pause and resume', () => {
  it('collects, then drains oldest first', async () => {
    const url = freshUrl();
    const { endpoint_id } = await setEndpoint(api, url);
    const paused = await pause(api, endpoint_id);
    assert.equal(paused.state, 'paused');
    assert.match(paused.state_reason, /owner/);
    const ids = await gather(api, agent, paused, 12);
    const shown = await getEndpoint(api, endpoint_id);
    assert.equal(shown.state, 'paused');
    assert.ok(Date.parse(shown.oldest_due_at) <= Date.now());
    assert.equal(receiver.got(pathOf(url)).length, 0);
    const resumed = await resume(api, endpoint_id);
    assert.deepEqual([resumed.state, resumed.state_reason], ['active', '']);
    assert.deepEqual(callIds(await receiver.wait(pathOf(url), ids.length)), ids);
    await endpointWhen(api, endpoint_id, 'with nothing pending', (e) => e.pending === 0);
  });

  it('retries wait too, and resuming sends them at once', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 500 }]);
    const { endpoint_id } = await setEndpoint(api, url, { retry: { schedule: ['30d', '30d'] } });
    const callId = await reportCall(api, agent, url);
    const waiting = await endpointWhen(api, endpoint_id, 'with one answer', (e) => e.last_answers.length === 1);
    assert.equal(waiting.pending, 1);
    await pause(api, endpoint_id);
    const next = await reportCall(api, agent, url);
    await endpointWhen(api, endpoint_id, 'with both waiting', (e) => e.pending === 2);
    await resume(api, endpoint_id);
    const [, ...later] = await receiver.wait(pathOf(url), 3);
    assert.deepEqual(callIds(later), [callId, next], 'oldest first');
    assert.deepEqual(later.map((r) => r.attempt), [2, 1]);
  });
});

describe('a receiver that says 410', () => {
  it('is disabled and collects; resumed, it gets what gathered', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 410 }]);
    const ids = await reportCalls(1, url);
    const { endpoint_id } = await endpointOf(api, url);
    const gone = await endpointWhen(api, endpoint_id, 'disabled', (e) => e.state === 'disabled');
    assert.match(gone.state_reason, /410/);
    assert.equal(gone.pending, 1, 'the refused one waits too');
    assert.deepEqual(gone.last_answers.map((a) => a.error_class), ['gone']);
    ids.push(...(await gather(api, agent, gone, 3)));
    const listed = (await api.get('/v2/endpoints?state=disabled')).ok();
    assert.ok(listed.endpoints.some((e) => e.endpoint_id === endpoint_id));
    assert.equal(receiver.got(pathOf(url)).length, 1);
    assert.equal((await resume(api, endpoint_id)).state, 'active');
    assert.deepEqual(callIds((await receiver.wait(pathOf(url), 5)).slice(1)), ids, 'oldest first');
    await endpointWhen(api, endpoint_id, 'with nothing pending', (e) => e.pending === 0);
  });
});

describe('the circuit', () => {
  it('opens after failures, lets one probe through, and closes with its success', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 500 }], { forever: true });
    const { endpoint_id } = await setEndpoint(api, url, { retry: { schedule: Array(100).fill('20ms') } });
    const ids = await reportCalls(1, url);
    const open = await endpointWhen(api, endpoint_id, 'with an open circuit', (e) => e.circuit.state === 'open');
    assert.equal(open.state, 'active');
    assert.ok(open.circuit.failures_in_a_row >= 5);
    assert.ok(Date.parse(open.circuit.failing_since) <= Date.now());
    assert.ok(Date.parse(open.circuit.next_probe_at) >= Date.parse(open.circuit.failing_since));
    const listed = (await api.get('/v2/endpoints?circuit=open')).ok();
    assert.ok(listed.endpoints.some((e) => e.endpoint_id === endpoint_id));

    const answer = gate();
    receiver.script(pathOf(url), [{ until: answer.passed }]);
    ids.push(...(await reportCalls(5, url)));
    await endpointWhen(api, endpoint_id, 'that is being probed', (e) => e.circuit.state === 'half_open', 30_000);
    const [probe] = await receiver.wait((r) => r.path === pathOf(url) && r.step.until, 1, 30_000);
    const before = receiver.got(pathOf(url)).length;
    assert.equal((await getEndpoint(api, endpoint_id)).circuit.state, 'half_open');
    assert.equal(receiver.got(pathOf(url)).length, before, 'one probe at a time');
    assert.equal(probe.beside, 1);
    answer.open();
    const closed = await endpointWhen(api, endpoint_id, 'that is well', (e) => e.pending === 0, 30_000);
    const well = { state: 'closed', failures_in_a_row: 0, failing_since: null, next_probe_at: null };
    assert.deepEqual(closed.circuit, well);
    const arrived = new Set(callIds(receiver.got(pathOf(url)).filter((r) => r.step.status !== 500)));
    assert.deepEqual(arrived, new Set(ids));
  });

  it('is closed by resuming', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 500 }], { forever: true });
    const { endpoint_id } = await setEndpoint(api, url, { retry: { schedule: Array(100).fill('1ms') } });
    const callId = await reportCall(api, agent, url);
    await endpointWhen(api, endpoint_id, 'after its seventh failure', (e) => e.circuit.failures_in_a_row >= 7, 30_000);
    receiver.script(pathOf(url), []);
    const resumed = await resume(api, endpoint_id);
    assert.deepEqual([resumed.circuit.state, resumed.circuit.failures_in_a_row], ['closed', 0]);
    await receiver.wait((r) => r.path === pathOf(url) && r.json.call.call_id === callId && r.step.status !== 500);
  });
});

describe('Retry-After', () => {
  it('is shown, holds everything, and ends when the endpoint is resumed', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 429, headers: { 'retry-after': '3600' } }]);
    const ids = await reportCalls(1, url);
    const { endpoint_id } = await endpointOf(api, url);
    const held = await endpointWhen(api, endpoint_id, 'on hold', (e) => e.held_until);
    const seconds = (Date.parse(held.held_until) - Date.parse(held.last_answers[0].at)) / 1000;
    assert.ok(seconds >= 3599 && seconds < 3660, `${seconds} s`);
    assert.deepEqual([held.state, held.circuit.state], ['active', 'closed']);
    ids.push(...(await gather(api, agent, held, 2)));
    assert.equal(receiver.got(pathOf(url)).length, 1);
    assert.equal((await resume(api, endpoint_id)).held_until, null);
    assert.deepEqual(callIds((await receiver.wait(pathOf(url), 4)).slice(1)), ids, 'oldest first');
  });
});

describe('deleting', () => {
  it('cancels what waits; the next use of the URL makes another endpoint', async () => {
    const url = freshUrl();
    const { endpoint_id } = await setEndpoint(api, url, { name: 'Old' });
    await pause(api, endpoint_id);
    await reportCalls(3, url);
    await endpointWhen(api, endpoint_id, 'with all waiting', (e) => e.pending === 3);
    assert.deepEqual((await api.delete(`/v2/endpoints/${endpoint_id}`)).ok(), { answer: 'ok', canceled: 3 });
    assertError(await api.get(`/v2/endpoints/${endpoint_id}`), 404, { code: 'endpoint_not_found' });
    assertError(await api.delete(`/v2/endpoints/${endpoint_id}`), 404, { code: 'endpoint_not_found' });
    const callId = await reportCall(api, agent, url);
    await receiver.forCall(callId);
    const fresh = await endpointOf(api, url);
    assert.notEqual(fresh.endpoint_id, endpoint_id);
    assert.equal(fresh.name, '');
    await endpointWhen(api, fresh.endpoint_id, 'with nothing pending', (e) => e.pending === 0);
    assert.deepEqual(callIds(receiver.got(pathOf(url))), [callId]);
  });

  it('also ends what is between two attempts', async () => {
    const url = freshUrl();
    const answer = gate();
    receiver.script(pathOf(url), [{ status: 500, until: answer.passed }]);
    const callId = await reportCall(api, agent, url);
    await receiver.wait(pathOf(url), 1);
    const { endpoint_id } = await endpointOf(api, url);
    assert.equal((await api.delete(`/v2/endpoints/${endpoint_id}`)).ok().canceled, 1);
    answer.open();
    assert.equal((await logsOf(api, callId, 1))[0].response_status_code, 500, 'the attempt is logged all the same');
    const next = await reportCall(api, agent, url);
    await receiver.forCall(next);
    assert.deepEqual(callIds(receiver.got(pathOf(url))), [callId, next]);
  });
});

describe('another workspace', () => {
  it('sees nothing and changes nothing', async () => {
    const url = freshUrl();
    const made = await setEndpoint(api, url, { name: 'Mine' });
    const path = `/v2/endpoints/${made.endpoint_id}`;
    const refused = [
      await other.get(path),
      await other.put(path, { name: 'Theirs' }),
      await other.delete(path),
      await other.post(`${path}/pause`),
      await other.post(`${path}/resume`),
    ];
    for (const reply of refused) assertError(reply, 404, { code: 'endpoint_not_found' });
    assert.deepEqual((await other.get(`/v2/endpoints?search=${made.endpoint_id}`)).ok().endpoints, []);
    assert.notEqual((await setEndpoint(other, url)).endpoint_id, made.endpoint_id, 'the same URL is another endpoint');
    assert.deepEqual(await getEndpoint(api, made.endpoint_id), made);
    const nobody = api.as(null);
    assertError(await nobody.get('/v2/endpoints'), 401);
    nobody.close();
  });
});

describe('what is refused', () => {
  const cases = [
    ['a name that is no setting', { concurency: 3 }, '/concurency', /did you mean "concurrency"/],
    ['no request at once', { concurrency: 0 }, '/concurrency', /1 to 1000/],
    ['a number as text', { concurrency: '4' }, '/concurrency', /whole number/],
    ['a time without a unit', { timeout: 5 }, '/timeout', /"5s", from 10ms to 10m/],
    ['a time that is too long', { timeout: '11m' }, '/timeout', /from 10ms to 10m/],
    ['words for a time', { connect_timeout: '5 seconds' }, '/connect_timeout', /"5s"/],
    ['a short disable_after', { disable_after: '1s' }, '/disable_after', /from 1m to 365d/],
    ['a schedule that is no list', { retry: { schedule: '5s' } }, '/retry/schedule', /array/],
    ['a step that is no time', { retry: { schedule: ['5s', 'soon'] } }, '/retry/schedule', /each step.*"5s"/],
    ['a name that is no part of retry', { retry: { shedule: ['5s'] } }, '/retry/shedule', /did you mean "schedule"/],
    ['a short max_age', { retry: { max_age: '1s' } }, '/retry/max_age', /from 1m/],
    ['retry as a list', { retry: ['5s'] }, '/retry', /object/],
    ['an unknown preset', { preset: 'slack' }, '/preset', /zapier, make, n8n, workato/],
    ['a limit of none', { rate_limits: [{ count: 0, per: '1s' }] }, '/rate_limits', /1 to 100000/],
    ['a limit without a span', { rate_limits: [{ count: 1 }] }, '/rate_limits', /"per"/],
    ['a limit with more', { rate_limits: [{ count: 1, per: '1s', burst: 2 }] }, '/rate_limits', /"count".*"per"/],
    ['five limits', { rate_limits: Array(5).fill({ count: 1, per: '1s' }) }, '/rate_limits', /4/],
    ['one of our headers', { headers: [{ name: 'Webhook-Id', value: 'x' }] }, '/headers/0/name', /sets itself/],
    ['a header of the connection', { headers: [{ name: 'Host', value: 'x' }] }, '/headers/0/name', /sets itself/],
    ['a header with a space', { headers: [{ name: 'X Y', value: 'x' }] }, '/headers/0/name', /name of a header/],
    ['a header in two lines', { headers: [{ name: 'X-A', value: 'a\r\nX-B: b' }] }, '/headers/0/value', /printable/],
    ['a header without a value', { headers: [{ name: 'X-A' }] }, '/headers/0/value', /required/],
    ['a header as text', { headers: ['X-A: b'] }, '/headers', /"name"/],
    ['a mask of nothing', { headers: [{ name: 'X-A', value: '***', secret: true }] }, '/headers/0/value', /masked/],
    ['a certificate without its key', { tls: { certificate: 'x' } }, '/tls', /both/],
  ];
  let known;
  before(async () => (known = await setEndpoint(api, freshUrl())));

  for (const [what, settings, path, says] of cases) {
    it(`${what}: ${path}`, async () => {
      const url = freshUrl();
      assertError(await api.post('/v2/endpoints', { url, ...settings }), 400, { path, says });
      assertError(await api.put(`/v2/endpoints/${known.endpoint_id}`, settings), 400, { path, says });
      assert.deepEqual(await getEndpoint(api, known.endpoint_id), known);
      const page = (await api.get(`/v2/endpoints?search=${encodeURIComponent(url)}`)).ok();
      assert.ok(!page.endpoints.some((e) => e.url === url), 'nothing was made');
    });
  }

  it('a URL that is missing, no URL, or not to be changed', async () => {
    assertError(await api.post('/v2/endpoints', {}), 400, { path: '/url', says: /required/ });
    assertError(await api.post('/v2/endpoints', { url: 'www.example.com' }), 400, { path: '/url' });
    assertError(await api.post('/v2/endpoints', { url: 'https://10.0.0.1/hook' }), 400, { path: '/url', says: /private/ });
    const moved = await api.put(`/v2/endpoints/${known.endpoint_id}`, { url: receiver.url('/moved') });
    assertError(moved, 400, { path: '/url' });
  });

  it('a body that is no object, and query parameters', async () => {
    assertError(await api.post('/v2/endpoints', []), 400, { path: '/' });
    assertError(await api.post('/v2/endpoints?dry_run=true', { url: freshUrl() }), 400, { path: 'dry_run' });
    assertError(await api.post(`/v2/endpoints/${known.endpoint_id}/pause?for=1h`), 400, { path: 'for' });
  });
});

describe('an Idempotency-Key', () => {
  it('gives the first answer again, and changes nothing', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const body = { url: freshUrl(), name: 'First' };
    const first = await api.post('/v2/endpoints', body, { headers });
    const { endpoint_id } = first.ok();
    (await api.put(`/v2/endpoints/${endpoint_id}`, { name: 'Second' })).ok();
    const again = await api.post('/v2/endpoints', body, { headers });
    assert.equal(again.text, first.text);
    assert.equal(again.headers['idempotent-replayed'], 'true');
    assert.equal((await getEndpoint(api, endpoint_id)).name, 'Second');
    const reused = await api.post('/v2/endpoints', { ...body, name: 'Third' }, { headers });
    assertError(reused, 409, { code: 'idempotency_key_reused' });
  });

  it('a pause that is sent again does not pause what was resumed since', async () => {
    const { endpoint_id } = await setEndpoint(api, freshUrl());
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const send = () => api.post(`/v2/endpoints/${endpoint_id}/pause`, undefined, { headers });
    assert.equal((await send()).ok().state, 'paused');
    await resume(api, endpoint_id);
    assert.equal((await send()).headers['idempotent-replayed'], 'true');
    assert.equal((await getEndpoint(api, endpoint_id)).state, 'active');
  });
});
