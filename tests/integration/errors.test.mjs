// Every way to ask wrongly, and what the answer says: what is wrong, where, and what would be right.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertError } from './lib/errors.mjs';
import { run, Server, tempDir } from './lib/server.mjs';
import { agentBody, logsOf, makeSilentAgent, report, reportCall, startCall } from './lib/calls.mjs';

let server, receiver, api, other, agent;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const made = await run(['key', 'create', '--data', data, '--workspace', 'other']);
  assert.equal(made.code, 0, made.text);
  server = await Server.start({ data });
  api = server.api;
  other = api.as(made.stdout.match(/\bwk_\w+/)[0]);
  agent = await makeSilentAgent(api);
});

after(async () => {
  other?.close();
  await server?.stop();
  await receiver?.close();
});

const call = (more = {}) => ({
  model_id: agent,
  phone: '+15550134477',
  name: 'Ilse Varga',
  external_webhook_url: receiver.url(),
  ...more,
});
const total = async () => (await api.get(`/v2/calls?model_id=${agent}`)).ok().pagination.total_records;

describe('a body that is wrong', () => {
  const cases = [
    ['a missing field', () => call({ phone: undefined }), '/phone', /required|missing/i],
    ['an empty name', () => call({ name: '' }), '/name', /./],
    ['a number for a string', () => call({ name: 7 }), '/name', /string/i],
    ['a string for an object', () => call({ metadata: 'x' }), '/metadata', /object/i],
    ['null for a required field', () => call({ phone: null }), '/phone', /./],
    [
      'an unknown field',
      () => call({ external_webhok_url: 'https://example.com/' }),
      '/external_webhok_url',
      /external_webhook_url/,
    ],
    ['another spelling of a field', () => call({ modelId: agent }), '/modelId', /model_id/],
    ['a variable without a key', () => call({ custom_variables: [{ value: 'x' }] }), '/custom_variables', /./],
    [
      'an unknown agent',
      () => call({ model_id: crypto.randomUUID() }),
      undefined,
      /agent|assistant|model_id/i,
      [400, 404],
    ],
    [
      'an unknown time zone',
      () => call({ lead_timezone: 'Europe/Berlinn' }),
      '/lead_timezone',
      /Europe\/Berlinn|IANA|time zone/i,
    ],
  ];
  for (const [what, body, path, says, statuses = [400]] of cases) {
    it(`${what}: ${path ?? ''}`, async () => {
      const reply = await api.post('/v2/calls', body());
      assert.ok(statuses.includes(reply.status), reply.text);
      assertError(reply, reply.status, { path, says });
    });
  }

  for (const phone of [
    '15550134477',
    '+05550134477',
    '+123456',
    '+1234567890123456',
    '+1 555 013 4477',
    '+1555013447a',
    '',
    '+',
  ]) {
    it(`phone "${phone}"`, async () =>
      assertError(await api.post('/v2/calls', call({ phone })), 400, { path: '/phone', says: /E\.164|\+/ }));
  }

  const urls = [
    'www.example.com/hook',
    'ftp://example.com/hook',
    'http://',
    'https://user:word@example.com/hook',
    'https://example.com:99999/hook',
    'https://exam ple.com/',
    'https://example.com/\u00e9\n',
    'javascript:alert(1)',
    `https://example.com/${'a'.repeat(2100)}`,
  ];
  for (const url of urls) {
    it(`URL ${JSON.stringify(url.slice(0, 50))}`, async () => {
      assertError(await api.post('/v2/calls', call({ external_webhook_url: url })), 400, {
        path: '/external_webhook_url',
      });
    });
  }

  it('several faults are named at once', async () => {
    const reply = await api.post('/v2/calls', { phone: '555', nam: 'x', metadata: [] });
    for (const path of ['/model_id', '/phone', '/nam', '/metadata'])
      assertError({ ...reply, json: renew(reply.json) }, 400, { path });
  });

  const texts = [
    '',
    '{',
    '{"a":1,}',
    '{"name":"\xff"}',
    '[]',
    '"text"',
    'null',
    '{"name":"a","name":"b"}',
    '['.repeat(200) + ']'.repeat(200),
    '{"name":1e999}',
    '{"name":"\\u0000"}',
    '{"name":"\\ud800"}',
  ];
  for (const text of texts) {
    it(`text ${text.slice(0, 30)}`, async () =>
      assertError(await api.post('/v2/calls', Buffer.from(text, 'latin1')), 400));
  }

  it('JSON that is broken off says where', async () => {
    assertError(await api.post('/v2/calls', '{\n  "name": "a"\n  "phone": 1}'), 400, {
      code: 'invalid_json',
      says: /line 3/i,
    });
  });

  it('nothing of all this made a call', async () => assert.equal(await total(), 0));
});

