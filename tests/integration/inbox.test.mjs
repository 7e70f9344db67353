// Inboxes: what they keep, how they answer, that this server reaches its own whatever the address policy says and
// nothing else by it, and that what comes in never leaves as anything but data.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { workspaceKey } from './lib/endpoints.mjs';
import { assertError } from './lib/errors.mjs';
import { eventually, Server, tempDir } from './lib/server.mjs';
import { Stream } from './lib/stream.mjs';

let server, api, other, agent, secret;

before(async () => {
  // Without --dev: plain http and loopback are refused, as for any receiver.
  const data = `${tempDir()}/data`;
  const made = await workspaceKey(data, 'default');
  const stranger = await workspaceKey(data, 'other');
  secret = made.secret;
  const config =
    '[inbox]\nmax_requests = 4\nmax_body = "1MiB"\n[delivery]\nretry_schedule = ["10ms", "10ms", "10ms"]\n';
  server = await Server.start({ data, dev: false, key: made.key, config });
  api = server.api;
  other = api.as(stranger.key);
  agent = await makeSilentAgent(api);
});

after(async () => {
  other?.close();
  await server?.stop();
});

const makeInbox = async (wish = {}) => (await api.post('/v2/inboxes', wish)).ok();
const requestsOf = async (token, query = '') => (await api.get(`/v2/inboxes/${token}/requests${query}`)).ok();
const local = (inbox) => new URL(inbox.url).pathname;
const send = (inbox, { method = 'POST', more = '', body, headers } = {}) =>
  api.as(null).request(method, local(inbox) + more, { body, headers });

function sign(id, seconds, body, key = secret) {
  const bytes = Buffer.from(key.replace('whsec_', ''), 'base64');
  return `v1,${crypto.createHmac('sha256', bytes).update(`${id}.${seconds}.`).update(body).digest('base64')}`;
}

function signed(body, { id = 'evt_1', seconds = Math.floor(Date.now() / 1000), key } = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': sign(id, seconds, body, key),
  };
}

