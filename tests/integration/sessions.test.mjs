// Sessions of the console: a key for a cookie, what the cookie may do, and when it ends.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertError } from './lib/errors.mjs';
import { workspaceKey } from './lib/endpoints.mjs';
import { devKey, run, Server, tempDir } from './lib/server.mjs';
import { Stream } from './lib/stream.mjs';

let server, anyone, data;

before(async () => {
  data = `${tempDir()}/data`;
  server = await Server.start({ data });
  anyone = server.api.as(null);
});

after(async () => {
  anyone?.close();
  await server?.stop();
});

const console_ = { 'x-wrapup-console': '1' };

async function logIn(key = devKey) {
  const reply = await anyone.post('/v2/session', { key });
  const cookie = reply.headers['set-cookie']?.[0];
  return { reply, cookie, headers: { cookie: cookie?.split(';')[0] } };
}

describe('logging in', () => {
  it('gives a cookie that scripts cannot read, and says who it is', async () => {
    const { reply, cookie, headers } = await logIn();
    const who = reply.ok();
    assert.equal(who.workspace_id, 'default');
    assert.deepEqual(Object.keys(who), ['workspace_id', 'key_id', 'key_name', 'scopes']);
    assert.match(cookie, /^wrapup_session=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.equal(reply.headers['cache-control'], 'no-store');
    assert.deepEqual((await anyone.get('/v2/session', { headers })).ok(), who);
    assert.ok((await anyone.get('/v2/calls', { headers })).ok());
  });

  it('refuses a wrong key, other types of content and unknown fields', async () => {
    assertError(await anyone.post('/v2/session', { key: 'wk_wrong' }), 401, { code: 'unauthorized' });
    assertError(await anyone.post('/v2/session', { key: devKey, remember: true }), 400, { path: '/remember' });
    assertError(await anyone.post('/v2/session', {}), 400, { path: '/key' });
    const form = { headers: { 'content-type': 'text/plain' } };
    const reply = await anyone.post('/v2/session', JSON.stringify({ key: devKey }), form);
    assertError(reply, 400, { says: /application\/json/ });
    assert.equal(reply.headers['set-cookie'], undefined);
  });

  it('gives a cookie for https alone when the public URL is https', async () => {
    const https = await Server.start({ config: '[server]\npublic_url = "https://calls.example.com/"\n' });
    const reply = await https.api.as(null).post('/v2/session', { key: devKey });
    assert.match(reply.headers['set-cookie'][0], /; Secure$/);
    await https.stop();
  });

  it('writes neither key nor token to the log or the database', async () => {
    const { cookie } = await logIn();
    const token = cookie.match(/=(\w+)/)[1];
    const dump = await run(['config', 'print', '--data', data]);
    assert.ok(!dump.text.includes(token));
    assert.ok(!(server.stderr + server.stdout).includes(token));
    assert.ok(!(server.stderr + server.stdout).includes(devKey));
    const fs = await import('node:fs');
    for (const file of fs.readdirSync(data).filter((name) => name.includes('.db'))) {
      const bytes = fs.readFileSync(`${data}/${file}`);
      assert.ok(!bytes.includes(token), `the token stands in ${file}`);
    }
  });
});

describe('with a session', () => {
  it('what changes something needs the header of the console', async () => {
    const { headers } = await logIn();
    const wish = { operations_url: null };
    assertError(await anyone.put('/v2/workspace', wish, { headers }), 403, { code: 'csrf', says: /X-Wrapup-Console/ });
    const other = { headers: { ...headers, 'x-wrapup-console': 'yes' } };
    assertError(await anyone.delete('/v2/session', other), 403, { code: 'csrf' });
    assert.ok((await anyone.put('/v2/workspace', wish, { headers: { ...headers, ...console_ } })).ok());
  });

  it('no answer lets a script of another site in', async () => {
    const { headers } = await logIn();
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      const reply = await anyone.request(method, '/v2/session', {
        headers: { ...headers, origin: 'https://evil.example.com', 'access-control-request-method': 'PUT' },
      });
      const cors = Object.keys(reply.headers).filter((name) => name.startsWith('access-control'));
      assert.deepEqual(cors, []);
    }
  });

  it('ends when it is deleted, with its streams', async () => {
    const { headers } = await logIn();
    const stream = await Stream.open(anyone, '', { headers });
    await stream.wait('ready');
    const reply = await anyone.delete('/v2/session', { headers: { ...headers, ...console_ } });
    assert.equal(reply.status, 200);
    assert.match(reply.headers['set-cookie'][0], /^wrapup_session=; .*Max-Age=0/);
    assertError(await anyone.get('/v2/session', { headers }), 401, { code: 'session_ended' });
    await new Promise((resolve) => (stream.ended ? resolve() : stream.reply.once('close', resolve)));
  });

  it('ends with its key', async () => {
    const { key } = await workspaceKey(data, 'other');
    const { headers, reply } = await logIn(key);
    assert.equal(reply.ok().workspace_id, 'other');
    assert.equal((await anyone.get('/v2/session', { headers })).status, 200);
    const revoked = await run(['key', 'revoke', reply.ok().key_id, '--data', data]);
    assert.equal(revoked.code, 0, revoked.text);
    assertError(await anyone.get('/v2/session', { headers }), 401, { code: 'session_ended' });
  });

  it('a key has 50 at most', async () => {
    const { key } = await workspaceKey(data, 'many');
    const first = await logIn(key);
    for (let i = 0; i < 50; ++i) await logIn(key);
    assertError(await anyone.get('/v2/session', { headers: first.headers }), 401, { code: 'session_ended' });
    const last = await logIn(key);
    assert.equal((await anyone.get('/v2/session', { headers: last.headers })).status, 200);
  });

  it('is refused when the cookie is no session, and an Authorization header wins', async () => {
    for (const cookie of ['wrapup_session=', 'wrapup_session=00', 'other=1', 'x'.repeat(5000)]) {
      assertError(await anyone.get('/v2/calls', { headers: { cookie } }), 401);
    }
    const { headers } = await logIn();
    const wrong = { ...headers, authorization: 'Bearer wk_wrong' };
    assertError(await anyone.get('/v2/calls', { headers: wrong }), 401, { code: 'unauthorized' });
    const spaced = { cookie: `a=b;  theme=dark; ${headers.cookie}` };
    assert.equal((await anyone.get('/v2/session', { headers: spaced })).status, 200);
  });
});
