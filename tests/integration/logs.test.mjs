// The log of attempts: what can be asked for, how it is paged, and what an entry tells.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertError } from './lib/errors.mjs';
import { eventually, Server, tempDir } from './lib/server.mjs';
import { logDetail, logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { setEndpoint, workspaceKey } from './lib/endpoints.mjs';

let server, api, other, agent, second, receiver, endpoints, middle;
const calls = {};

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const { key } = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(key);
  agent = await makeSilentAgent(api);
  second = await makeSilentAgent(api);
  const retry = { schedule: ['10ms', '10ms'], short_schedule: [] };
  endpoints = {};
  for (const name of ['fine', 'slow', 'shaky', 'missing'])
    endpoints[name] = (await setEndpoint(api, receiver.url(`/${name}`), { retry, timeout: '400ms' })).endpoint_id;
  receiver.script('/slow', [{ hang: true }]);
  receiver.script('/shaky', [{ status: 500, body: 'try again', headers: { 'x-from': 'receiver' } }]);
  receiver.script('/missing', [{ status: 404 }]);
  calls.fine = [];
  for (let i = 0; i < 3; i++) calls.fine.push(await reportCall(api, agent, receiver.url('/fine')));
  await total('', 3);
  middle = Date.now() + 1;
  await eventually('the next millisecond', () => Date.now() > middle);
  calls.slow = await reportCall(api, agent, receiver.url('/slow'));
  calls.shaky = await reportCall(api, second, receiver.url('/shaky'));
  calls.missing = await reportCall(api, agent, receiver.url('/missing'));
  (await api.post('/v2/webhooks/test', { url: receiver.url('/fine') })).ok();
  await total('', 9);
});

after(async () => {
  other?.close();
  await server?.stop();
  await receiver?.close();
});

const list = async (query) => (await api.get(`/v2/logs${query ? `?${query}` : ''}`)).ok();
const total = (query, count) =>
  eventually(`${count} log entries`, async () => (await list(query)).total === count, 20_000);

describe('filters', () => {
  const expected = {
    'by endpoint': [() => `endpoint_id=${endpoints.slow}`, 2],
    'by agent': [() => `assistant_id=${second}`, 2],
    'by call': [() => `call_id=${calls.shaky}`, 2],
    'by class of failure': [() => 'error_class=http_5xx', 1],
    'by another class': [() => 'error_class=timeout_after', 1],
    'by a class that nothing had': [() => 'error_class=dns', 0],
    'by type of event': [() => 'event_type=call.completed', 9],
    'by a type that nothing had': [() => 'event_type=endpoint.disabled', 0],
    'what may have arrived': [() => 'maybe_delivered=true', 1],
    'what did not or did for sure': [() => 'maybe_delivered=false', 8],
    'by outcome': [() => 'status=failed', 3],
    'several together': [() => `status=success&endpoint_id=${endpoints.shaky}`, 1],
    'before a time': [() => `to_date=${middle}`, 3],
    'from a time on': [() => `from_date=${new Date(middle).toISOString()}`, 6],
    'a delivery by its id': [() => `search=evt_${calls.shaky}_completed_1`, 2],
    'an endpoint by its id': [() => `search=${endpoints.missing}`, 1],
    'a part of the URL': [() => `search=${encodeURIComponent('/shak')}`, 2],
  };
  for (const [what, [query, count]] of Object.entries(expected)) {
    it(what, async () => {
      const page = await list(query());
      assert.equal(page.total, count);
      assert.equal(page.items.length, count);
    });
  }

  it('see their own workspace only', async () => {
    const reply = await other.get(`/v2/logs?call_id=${calls.shaky}`);
    assert.equal(reply.ok().total, 0);
    const [log] = await logsOf(api, calls.shaky);
    assertError(await other.get(`/v2/logs/${log.webhook_log_id}`), 404, { code: 'log_not_found' });
    assertError(await api.get('/v2/logs?workspace_id=other'), 404, { code: 'workspace_not_found' });
    assert.equal((await list('workspace_id=default')).total, 9);
  });

  const wrong = [
    ['endpoint=x', 'endpoint', /did you mean "endpoint_id"/],
    ['maybe_delivered=yes', 'maybe_delivered', /true or false/],
    ['cursor=17', 'cursor', /next_cursor/],
    ['status=open', 'status', /success, failed/],
    ['page_size=0', 'page_size', /1 to 100/],
    ['page_number=0', 'page_number', /whole number/],
    ['from_date=soon', 'from_date', /ISO 8601/],
    ['status=failed&status=success', 'status', /twice/],
  ];
  for (const [query, path, says] of wrong)
    it(`?${query} is refused`, async () => assertError(await api.get(`/v2/logs?${query}`), 400, { path, says }));
});