describe('an inbox', () => {
  it('keeps whatever is sent to it: any method, any path below, any bytes', async () => {
    const inbox = await makeInbox({ name: 'mine' });
    assert.match(inbox.token, /^[0-9a-f]{32}$/);
    assert.equal(inbox.url, `${server.url}/in/${inbox.token}`);
    const bytes = crypto.randomBytes(300);
    assert.equal((await send(inbox, { method: 'PUT', more: '/a/b?c=1&c=%zz', body: bytes })).status, 200);
    assert.equal((await send(inbox, { method: 'PROPFIND' })).status, 200);
    assert.equal((await send(inbox, { method: 'GET', headers: { 'x-twice': ['one', 'two'] } })).status, 200);
    const { requests, total, next_cursor } = await requestsOf(inbox.token);
    assert.equal(total, 3);
    assert.equal(next_cursor, null);
    assert.deepEqual(requests.map((request) => request.method), ['GET', 'PROPFIND', 'PUT']);
    assert.equal(requests[0].headers['x-twice'], 'one, two');
    const put = requests[2];
    assert.equal(put.path, '/a/b');
    assert.equal(put.query, 'c=1&c=%zz');
    assert.equal(put.size, 300);
    assert.equal(put.body_encoding, 'base64');
    assert.deepEqual(Buffer.from(put.body, 'base64'), bytes);
    assert.equal(put.answered, 200);
    assert.equal(put.peer, '127.0.0.1');
    const one = (await api.get(`/v2/inboxes/${inbox.token}/requests/${put.id}`)).ok().request;
    assert.deepEqual(one, put);
    const page = await requestsOf(inbox.token, '?limit=2');
    assert.equal(page.next_cursor, requests[1].id);
    assert.deepEqual((await requestsOf(inbox.token, `?limit=2&cursor=${page.next_cursor}`)).requests, [put]);
    const shown = (await api.get(`/v2/inboxes/${inbox.token}`)).ok();
    assert.equal(shown.requests, 3);
    assert.ok(shown.bytes > 300);
  });

  it('is made, listed, changed and deleted by its workspace alone', async () => {
    const inbox = await makeInbox();
    const listed = (await api.get('/v2/inboxes')).ok();
    assert.ok(listed.inboxes.some((entry) => entry.token === inbox.token));
    assert.equal((await other.get('/v2/inboxes')).ok().total, 0);
    const at = `/v2/inboxes/${inbox.token}`;
    for (const [method, where] of [['GET', at], ['DELETE', at], ['GET', `${at}/requests`], ['DELETE', `${at}/requests`]])
      assertError(await other.request(method, where), 404, { code: 'inbox_not_found' });
    assertError(await other.put(at, { name: 'x' }), 404, { code: 'inbox_not_found' });
    assert.equal((await api.put(at, { name: 'x' })).ok().name, 'x');
    await send(inbox);
    assert.equal((await api.delete(`${at}/requests`)).ok().deleted, 1);
    assert.equal((await requestsOf(inbox.token)).total, 0);
    await api.delete(at);
    assertError(await api.get(at), 404, { code: 'inbox_not_found' });
    assertError(await send(inbox), 404, { code: 'inbox_not_found' });
    for (const where of ['/in/', '/in/x', `/in/${'A'.repeat(32)}`, `/in/${inbox.token}x`])
      assertError(await api.as(null).post(where), 404, { code: 'inbox_not_found' });
  });

  it('answers as it is told, so often as it is told', async () => {
    const answer = { status: 503, headers: { 'Retry-After': '7', 'X-Why': 'a test' }, body: '{"no": 1}', times: 2 };
    const inbox = await makeInbox({ answer: { ...answer, delay_ms: 1 } });
    for (const left of [1, 0]) {
      const reply = await send(inbox);
      assert.equal(reply.status, 503);
      assert.equal(reply.headers['retry-after'], '7');
      assert.equal(reply.headers['x-why'], 'a test');
      assert.equal(reply.text, '{"no": 1}');
      assert.equal((await api.get(`/v2/inboxes/${inbox.token}`)).ok().answers_left, left);
    }
    assert.equal((await send(inbox)).status, 200);
    await api.put(`/v2/inboxes/${inbox.token}`, { answer: { status: 204 } });
    assert.equal((await send(inbox)).status, 204);
    await api.put(`/v2/inboxes/${inbox.token}`, { answer: null });
    assert.equal((await send(inbox)).status, 200);
  });

  it('answers nothing that could run or steer anything', async () => {
    const refused = [
      ['Content-Type', 'text/html'],
      ['content-type', 'image/svg+xml; charset=utf-8'],
      ['Set-Cookie', 'wrapup_session=1'],
      ['Access-Control-Allow-Origin', '*'],
      ['X-Accel-Redirect', '/etc/passwd'],
      ['X-Sendfile', '/etc/passwd'],
      ['Clear-Site-Data', '"*"'],
      ['Content-Length', '5'],
      ['X-A', 'b\r\nSet-Cookie: c=d'],
      ['X A', 'b'],
    ];
    for (const [name, value] of refused) {
      const reply = await api.post('/v2/inboxes', { answer: { headers: { [name]: value } } });
      assertError(reply, 400, { path: `/answer/headers/${name}` });
    }
    const inbox = await makeInbox({ answer: { body: '<script>alert(1)</script>' } });
    const reply = await send(inbox, { method: 'GET' });
    assert.equal(reply.headers['content-type'], 'text/plain; charset=utf-8');
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
    assert.match(reply.headers['content-security-policy'], /^default-src 'none'; sandbox$/);
  });

  it('refuses wrong wishes and says what would be right', async () => {
    assertError(await api.post('/v2/inboxes', { answr: {} }), 400, { path: '/answr', says: /answer/ });
    assertError(await api.post('/v2/inboxes', { answer: { status: 101 } }), 400, { path: '/answer/status' });
    assertError(await api.post('/v2/inboxes', { answer: { delay_ms: 60_001 } }), 400, { path: '/answer/delay_ms' });
    assertError(await api.post('/v2/inboxes', { answer: { times: 0 } }), 400, { path: '/answer/times' });
    assertError(await api.post('/v2/inboxes', { answer: { body: 'x'.repeat(65_537) } }), 400, { path: '/answer/body' });
    const { inboxes } = (await other.get('/v2/inboxes')).ok();
    for (let i = inboxes.length; i < 50; ++i) (await other.post('/v2/inboxes')).ok();
    assertError(await other.post('/v2/inboxes'), 409, { code: 'too_many_inboxes' });
  });

  it('keeps the newest requests and the beginning of a large body', async () => {
    const inbox = await makeInbox();
    for (let i = 0; i < 6; ++i) await send(inbox, { body: `${i}` });
    const { requests, total } = await requestsOf(inbox.token);
    assert.equal(total, 4);
    assert.deepEqual(requests.map((request) => request.body), ['5', '4', '3', '2']);
    await send(inbox, { body: 'é'.repeat(600_000) });
    const large = (await requestsOf(inbox.token, '?limit=1')).requests[0];
    assert.equal(large.size, 1_200_000);
    assert.equal(large.body_encoding, 'utf-8');
    assert.ok(large.body_truncated);
    const whole = (await api.get(`/v2/inboxes/${inbox.token}/requests/${large.id}`)).ok().request;
    assert.equal(whole.body, 'é'.repeat(2 ** 19));
    assert.ok(whole.body_truncated);
  });

  it('survives a restart, and tells what came on the live stream', async () => {
    const inbox = await makeInbox();
    const stream = await Stream.open(api, `?token=${inbox.token}`);
    await stream.wait('ready');
    const bodies = await Stream.open(api, '?types=inbox&bodies=1');
    await bodies.wait('ready');
    await send(inbox, { more: '/x', body: 'hello', headers: { 'x-a': 'b' } });
    const { data } = await stream.wait('inbox');
    assert.equal(data.token, inbox.token);
    assert.equal(data.path, '/x');
    assert.equal(data.size, 5);
    assert.ok(!('body' in data));
    const full = await bodies.wait('inbox', (event) => event.id === data.id);
    assert.equal(full.data.body, 'hello');
    assert.equal(full.data.headers['x-a'], 'b');
    stream.close();
    bodies.close();
    await send(inbox, { body: 'missed' });
    await server.kill();
    await server.start();
    api = server.api;
    other = api.as(other.key);
    const again = await Stream.open(api, `?token=${inbox.token}&bodies=1`, { after: stream.id });
    await again.wait('inbox', (event) => event.body === 'missed');
    again.close();
    assert.equal((await requestsOf(inbox.token)).total, 2);
  });
});

