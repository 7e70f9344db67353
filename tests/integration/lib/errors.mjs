// What an error of the API must look like, wherever it comes from.
import assert from 'node:assert/strict';

const seenRequestIds = new Set();

/** The whole shape of an error; `path`: the place that must be named; `says`: what the words must hold. */
export function assertError(reply, status, { path, says, code } = {}) {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.headers['content-type'], /^application\/json\b/);
  const { detail, error, message } = reply.json;
  assert.equal(detail.status, 'error');
  assert.match(detail.code, /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
  if (code) assert.equal(detail.code, code);
  assert.ok(detail.description.length >= 10, detail.description);
  assert.match(detail.request_id, /^[0-9a-f]{32}$/);
  assert.ok(!seenRequestIds.has(detail.request_id), 'each request has an id of its own');
  seenRequestIds.add(detail.request_id);
  assert.equal(detail.category, 'important');
  assert.ok(Array.isArray(detail.errors));
  for (const entry of detail.errors) {
    assert.deepEqual(Object.keys(entry).sort(), ['message', 'path']);
    assert.ok(entry.message.length > 0);
  }
  assert.equal(error, detail.code);
  assert.equal(message, detail.description);
  const entry =
    path === undefined ? undefined : detail.errors.find((e) => e.path === path || e.path.startsWith(`${path}/`));
  if (path !== undefined) assert.ok(entry, `${path} is named in ${reply.text}`);
  if (says) assert.match(entry ? `${entry.message}\n${detail.description}` : detail.description, says);
}
