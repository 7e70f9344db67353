// Limits on requests, as a client meets them.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertError } from './lib/errors.mjs';
import { Server, sleep } from './lib/server.mjs';

describe('request limits', () => {
  it('are off by default, and nothing is said of them', async () => {
    const server = await Server.start();
    const replies = await Promise.all(Array.from({ length: 200 }, () => server.api.get('/v2/calls')));
    for (const reply of replies) assert.equal(reply.status, 200);
    assert.equal(replies[0].headers.ratelimit, undefined);
    await server.stop();
  });

  it('answer 429 with Retry-After, which tells when the next one is taken', async () => {
    const server = await Server.start({ config: '[limits]\nkey_requests = 4\nwindow = "4s"\n' });
    const { api } = server;
    const key = (await api.post('/v2/keys', { scopes: ['calls:read'] })).ok().key;
    const client = api.as(key);
    let refused;
    for (let i = 0; i < 20 && !refused; ++i) {
      const reply = await client.get('/v2/calls');
      assert.equal(reply.headers['ratelimit-policy'], '"key";q=4;w=4');
      if (reply.status === 200) assert.match(reply.headers.ratelimit, /^"key";r=[0-3];t=[1-4]$/);
      else refused = reply;
    }
    assertError(refused, 429, { code: 'rate_limited', says: /4 requests in 4 s/ });
    assert.match(refused.headers.ratelimit, /^"key";r=0;t=[34]$/);
    (await api.get('/v2/calls')).ok();
    assert.equal((await client.get('/healthz')).status, 200);
    await sleep(Number(refused.headers['retry-after']) * 1000);
    assert.equal((await client.get('/v2/calls')).status, 200);
    client.close();
    await server.stop();
  });

  it('of a workspace hold over all its keys', async () => {
    const server = await Server.start({ config: '[limits]\nworkspace_requests = 5\nwindow = "1h"\n' });
    const { api } = server;
    const { key } = (await api.post('/v2/keys', { scopes: ['calls:read'] })).ok();
    const client = api.as(key);
    const statuses = [];
    for (const each of [client, api, client, api, client, api]) statuses.push((await each.get('/v2/calls')).status);
    assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
    client.close();
    await server.stop();
  });
});