describe('signatures', () => {
  it('are checked with the live secrets of the workspace', async () => {
    const inbox = await makeInbox();
    const body = '{"call": {"call_id": "0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40"}}';
    const verdicts = async (headers, sent = body) => {
      await send(inbox, { body: sent, headers });
      return (await requestsOf(inbox.token, '?limit=1')).requests[0].signature;
    };
    const right = await verdicts(signed(body));
    assert.equal(right.verdict, 'valid');
    assert.equal(right.webhook_signature, 'valid');
    assert.match(right.secret_id, /^[0-9a-f-]{36}$/);
    assert.equal((await verdicts(signed(body), body + ' ')).verdict, 'invalid');
    const stranger = `whsec_${crypto.randomBytes(32).toString('base64')}`;
    assert.equal((await verdicts(signed(body, { key: stranger }))).webhook_signature, 'invalid');
    const old = await verdicts(signed(body, { seconds: Math.floor(Date.now() / 1000) - 400 }));
    assert.equal(old.webhook_signature, 'expired');
    assert.equal(old.verdict, 'invalid');
    assert.equal((await verdicts({})).verdict, 'missing');
    const callId = crypto.createHmac('sha256', secret).update('0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40').digest('base64');
    assert.equal((await verdicts({ 'synthflow-signature': callId })).call_id_signature, 'valid');
    assert.equal((await verdicts({ 'synthflow-signature': callId }, '{"call": {}}')).verdict, 'invalid');
    assert.equal((await verdicts({ ...signed(body), 'webhook-timestamp': 'soon' })).verdict, 'invalid');
  });
});

