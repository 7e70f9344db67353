// The documentation as the program serves it: every page is there, leads nowhere else, runs nothing, and the reference
// has every route.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertError } from './lib/errors.mjs';
import { Server } from './lib/server.mjs';

let server, anyone;
const pages = new Map();

before(async () => {
  server = await Server.start();
  anyone = server.api.as(null);
  const waiting = ['/docs'];
  for (let path; (path = waiting.pop()); ) {
    if (pages.has(path)) continue;
    const reply = await anyone.get(path);
    pages.set(path, reply);
    for (const [, href] of reply.text.matchAll(/ href="(\/docs[^"#]*)/g)) waiting.push(href);
  }
});

after(async () => {
  anyone?.close();
  await server?.stop();
});

describe('the documentation', () => {
  it('has every page, without a key', () => {
    for (const [path, reply] of pages) assert.equal(reply.status, 200, path);
    for (const page of ['quick-start', 'payload', 'verify-signatures', 'api', 'reference', 'configuration', 'failure-modes', 'migration', 'live', 'operations', 'operations-master-key'])
      assert.ok(pages.has(`/docs/${page}`), page);
  });

  it('runs no script, and has no style but its own', () => {
    for (const [path, reply] of pages) {
      if (path === '/docs/style.css') continue;
      assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
      assert.match(reply.headers['content-security-policy'], /^default-src 'none'; style-src 'self';/);
      assert.equal(reply.headers['x-content-type-options'], 'nosniff');
      assert.ok(!/<script|<iframe|<img|<svg| style=| on\w+="/i.test(reply.text), path);
    }
  });

  it('has no link that leads nowhere', () => {
    for (const [path, reply] of pages) {
      for (const [, href] of reply.text.matchAll(/ href="([^"]*)"/g)) {
        if (/^https?:|^\/$|^\/openapi.json$/.test(href)) continue;
        const [page, anchor] = href.split('#');
        const target = page === '' ? reply : pages.get(page);
        assert.ok(target, `${path}: ${href}`);
        if (anchor) assert.ok(target.text.includes(`id="${anchor}"`), `${path}: ${href}`);
      }
    }
  });

  it('has a reference with every route and every schema', async () => {
    const contract = (await anyone.get('/openapi.json')).json;
    const { text } = pages.get('/docs/reference');
    for (const [path, methods] of Object.entries(contract.paths)) {
      for (const method of Object.keys(methods))
        assert.ok(text.includes(`<code>${method.toUpperCase()} ${path}</code>`), `${method} ${path}`);
    }
    for (const name of Object.keys(contract.components.schemas)) assert.ok(text.includes(`>${name}</h3>`), name);
  });

  it('says so when there is no such page', async () => {
    assertError(await anyone.get('/docs/none'), 404, { code: 'route_not_found' });
    assertError(await anyone.get('/docs/..%2Fschemas%2Fopenapi'), 404);
  });
});
