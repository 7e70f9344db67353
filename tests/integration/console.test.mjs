// How the console is served, and what only it asks for. What it does in a browser: tests/e2e.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { Server } from './lib/server.mjs';
import { assertError } from './lib/errors.mjs';
import { makeSilentAgent, reportCall, logsOf } from './lib/calls.mjs';

let server, api, receiver;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  api = server.api;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const bytesOf = async (path, headers) => {
  const reply = await fetch(server.url + path, { headers });
  return { status: reply.status, headers: reply.headers, bytes: Buffer.from(await reply.arrayBuffer()) };
};

describe('the console', () => {
  it('is served at / and at its own pages, and never kept', async () => {
    for (const path of ['/', '/calls', '/deliveries/019a0000-0000-7000-8000-000000000001']) {
      const reply = await api.as(null).get(path, { headers: browser });
      assert.equal(reply.status, 200, path);
      assert.match(reply.headers['content-type'], /^text\/html/);
      assert.equal(reply.headers['cache-control'], 'no-store');
      assert.match(reply.text, /<div id="app">/);
    }
  });

  it('takes no place of the API', async () => {
    assertError(await api.get('/v2/nothing', { headers: browser }), 404, { code: 'route_not_found' });
    assertError(await api.get('/nothing'), 404, { code: 'route_not_found' });
    assertError(await api.get('/assets/nothing.js', { headers: browser }), 404, { code: 'route_not_found' });
    assertError(await api.post('/calls', {}, { headers: browser }), 404, { code: 'route_not_found' });
  });

  it('lets nothing run but its own files', async () => {
    const { headers } = await api.get('/', { headers: browser });
    const policy = Object.fromEntries(
      headers['content-security-policy'].split(/; */).map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
    );
    assert.equal(policy['default-src'], "'none'");
    assert.equal(policy['script-src'], "'self'");
    assert.equal(policy['style-src'], "'self'");
    assert.equal(policy['frame-ancestors'], "'none'");
    assert.equal(policy['require-trusted-types-for'], "'script'");
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
  });

  it('has assets that are compressed where that is taken, and kept for good', async () => {
    const index = await api.get('/', { headers: browser });
    const assets = [...index.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
    assert.ok(assets.some((path) => path.endsWith('.js')) && assets.some((path) => path.endsWith('.css')));
    for (const path of assets) {
      const plain = (await api.get(path)).headers;
      assert.equal(plain['content-encoding'], undefined);
      assert.match(plain['cache-control'], /immutable/);
    }
    const script = assets.find((path) => path.endsWith('.js'));
    const packed = await api.get(script, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(packed.headers['content-encoding'], 'gzip');
    assert.equal(packed.headers.vary, 'Accept-Encoding');
    const whole = await bytesOf(script, { 'accept-encoding': 'identity' });
    assert.ok(Number(packed.headers['content-length']) < whole.bytes.length / 2);
    const unpacked = await bytesOf(script, { 'accept-encoding': 'gzip' });
    assert.deepEqual(unpacked.bytes, whole.bytes); // fetch unpacks it
  });
});

describe('GET /v2/analytics/activity', () => {
  it('counts calls and attempts in steps, and how long a webhook took', async () => {
    const agent = await makeSilentAgent(api);
    receiver.script('/activity', [{ status: 503, headers: { 'retry-after': '0' } }, { status: 200 }], { forever: true });
    const started = new Date(Date.now() - 100_000);
    const call = await reportCall(api, agent, receiver.url('/activity'), {
      started_at: started.toISOString(),
      answered_at: started.toISOString(),
      ended_at: new Date(Date.now() - 1000).toISOString(),
    });
    await logsOf(api, call, 2);
    const from = Date.now() - 3_600_000;
    const activity = (await api.get(`/v2/analytics/activity?from_date=${from}&step=60`)).ok();
    const sum = (values) => values.reduce((total, value) => total + value, 0);
    assert.equal(activity.step, 60);
    assert.ok(activity.calls.length >= 60 && activity.calls.length <= 61);
    assert.equal(activity.calls.length, activity.delivered.length);
    assert.deepEqual([sum(activity.calls), sum(activity.delivered), sum(activity.failed)], [1, 1, 1]);
    assert.deepEqual(activity.call_status_stat, { completed: 1 });
    assert.equal(sum(Object.values(activity.end_call_reason_stat)), 1);
    const { count, p50, p95 } = activity.hang_up_to_delivered_ms;
    assert.equal(count, 1);
    assert.ok(p50 >= 1000 && p50 === p95 && p50 < 60_000, `${p50}`);
    const other = (await api.get(`/v2/analytics/activity?from_date=${from - 3_600_000}&to_date=${from}&step=600`)).ok();
    assert.deepEqual([other.calls, other.hang_up_to_delivered_ms], [[0, 0, 0, 0, 0, 0], { count: 0, p50: null, p95: null }]);
  });

  it('says what is wrong with the span', async () => {
    assertError(await api.get('/v2/analytics/activity?from_date=2026-01-02&to_date=2026-01-01'), 400);
    const many = await api.get('/v2/analytics/activity?from_date=2026-01-01&to_date=2026-02-01&step=60');
    assertError(many, 400);
    assert.match(many.text, /1000 steps/);
  });
});