describe('webhooks to an inbox of this server', () => {
  it('arrive although plain http and loopback are refused, signed and retried as ever', async () => {
    const inbox = await makeInbox({ answer: { status: 500, times: 2 } });
    const call = await reportCall(api, agent, inbox.url);
    const logs = await logsOf(api, call, 3);
    assert.deepEqual(logs.map((log) => log.response_status_code), [500, 500, 200]);
    assert.equal(logs[0].webhook_url, inbox.url);
    const { requests } = await requestsOf(inbox.token);
    assert.deepEqual(requests.map((request) => request.answered), [200, 500, 500]);
    for (const request of requests) {
      assert.equal(request.signature.verdict, 'valid');
      assert.equal(request.signature.call_id_signature, 'valid');
      assert.equal(request.body, logs[0].request_payload);
    }
  });

  it('arrive by the public URL without going out', async () => {
    const config = '[server]\npublic_url = "https://calls.example.com/hooks"\n';
    const data = `${tempDir()}/data`;
    const { key } = await workspaceKey(data, 'default');
    const open = await Server.start({ data, dev: false, key, config });
    const inbox = (await open.api.post('/v2/inboxes')).ok();
    assert.equal(inbox.url, `https://calls.example.com/hooks/in/${inbox.token}`);
    const silent = await makeSilentAgent(open.api);
    const call = await reportCall(open.api, silent, inbox.url);
    const [log] = await logsOf(open.api, call, 1);
    assert.equal(log.response_status_code, 200);
    assert.equal(log.address, `127.0.0.1:${open.port}`);
    await open.stop();
  });

  it('are no way to anything else', async () => {
    const { token } = await makeInbox();
    const urls = [
      `${server.url}/metrics`,
      `${server.url}/in/${token}/../../metrics`,
      `${server.url}/in/${token}/%2e%2e/metrics`,
      `${server.url}/in/${token}x`,
      `http://127.0.0.2:${server.port}/in/${token}`,
      `http://127.0.0.1:${server.port + 1}/in/${token}`,
      `http://2130706433:${server.port}/in/${token}`,
      `http://127.0.0.1:9/in/${token}`,
      `https://127.0.0.1:${server.port}/in/${token}`,
    ];
    for (const url of urls) {
      const reply = await api.post('/v2/endpoints', { url });
      assertError(reply, 400, { path: '/url' });
    }
  });
});