describe('paging by cursor', () => {
  it('gives each entry once, newest first, also when others come in between', async () => {
    const before = (await list('page_size=100')).items.map((item) => item.webhook_log_id);
    const seen = [];
    let page = await list('page_size=2');
    const late = await reportCall(api, agent, receiver.url('/late'));
    await total(`call_id=${late}`, 1);
    for (let pages = 0; pages < 20; pages++) {
      seen.push(...page.items.map((item) => item.webhook_log_id));
      if (!page.next_cursor) break;
      page = await list(`page_size=2&cursor=${page.next_cursor}`);
    }
    assert.deepEqual(seen, before);
  });

  it('keeps the filter', async () => {
    const first = await list('page_size=1&status=failed');
    const next = await list(`page_size=100&status=failed&cursor=${first.next_cursor}`);
    assert.equal(next.items.length, 2);
    assert.equal(next.total, 3, 'the total is of the filter, not of the page');
    assert.equal(next.next_cursor, null);
  });
});

describe('an entry', () => {
  it('tells of an attempt that failed and of the next one', async () => {
    const [first, next] = await logsOf(api, calls.shaky, 2);
    const [one, two] = receiver.got('/shaky');
    assert.deepEqual([first.attempt_number, first.status, first.error_class], [1, 'failed', 'http_5xx']);
    assert.deepEqual([next.attempt_number, next.status, next.error_class], [2, 'success', '']);
    assert.equal(first.response_status_code, 500);
    assert.match(first.error_message, /500/);
    assert.equal(next.error_message, null);
    for (const [log, request] of [[first, one], [next, two]]) {
      assert.equal(log.webhook_id, request.webhookId);
      assert.equal(log.delivery_id, request.webhookId);
      assert.equal(log.endpoint_id, endpoints.shaky);
      assert.deepEqual([log.event_type, log.revision, log.maybe_delivered], ['call.completed', 1, false]);
      assert.deepEqual([log.model_id, log.call_id], [second, calls.shaky]);
      assert.equal(log.workspace_id, 'default');
      assert.equal(log.address, receiver.url('').replace('http://', ''));
      assert.equal(log.request_payload, request.body.toString('utf8'));
      const { dns, connect, tls, first_byte, total: whole } = log.timings_us;
      assert.equal(tls, 0);
      assert.ok(dns <= connect || connect === 0, 'a kept connection is not made again');
      assert.ok(first_byte > 0 && first_byte <= whole);
      assert.equal(log.duration_ms, whole / 1000);
    }
  });

  it('shows every header that was sent, as it was sent', async () => {
    const logs = await logsOf(api, calls.shaky, 2);
    for (const [index, request] of receiver.got('/shaky').entries()) {
      const shown = logs[index].request_headers;
      const left = { host: 1, 'user-agent': 1, 'content-length': 1, accept: 1, connection: 1 };
      for (const [name, value] of Object.entries(request.headers)) {
        if (left[name]) continue;
        const known = Object.keys(shown).find((each) => each.toLowerCase() === name);
        assert.ok(known, `${name} is in the log`);
        assert.equal(shown[known], value);
      }
      assert.equal(shown['X-Wrapup-Attempt'], String(index + 1));
      assert.equal(shown['X-Wrapup-Event'], 'call.completed');
    }
    assert.equal(logs[0].request_headers['X-Wrapup-First-Sent'], logs[0].request_timestamp);
    assert.equal(logs[1].request_headers['X-Wrapup-First-Sent'], logs[0].request_timestamp, 'that of attempt 1');
  });

  it('shows what came back', async () => {
    const [first] = await logsOf(api, calls.shaky, 2);
    assert.equal(first.response_headers['x-from'], 'receiver');
    assert.equal(first.response_payload, 'try again');
    assert.equal(first.response_size_body, 9);
    assert.ok(first.response_size_total > 9);
    assert.equal(first.response_truncated, false);
    assert.ok(first.response_ttfb_ms > 0 && first.response_ttfb_ms <= first.duration_ms);
    assert.ok(first.response_timestamp >= first.request_timestamp);
  });

  it('tells when the receiver may have it although no answer came', async () => {
    const [first] = await logsOf(api, calls.slow, 2);
    assert.deepEqual([first.maybe_delivered, first.response_status_code], [true, null]);
    assert.equal(first.error_class, 'timeout_after');
    assert.deepEqual(first.response_headers, {});
  });

  it('is the same in the list, but for the details', async () => {
    const page = await list(`call_id=${calls.missing}`);
    const [item] = page.items;
    const detail = await logDetail(api, item.webhook_log_id);
    for (const [name, value] of Object.entries(item)) assert.deepEqual(detail[name], value, name);
  });

  it('of an unknown id is 404', async () => {
    assertError(await api.get(`/v2/logs/${crypto.randomUUID()}`), 404, { code: 'log_not_found' });
  });
});