/** The same answer under a new request id, for checks of one answer in several respects. */
function renew(json) {
  return { ...json, detail: { ...json.detail, request_id: crypto.randomBytes(16).toString('hex') } };
}

describe('other resources with unknown or wrong fields', () => {
  it('a report', async () => {
    assertError(await api.post('/v2/calls/report', report(agent, receiver.url(), { transcrypt: [] })), 400, {
      path: '/transcrypt',
      says: /transcript/,
    });
    assertError(await api.post('/v2/calls/report', report(agent, receiver.url(), { status: 'complete' })), 400, {
      path: '/status',
      says: /completed/,
    });
    assertError(await api.post('/v2/calls/report', report(agent, receiver.url(), { status: 'ringing' })), 400, {
      path: '/status',
    });
    assertError(await api.post('/v2/calls/report', report(agent, receiver.url(), { ended_at: 'yesterday' })), 400, {
      path: '/ended_at',
    });
    assertError(
      await api.post('/v2/calls/report', report(agent, receiver.url(), { ended_at: '2026-03-11T14:00:00Z' })),
      400,
      { path: '/ended_at' },
    );
    assertError(
      await api.post('/v2/calls/report', report(agent, receiver.url(), { transcript: [{ role: 'robot', text: 'x' }] })),
      400,
      { path: '/transcript/0/role', says: /bot/ },
    );
  });

  it('events', async () => {
    const callId = await startCall(api, agent, receiver.url());
    const send = (...events) => api.post(`/v2/calls/${callId}/events`, events);
    assertError(await send({ id: 'a', type: 'ringin', at: 1 }), 400, { path: '/0/type', says: /ringing/ });
    assertError(await send({ id: 'a', type: 'turn', at: Date.now(), role: 'bot', txt: 'x' }), 400, {
      path: '/0/txt',
      says: /text/,
    });
    assertError(await send({ id: 'a', type: 'ringing', at: Date.now() }, { type: 'ringing', at: Date.now() }), 400, {
      path: '/1/id',
    });
    assertError(await send({ id: 'a', type: 'ringing', at: 'noon' }), 400, { path: '/0/at' });
    assertError(
      await api.post(`/v2/calls/${crypto.randomUUID()}/events`, [{ id: 'a', type: 'ringing', at: Date.now() }]),
      404,
      { code: 'call_not_found' },
    );
    assert.equal(
      (await api.get(`/v2/calls/${callId}`)).ok().calls[0].status,
      'pending',
      'a refused batch leaves nothing behind',
    );
  });

  it('actions', async () => {
    assertError(
      await api.post('/v2/actions', { INFORMATION_EXTRACTOR: { YES_NO: { identifier: 'a', descripton: 'b' } } }),
      400,
      {
        path: '/INFORMATION_EXTRACTOR/YES_NO/descripton',
        says: /description/,
      },
    );
    assertError(await api.post('/v2/actions', { INFORMATION_EXTRACTOR: { YESNO: { identifier: 'a' } } }), 400, {
      path: '/INFORMATION_EXTRACTOR/YESNO',
      says: /YES_NO/,
    });
    assertError(
      await api.post('/v2/actions', {
        INFORMATION_EXTRACTOR: { SINGLE_CHOICE: { identifier: 'a', description: 'b' } },
      }),
      400,
      {
        path: '/INFORMATION_EXTRACTOR/SINGLE_CHOICE/choices',
      },
    );
    assertError(
      await api.post('/v2/actions', {
        CUSTOM_EVAL: { question: { identifier: 'a', text: 'b', category: 'pass', expected_result: 'true' } },
      }),
      400,
      {
        path: '/CUSTOM_EVAL/question/category',
        says: /pass_fail/,
      },
    );
  });

  it('an agent: end_call_reasons at the top', async () => {
    const reply = await api.post('/v2/assistants', agentBody({ end_call_reasons: ['Wrong number'] }));
    assertError(reply, 400, { path: '/end_call_reasons', says: /agent\.end_call_reasons|inside ["`']?agent/ });
    assertError(await api.put(`/v2/assistants/${agent}`, { end_call_reasons: ['Wrong number'] }), 400, {
      path: '/end_call_reasons',
    });
  });

  it('an agent: wrong values of known fields', async () => {
    assertError(await api.post('/v2/assistants', agentBody({ agent: { timezone: 'Mars/Base' } })), 400, {
      path: '/agent/timezone',
    });
    assertError(await api.post('/v2/assistants', { ...agentBody(), name: undefined }), 400, { path: '/name' });
    assertError(await api.post('/v2/assistants', { ...agentBody(), type: 'outward' }), 400, {
      path: '/type',
      says: /outbound/,
    });
    assertError(await api.post('/v2/assistants', agentBody({ external_webhook_url: 'example.com' })), 400, {
      path: '/external_webhook_url',
    });
  });
});

describe('queries', () => {
  const cases = [
    ['/v2/calls?start_date=2026-01-01', 'start_date', /from_date/],
    ['/v2/calls?call_satus=busy', 'call_satus', /call_status/],
    ['/v2/calls?limit=0', 'limit', /1.*100/s],
    ['/v2/calls?limit=101', 'limit', /1.*100/s],
    ['/v2/calls?limit=ten', 'limit', /./],
    ['/v2/calls?offset=-1', 'offset', /./],
    ['/v2/calls?call_status=complete', 'call_status', /completed/],
    ['/v2/calls?from_date=someday', 'from_date', /./],
    ['/v2/calls?duration_min=1.5', 'duration_min', /./],
    ['/v2/calls?cursor=nonsense', 'cursor', /./],
    ['/v2/logs?page=2', 'page', /page_number|page_size/],
    ['/v2/logs?page_number=0', 'page_number', /./],
    ['/v2/logs?status=ok', 'status', /success/],
    ['/v2/assistants?limt=3', 'limt', /limit/],
    ['/v2/actions?ofset=3', 'ofset', /offset/],
  ];
  for (const [path, name, says] of cases) {
    it(path, async () => assertError(await api.get(path), 400, { path: name, says }));
  }

  it('unknown parameters are refused on POST and on one record too', async () => {
    assertError(await api.post('/v2/calls?dry_run=1', call()), 400, { path: 'dry_run' });
    const callId = await reportCall(api, agent, receiver.url());
    assertError(await api.get(`/v2/calls/${callId}?fields=status`), 400, { path: 'fields' });
  });

  it('a broken percent escape is refused', async () => assertError(await api.get('/v2/calls?search=%zz'), 400));
});

describe('who may see what', () => {
  it('no key, a wrong key and another scheme give 401', async () => {
    for (const authorization of [undefined, 'Bearer wk_wrong', `Basic ${api.key}`, 'Bearer', `Bearer ${api.key}x`]) {
      const reply = await api.as(null).get('/v2/calls', { headers: authorization ? { authorization } : {} });
      assertError(reply, 401, { says: /Bearer|key/i });
      assert.ok(!reply.text.includes(api.key));
    }
  });

  it('the records of another workspace do not exist', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    await receiver.forCall(callId);
    const log = (await logsOf(api, callId, 1))[0].webhook_log_id;
    assertError(await other.get(`/v2/calls/${callId}`), 404, { code: 'call_not_found' });
    assertError(await other.post(`/v2/calls/${callId}/events`, [{ id: 'a', type: 'ringing', at: Date.now() }]), 404);
    assertError(await other.post(`/v2/calls/${callId}/cancel`), 404);
    assertError(await other.post(`/v2/calls/${callId}/reanalyze`), 404);
    assertError(await other.get(`/v2/assistants/${agent}`), 404);
    assertError(await other.delete(`/v2/assistants/${agent}`), 404);
    assertError(await other.get(`/v2/logs/${log}`), 404);
    assertError(await other.post(`/v2/logs/${log}/replay`, {}), 404);
    assert.equal((await other.get('/v2/calls')).ok().pagination.total_records, 0);
    assert.equal((await other.get('/v2/logs')).ok().total, 0);
    const stolen = await other.post('/v2/calls', call());
    assert.ok([400, 404].includes(stolen.status), 'an agent of another workspace cannot be called');
  });
});

describe('requests that repeat', () => {
  const keyed = (key, body) => api.post('/v2/calls', body, { headers: { 'idempotency-key': key } });

  it('with the same Idempotency-Key get the same answer and make one call', async () => {
    const key = crypto.randomUUID();
    const before = await total();
    const first = await keyed(key, call());
    const second = await keyed(key, call());
    assert.equal(second.ok().call_id, first.ok().call_id);
    assert.equal(first.text, second.text);
    assert.equal(await total(), before + 1);
  });

  it('at once make one call', async () => {
    const key = crypto.randomUUID();
    const before = await total();
    const replies = await Promise.all(Array.from({ length: 6 }, () => keyed(key, call())));
    const ids = new Set();
    for (const reply of replies) {
      if (reply.status === 409) continue;
      ids.add(reply.ok().call_id);
    }
    assert.equal(ids.size, 1);
    assert.equal(await total(), before + 1);
  });

  it('with another body are refused', async () => {
    const key = crypto.randomUUID();
    (await keyed(key, call())).ok();
    assertError(await keyed(key, call({ name: 'Someone Else' })), 409, { code: 'idempotency_key_reused' });
  });

  it('in another workspace are another request', async () => {
    const key = crypto.randomUUID();
    (await keyed(key, call())).ok();
    const theirs = await makeSilentAgent(other);
    const reply = await other.post('/v2/calls', call({ model_id: theirs }), { headers: { 'idempotency-key': key } });
    assert.equal(reply.status, 200, reply.text);
  });
});

describe('the wrong moment, the wrong path', () => {
  it('a finished call cannot be canceled, and the answer says from which status', async () => {
    const callId = await reportCall(api, agent, receiver.url());
    assertError(await api.post(`/v2/calls/${callId}/cancel`), 409, { says: /completed.*canceled/s });
  });

  it('an unknown route is 404, in the same shape', async () => {
    assertError(await api.get('/v2/nothing'), 404);
    assertError(await api.get('/v2/calls/not-an-id'), 404, { code: 'call_not_found' });
    assertError(await api.get(`/v2/calls/${crypto.randomUUID()}`), 404, { code: 'call_not_found' });
  });

  it('the wrong method is 405 and says which are right', async () => {
    const reply = await api.request('PATCH', '/v2/calls');
    assertError(reply, 405);
    assert.deepEqual(
      reply.headers.allow
        .split(/, */)
        .filter((m) => !['HEAD', 'OPTIONS'].includes(m))
        .sort(),
      ['GET', 'POST'],
    );
    const events = await api.get(`/v2/calls/${crypto.randomUUID()}/events`);
    if (events.status === 405) assert.match(events.headers.allow, /POST/);
    else assertError(events, 404);
  });
});

describe('requests that go too far', () => {
  /** Sends `head` and `bytes` of a body as they are and reads until the server closes. */
  function raw(head, bytes = '') {
    return new Promise((resolve, reject) => {
      const socket = net.connect(server.port, '127.0.0.1', () => socket.write(`${head.join('\r\n')}\r\n\r\n${bytes}`));
      let text = '';
      const finish = () => {
        socket.destroy();
        const [first, ...rest] = text.split('\r\n\r\n');
        if (!first) return reject(new Error('no answer'));
        const status = Number(first.split(' ')[1]);
        const type = /content-type: *([^\r]*)/i.exec(first)?.[1];
        let json;
        try {
          json = JSON.parse(rest.join('\r\n\r\n'));
        } catch {
          json = undefined;
        }
        resolve({ status, headers: { 'content-type': type }, text, json });
      };
      socket.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      socket.on('end', finish).on('error', () => (text ? finish() : reject(new Error('connection broke'))));
      socket.setTimeout(10_000, finish);
    });
  }
  const head = (line, ...more) => [
    line,
    'Host: localhost',
    `Authorization: Bearer ${api.key}`,
    'Content-Type: application/json',
    ...more,
  ];

  it('a body that is too large is 413, before it is read', async () => {
    const reply = await raw(head('POST /v2/calls HTTP/1.1', `Content-Length: ${64 * 1024 * 1024}`), '{"name":"');
    assertError(reply, 413, { says: /\d/ });
  });

  it('headers that are too large are 431', async () => {
    const reply = await raw(head('GET /v2/calls HTTP/1.1', `X-Long: ${'a'.repeat(100_000)}`));
    assert.equal(reply.status, 431);
  });

  it('what is not HTTP is 400', async () => assert.equal((await raw(['nonsense'])).status, 400));

  it('two lengths for one body are 400', async () => {
    const reply = await raw(
      head('POST /v2/calls HTTP/1.1', 'Content-Length: 2', 'Transfer-Encoding: chunked'),
      '0\r\n\r\n',
    );
    assert.equal(reply.status, 400);
  });

  it('and the server goes on', async () => assert.equal((await api.get('/readyz')).status, 200));
});