describe('hostile content', () => {
  const nasty = [
    '<script>alert(document.cookie)</script><img src=x onerror=alert(1)>',
    '\u001b[2J\u001b]0;owned\u0007\u202eevil\u2066',
    `</script>\n\n'; rm -rf / #\`id\`$(id)"\\`,
    'x'.repeat(1_000_000),
    '\u0000\u0001\u007f',
    "@/etc/passwd",
  ];

  it('comes back as data in JSON, whatever it is', async () => {
    for (const text of nasty) {
      const inbox = await makeInbox();
      const reply = await send(inbox, {
        more: `/${encodeURIComponent(text.slice(0, 200))}`,
        body: text,
        headers: { 'content-type': 'text/html', 'x-note': '<script>"\'' },
      });
      assert.equal(reply.status, 200);
      assert.ok(!reply.text.includes('script'));
      const list = await api.get(`/v2/inboxes/${inbox.token}/requests`);
      assert.equal(list.headers['content-type'], 'application/json');
      const [request] = list.ok().requests;
      const { request: whole } = (await api.get(`/v2/inboxes/${inbox.token}/requests/${request.id}`)).ok();
      assert.equal(Buffer.from(whole.body, whole.body_encoding === 'base64' ? 'base64' : 'utf8').toString(), text);
      assert.equal(whole.headers['x-note'], '<script>"\'');
      const har = await api.get(`/v2/inboxes/${inbox.token}/requests.har`);
      assert.match(har.headers['content-disposition'], /^attachment/);
      assert.equal(har.headers['x-content-type-options'], 'nosniff');
      const { postData } = har.json.log.entries[0].request;
      assert.equal(Buffer.from(postData.text, postData.encoding ?? 'utf8').toString(), text);
      await api.delete(`/v2/inboxes/${inbox.token}`);
    }
  });

  it('stays one argument of the curl command', async () => {
    const folder = tempDir();
    const stub = path.join(folder, 'curl');
    const out = path.join(folder, 'seen');
    fs.writeFileSync(
      stub,
      `#!${process.execPath}\nconst fs = require('node:fs'); const args = process.argv.slice(2);\n` +
        `const stdin = args.includes('@-') ? fs.readFileSync(0) : Buffer.alloc(0);\n` +
        `fs.writeFileSync(${JSON.stringify(out)}, JSON.stringify({ args, stdin: stdin.toString('base64') }));\n`,
      { mode: 0o755 },
    );
    for (const text of nasty.filter((entry) => entry.length < 100_000)) {
      const inbox = await makeInbox();
      await send(inbox, { body: text, headers: { 'x-note': `'; touch ${folder}/owned; '` } });
      const [{ id }] = (await requestsOf(inbox.token)).requests;
      const script = await api.get(`/v2/inboxes/${inbox.token}/requests/${id}/curl`);
      assert.match(script.headers['content-type'], /^text\/plain/);
      assert.match(script.headers['content-disposition'], /^attachment/);
      const ran = spawnSync('sh', ['-c', script.text], { env: { PATH: `${folder}:${process.env.PATH}` } });
      assert.equal(ran.status, 0, String(ran.stderr));
      const { args, stdin } = JSON.parse(fs.readFileSync(out, 'utf8'));
      const at = args.indexOf('--data-raw');
      assert.equal(at < 0 ? Buffer.from(stdin, 'base64').toString() : args[at + 1], text);
      assert.ok(args.includes(`x-note: '; touch ${folder}/owned; '`));
      assert.ok(!fs.existsSync(`${folder}/owned`));
      assert.equal(args[args.indexOf('--url') + 1], inbox.url);
      await api.delete(`/v2/inboxes/${inbox.token}`);
    }
  });

  it('the cookie of the console is not kept', async () => {
    const inbox = await makeInbox();
    await send(inbox, { method: 'GET', headers: { cookie: `wrapup_session=${'ab'.repeat(32)}` } });
    const [request] = (await requestsOf(inbox.token)).requests;
    assert.equal(request.headers.cookie, '***');
  });
});

describe('somebody who answers for an inbox', () => {
  it('is handed each request, and its sender gets that answer', async () => {
    const inbox = await makeInbox({ answer: { status: 503 } });
    assert.equal((await send(inbox)).status, 503);
    const stream = await Stream.open(api, `?types=inbox&token=${inbox.token}&bodies=1&relay=1`);
    await stream.wait('ready');
    const sent = send(inbox, { body: 'ping' });
    const { data } = await stream.wait('inbox', (event) => event.body === 'ping');
    assert.equal(data.answered, null);
    const at = `/v2/inboxes/${inbox.token}/requests/${data.id}/answer`;
    assertError(await other.post(at, { status: 200 }), 404);
    const answer = { status: 418, headers: { 'X-Tea': 'yes', 'Set-Cookie': 'a=b', 'Content-Type': 'text/html' }, body: 'pong' };
    assert.equal((await api.post(at, answer)).status, 200);
    const reply = await sent;
    assert.equal(reply.status, 418);
    assert.equal(reply.text, 'pong');
    assert.equal(reply.headers['x-tea'], 'yes');
    assert.equal(reply.headers['set-cookie'], undefined);
    assert.match(reply.headers['content-type'], /^text\/plain/);
    assertError(await api.post(at, answer), 409, { code: 'not_waiting' });
    await stream.wait('inbox', (event) => event.id === data.id && event.answered === 418);
    stream.close();
    await eventually('the inbox answers by itself again', async () => (await send(inbox)).status === 503);
  });

  it('needs an inbox of the workspace and the scope admin', async () => {
    const inbox = await makeInbox();
    assertError(await api.get('/v2/stream?relay=1'), 400, { path: 'relay' });
    assertError(await other.get(`/v2/stream?relay=1&token=${inbox.token}`), 404, { code: 'inbox_not_found' });
    const made = (await api.post('/v2/keys', { name: 'reader', scopes: ['calls:read'] })).ok();
    const reader = api.as(made.key);
    assertError(await reader.get(`/v2/stream?relay=1&token=${inbox.token}`), 403, { code: 'missing_scope' });
    reader.close();
  });
});
