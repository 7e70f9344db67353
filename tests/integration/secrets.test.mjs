// Signing secrets: rotation with overlap checked by two independent libraries, v1a by node:crypto, and that no secret is to
// be found where none belongs. The master key: lost, wrong, rotated.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { callIdSignature } from './lib/payload.mjs';
import { ModelServer } from './lib/model_server.mjs';
import { Receiver } from './lib/receiver.mjs';
import { devSecret, eventually, run, Server, sleep, tempDir, onPostgres } from './lib/server.mjs';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';

const receivers = [];
const servers = [];
let receiver;

before(async () => {
  receiver = await Receiver.start();
  receivers.push(receiver);
});

after(async () => {
  for (const server of servers) await server.stop();
  for (const each of receivers) await each.close();
});

// Without --dev, so that a start changes no secret: its key and secret are those that the first start prints.
const plain = '[delivery]\nallow_http = true\nallow_addresses = ["127.0.0.0/8"]\n';

async function started({ settings = '', ...options } = {}) {
  const server = new Server({ dev: false, config: `${settings}${plain}`, ...options });
  servers.push(server);
  await server.start();
  server.secret = server.stdout.match(/whsec_\S+/)?.[0] ?? server.secret;
  server.key = server.stdout.match(/wk_\w+/)?.[0] ?? server.key;
  await again(server);
  server.agent = await makeSilentAgent(server.api);
  return server;
}

// After a start the client needs its key.
async function again(server) {
  server.api = server.api.as(server.key);
}

async function restart(server, end = 'stop') {
  await server[end]();
  await server.start();
  await again(server);
}

/** The next webhook, as it came. */
async function webhook(server) {
  return receiver.forCall(await reportCall(server.api, server.agent, receiver.url()));
}

const signatures = (request) => request.headers['webhook-signature'].split(' ');

/** Whether each of the libraries takes the webhook with that secret; they must agree. */
function accepts(secret, { headers, body }) {
  const takes = (Webhook) => {
    try {
      new Webhook(secret).verify(body.toString('utf8'), headers);
      return true;
    } catch (error) {
      assert.match(error.message, /No matching signature/);
      return false;
    }
  };
  const answers = [StandardWebhook, SvixWebhook].map(takes);
  assert.equal(answers[0], answers[1], 'standardwebhooks and svix agree');
  return answers[0];
}

/** Whether a v1a signature fits, by node:crypto alone. */
function fitsKey(publicKey, { headers, body }) {
  const x = Buffer.from(publicKey.replace(/^whpk_/, ''), 'base64').toString('base64url');
  const key = crypto.createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
  return headers['webhook-signature']
    .split(' ')
    .filter((one) => one.startsWith('v1a,'))
    .some((one) => crypto.verify(null, signed, key, Buffer.from(one.slice(4), 'base64')));
}

const create = async (server, body = {}) => (await server.api.post('/v2/webhook-secrets', body)).ok();
const rotate = async (server, id, body = {}) => (await server.api.post(`/v2/webhook-secrets/${id}/rotate`, body)).ok();
const list = async (server, query = '') => (await server.api.get(`/v2/webhook-secrets${query}`)).ok();
const publicKeys = async (server, workspace = 'default') =>
  (await server.api.as(null).get(`/v2/webhook-keys/${workspace}`)).ok().keys;

function assertRefused(reply, status, code, words) {
  assert.equal(reply.status, status, reply.text);
  assert.equal(reply.json.error, code, reply.text);
  if (words) assert.match(reply.json.message, words);
}

describe('rotation with overlap', () => {
  it('both libraries take the old and the new secret from the next webhook on', async () => {
    const server = await started();
    assert.ok(accepts(server.secret, await webhook(server)), 'before; the server has the secret in memory now');
    const [old] = (await list(server)).secrets;
    const made = await rotate(server, old.secret_id);
    assert.match(made.secret, /^whsec_/);
    assert.equal(made.rotated.secret_id, old.secret_id);
    const left = Date.parse(made.rotated.expires_at) - Date.parse(made.created_at);
    assert.equal(left, 24 * 3600 * 1000, 'a day when nothing else is said');
    const request = await webhook(server);
    assert.equal(signatures(request).length, 2);
    assert.ok(accepts(server.secret, request), 'the old one');
    assert.ok(accepts(made.secret, request), 'the new one');
    assert.ok(!accepts(devSecret, request), 'and no other');
    assert.equal(request.headers['synthflow-signature'], callIdSignature(request.json.call.call_id, made.secret));
    const states = (await list(server)).secrets.map((secret) => secret.state);
    assert.deepEqual(states, ['live', 'expiring']);
  });

  it('only the new one once the overlap is over', async () => {
    const server = await started();
    const [old] = (await list(server)).secrets;
    const made = await rotate(server, old.secret_id, { overlap: '1s' });
    while (Date.now() <= Date.parse(made.rotated.expires_at)) await sleep(50);
    const request = await webhook(server);
    assert.equal(signatures(request).length, 1);
    assert.ok(accepts(made.secret, request));
    assert.ok(!accepts(server.secret, request));
    assert.deepEqual(
      (await list(server)).secrets.map((secret) => secret.state),
      ['live', 'expired'],
    );
  });

  it('without overlap the old one ends at once', async () => {
    const server = await started();
    const [old] = (await list(server)).secrets;
    assert.ok(accepts(server.secret, await webhook(server)));
    const made = await rotate(server, old.secret_id, { overlap: '0s' });
    const request = await webhook(server);
    assert.ok(accepts(made.secret, request));
    assert.ok(!accepts(server.secret, request));
  });

  it('goes on over kill -9', async () => {
    const server = await started();
    const [old] = (await list(server)).secrets;
    const made = await rotate(server, old.secret_id);
    const key = await create(server, { kind: 'ed25519' });
    await restart(server, 'kill');
    const request = await webhook(server);
    assert.ok(accepts(server.secret, request));
    assert.ok(accepts(made.secret, request));
    assert.ok(fitsKey(key.public_key, request));
  });
});

describe('secrets by the API', () => {
  let server;
  before(async () => (server = await started()));

  it('a second one signs beside the first until it is revoked', async () => {
    const made = await create(server, { name: 'for the till' });
    assert.equal(made.kind, 'hmac');
    assert.equal(made.name, 'for the till');
    assert.equal(made.public_key, null);
    const both = await webhook(server);
    assert.ok(accepts(server.secret, both) && accepts(made.secret, both));
    assert.equal((await server.api.delete(`/v2/webhook-secrets/${made.secret_id}`)).status, 200);
    const one = await webhook(server);
    assert.ok(accepts(server.secret, one));
    assert.ok(!accepts(made.secret, one));
    assert.equal((await server.api.delete(`/v2/webhook-secrets/${made.secret_id}`)).status, 200, 'again is no error');
  });

  it("one's own secret is taken", async () => {
    const secret = `whsec_${crypto.randomBytes(40).toString('base64')}`;
    const made = await create(server, { secret });
    assert.equal(made.secret, secret);
    assert.ok(accepts(secret, await webhook(server)));
    await server.api.delete(`/v2/webhook-secrets/${made.secret_id}`);
  });

  it('a key of Ed25519 signs v1a, and its public key is there for receivers without a key', async () => {
    const made = await create(server, { kind: 'ed25519', name: 'for partners' });
    assert.match(made.secret, /^whsk_/);
    assert.match(made.public_key, /^whpk_/);
    const [published] = await publicKeys(server);
    assert.equal(published.key_id, made.secret_id);
    assert.equal(published.public_key, made.public_key);
    assert.ok(!JSON.stringify(published).includes('whsk_'));
    const request = await webhook(server);
    assert.deepEqual(
      signatures(request).map((one) => one.split(',')[0]),
      ['v1', 'v1a'],
    );
    assert.ok(fitsKey(published.public_key, request));
    assert.ok(!fitsKey(published.public_key, { ...request, body: Buffer.from('{}') }));
    assert.ok(accepts(server.secret, request), 'v1 is there too');
    const next = await rotate(server, made.secret_id);
    assert.equal(next.kind, 'ed25519');
    const during = await webhook(server);
    assert.deepEqual(
      (await publicKeys(server)).map((key) => key.public_key),
      [next.public_key, made.public_key],
    );
    assert.ok(fitsKey(made.public_key, during) && fitsKey(next.public_key, during));
    for (const id of [made.secret_id, next.secret_id]) await server.api.delete(`/v2/webhook-secrets/${id}`);
    assert.deepEqual(await publicKeys(server), []);
    assert.equal(signatures(await webhook(server)).length, 1);
  });

  it("a signing key of Ed25519 that one has already is taken", async () => {
    const { privateKey } = crypto.generateKeyPairSync('ed25519');
    const seed = Buffer.from(privateKey.export({ format: 'jwk' }).d, 'base64url');
    const x = Buffer.from(privateKey.export({ format: 'jwk' }).x, 'base64url');
    const made = await create(server, { kind: 'ed25519', secret: `whsk_${seed.toString('base64')}` });
    assert.equal(made.public_key, `whpk_${x.toString('base64')}`);
    assert.ok(fitsKey(made.public_key, await webhook(server)));
    await server.api.delete(`/v2/webhook-secrets/${made.secret_id}`);
  });

  it('wrapup verify checks v1a with the public key', async () => {
    const made = await create(server, { kind: 'ed25519' });
    const request = await webhook(server);
    const headers = path.join(tempDir(), 'headers.json');
    fs.writeFileSync(headers, JSON.stringify(request.headers));
    const verify = (key, input) => run(['verify', '--public-key', key, '--headers', headers], { input });
    const good = await verify(made.public_key, request.body);
    assert.equal(good.code, 0, good.text);
    assert.match(good.stdout, /v1a\s+ok/);
    assert.notEqual((await verify(made.public_key, `${request.body} `)).code, 0);
    assert.notEqual((await verify(`whpk_${crypto.randomBytes(32).toString('base64')}`, request.body)).code, 0);
    assert.equal((await verify('whpk_short', request.body)).code, 2);
    await server.api.delete(`/v2/webhook-secrets/${made.secret_id}`);
  });

  it('are listed in pages, newest first, with their states', async () => {
    const made = [await create(server, { name: 'one' }), await create(server, { name: 'two' })];
    const first = await list(server, '?limit=1');
    assert.equal(first.secrets.length, 1);
    assert.equal(first.secrets[0].name, 'two');
    assert.equal(first.secrets[0].state, 'live');
    assert.equal((await list(server, '?limit=1&offset=1')).secrets[0].name, 'one');
    assert.ok(first.pagination.total_records >= 3);
    for (const { secret_id } of made) await server.api.delete(`/v2/webhook-secrets/${secret_id}`);
    const revoked = (await list(server)).secrets.find((secret) => secret.name === 'two');
    assert.equal(revoked.state, 'revoked');
    assert.ok(Date.parse(revoked.revoked_at) > 0);
  });

  it('an answer that is given again for an Idempotency-Key is without the secret, and says so', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const first = await server.api.post('/v2/webhook-secrets', { name: 'once' }, { headers });
    const second = await server.api.post('/v2/webhook-secrets', { name: 'once' }, { headers });
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.equal(second.ok().secret_id, first.ok().secret_id);
    assert.match(first.ok().secret, /^whsec_/);
    assert.equal(second.ok().secret, null);
    assert.match(second.ok().note, /first answer/);
    const path_ = `/v2/webhook-secrets/${first.ok().secret_id}/rotate`;
    const again_ = { 'idempotency-key': crypto.randomUUID() };
    const rotated = await server.api.post(path_, {}, { headers: again_ });
    const replayed = await server.api.post(path_, {}, { headers: again_ });
    assert.equal(replayed.ok().secret_id, rotated.ok().secret_id, 'rotated once');
    assert.equal(replayed.ok().secret, null);
    assert.deepEqual(replayed.ok().rotated, rotated.ok().rotated);
    for (const { secret_id } of [first.ok(), rotated.ok()]) await server.api.delete(`/v2/webhook-secrets/${secret_id}`);
  });

  it('what is wrong is refused, and a secret in it is not repeated', async () => {
    const { api } = server;
    const post = (body) => api.post('/v2/webhook-secrets', body);
    assertRefused(await post({ knid: 'hmac' }), 400, 'invalid_request', /knid.*did you mean "kind"/);
    assertRefused(await post({ kind: 'rsa' }), 400, 'invalid_request', /hmac, ed25519/);
    assertRefused(await post({ name: 'a\u001b[2Jb' }), 400, 'invalid_request', /control characters/);
    for (const secret of ['hunter2', 'whsec_c2hvcnQ=', `whsk_${crypto.randomBytes(32).toString('base64')}`]) {
      const reply = await post({ secret });
      assertRefused(reply, 400, 'invalid_request', /whsec_ and the base64/);
      assert.ok(!reply.text.includes(secret), reply.text);
    }
    const [{ secret_id: id }] = (await list(server)).secrets;
    const turn = (body) => api.post(`/v2/webhook-secrets/${id}/rotate`, body);
    for (const overlap of ['31d', 'soon', '-1s']) assertRefused(await turn({ overlap }), 400, 'invalid_request', /0s to 30d/);
    assertRefused(await turn({ overlp: '1h' }), 400, 'invalid_request', /did you mean "overlap"/);
    assertRefused(await api.get('/v2/webhook-secrets?limt=1'), 400, 'invalid_request', /did you mean "limit"/);
    assertRefused(await api.as(null).get('/v2/webhook-keys/default?x=1'), 400, 'invalid_request');
    assertRefused(await api.as(null).get('/v2/webhook-secrets'), 401, 'unauthorized');
    const nobody = crypto.randomUUID();
    assertRefused(await api.post(`/v2/webhook-secrets/${nobody}/rotate`, {}), 404, 'secret_not_found');
    assertRefused(await api.delete(`/v2/webhook-secrets/${nobody}`), 404, 'secret_not_found');
    assert.deepEqual(await publicKeys(server, 'nobody'), [], 'which workspaces there are is told to nobody');
  });

  it('the last live hmac secret cannot be revoked, one that is rotated cannot be rotated again', async () => {
    const other = await started();
    const [{ secret_id: id }] = (await list(other)).secrets;
    await create(other, { kind: 'ed25519' });
    assertRefused(await other.api.delete(`/v2/webhook-secrets/${id}`), 409, 'last_secret', /never sent unsigned/);
    const made = await rotate(other, id);
    assertRefused(await other.api.post(`/v2/webhook-secrets/${id}/rotate`, {}), 409, 'secret_not_live', /expiring/);
    assertRefused(await other.api.delete(`/v2/webhook-secrets/${made.secret_id}`), 409, 'last_secret');
    assert.equal((await other.api.delete(`/v2/webhook-secrets/${id}`)).status, 200);
    assert.deepEqual(signatures(await webhook(other)).length, 2, 'v1 and v1a');
    for (let i = 0; i < 8; i++) await create(other);
    assertRefused(await other.api.post('/v2/webhook-secrets', {}), 409, 'too_many_secrets', /revoke one/);
  });

  it('those of another workspace are neither seen nor changed', async () => {
    const made = await run(['key', 'create', '--data', server.data, '--workspace', 'other']);
    const other = server.api.as(made.stdout.trim());
    const mine = (await other.get('/v2/webhook-secrets')).ok();
    assert.equal(mine.pagination.total_records, 1);
    const [{ secret_id: id }] = (await list(server)).secrets;
    assertRefused(await other.post(`/v2/webhook-secrets/${id}/rotate`, {}), 404, 'secret_not_found');
    assertRefused(await other.delete(`/v2/webhook-secrets/${id}`), 404, 'secret_not_found');
    await other.post('/v2/webhook-secrets', { kind: 'ed25519' });
    assert.deepEqual(await publicKeys(server), []);
    assert.equal((await publicKeys(server, 'other')).length, 1);
  });
});

describe('a secret', () => {
  it('is in no answer but the first, not in the log, and not in the files of the database', async () => {
    const server = await started();
    const own = `whsec_${crypto.randomBytes(32).toString('base64')}`;
    const headers = () => ({ headers: { 'idempotency-key': crypto.randomUUID() } });
    const first = (await server.api.post('/v2/webhook-secrets', {}, headers())).ok();
    const key = (await server.api.post('/v2/webhook-secrets', { kind: 'ed25519' }, headers())).ok();
    const mine = (await server.api.post('/v2/webhook-secrets', { secret: own }, headers())).ok();
    const next = (await server.api.post(`/v2/webhook-secrets/${first.secret_id}/rotate`, {}, headers())).ok();
    await server.api.delete(`/v2/webhook-secrets/${mine.secret_id}`);
    await server.api.post('/v2/webhook-secrets', { secret: `${own}!` });
    const request = await webhook(server);
    const secrets = [server.secret, first.secret, key.secret, own, next.secret];
    // As text, as base64, and as the bytes themselves.
    const forms = secrets.flatMap((secret) => {
      const base64 = secret.replace(/^wh\w+_/, '');
      return [Buffer.from(secret), Buffer.from(base64), Buffer.from(base64, 'base64').subarray(0, 32)];
    });
    const assertNone = (where, bytes) => {
      for (const form of forms) assert.equal(bytes.indexOf(form), -1, `a secret is in ${where}`);
    };
    const answers = [
      (await server.api.get('/v2/webhook-secrets')).text,
      (await server.api.as(null).get('/v2/webhook-keys/default')).text,
      JSON.stringify(await logsOf(server.api, request.json.call.call_id)),
      (await run(['secret', 'list', '--data', server.data])).text,
    ];
    for (const answer of answers) assertNone('an answer', Buffer.from(answer));
    const assertFiles = () => {
      const names = fs.readdirSync(server.data);
      assert.ok((onPostgres || names.includes('wrapup.db')) && names.includes('master.key'), names.join());
      for (const name of names) assertNone(name, fs.readFileSync(path.join(server.data, name)));
      return names;
    };
    assert.ok(onPostgres || assertFiles().includes('wrapup.db-wal'), 'while the server runs');
    await server.stop();
    assertFiles();
    assertNone('the log', Buffer.from(server.stderr));
    const printed = Buffer.from(server.stdout.replace(server.secret, ''));
    assertNone('what the start prints, beyond the one time', printed);
  });
});

describe('wrapup secret', () => {
  it('creates, rotates and revokes while a server runs, which signs so a moment later', async () => {
    const server = await started();
    const secret = (...args) => run(['secret', ...args, '--data', server.data]);
    const soon = (what, fits) => eventually(what, async () => fits(await webhook(server)), 20_000);

    const made = await secret('create', '--name', 'by command');
    assert.equal(made.code, 0, made.text);
    const text = made.stdout.trim();
    assert.match(text, /^whsec_\S+$/);
    await soon('the new one signs', (request) => accepts(text, request) && accepts(server.secret, request));

    const key = await secret('create', '--kind', 'ed25519');
    assert.match(key.stdout.trim(), /^whpk_\S+$/, 'what receivers need; the signing key stays here');
    assert.ok(!key.text.includes('whsk_'));
    await soon('v1a is there', (request) => fitsKey(key.stdout.trim(), request));

    const rows = (await secret('list')).stdout.split('\n');
    const id = rows.find((row) => row.includes('by command')).match(/^[0-9a-f-]{36}/)[0];
    assert.ok(!rows.join().includes(text));
    const rotated = await secret('rotate', id, '--overlap', '0s');
    assert.equal(rotated.code, 0, rotated.text);
    await soon('the rotated one is gone', (request) => !accepts(text, request) && accepts(rotated.stdout.trim(), request));

    const newest = (await list(server)).secrets.find((each) => each.name === 'by command' && each.state === 'live');
    assert.equal((await secret('revoke', newest.secret_id)).code, 0);
    await soon('the revoked one is gone', (request) => !accepts(rotated.stdout.trim(), request));

    const first = (await list(server)).secrets.find((each) => each.kind === 'hmac' && each.state === 'live');
    const last = await secret('revoke', first.secret_id);
    assert.equal(last.code, 1);
    assert.match(last.stderr, /only live hmac secret/);
    assert.equal((await secret('rotate', crypto.randomUUID())).code, 1);
    assert.equal((await secret('rotate', first.secret_id, '--overlap', '31d')).code, 2);
    assert.equal((await secret('create', '--kind', 'rsa')).code, 2);
    const nowhere = await secret('create', '--workspace', 'nowhere');
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /no workspace nowhere/);
  });
});

describe('the master key', () => {
  const newKey = () => crypto.randomBytes(32).toString('base64');
  const refused = async (server, words) => {
    await assert.rejects(server.start(), (error) => {
      assert.match(error.message, /ended at start \({"code":1,/);
      assert.match(error.message, words);
      return true;
    });
  };

  it('is made at the first start, for its owner alone, and kept', async () => {
    const server = await started();
    const file = path.join(server.data, 'master.key');
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    const text = fs.readFileSync(file, 'utf8');
    await restart(server);
    assert.equal(fs.readFileSync(file, 'utf8'), text);
    assert.ok(accepts(server.secret, await webhook(server)));
  });

  it('that is lost stops the start, with words that say what is missing; put back, all goes on', async () => {
    const server = await started();
    const file = path.join(server.data, 'master.key');
    await server.stop();
    fs.renameSync(file, `${file}.away`);
    await refused(server, /sealed with a master key[^]*master\.key is not there[^]*WRAPUP_MASTER_KEY[^]*--replace-lost/);
    const command = await run(['key', 'create', '--data', server.data, '--workspace', 'another']);
    assert.equal(command.code, 1);
    assert.match(command.stderr, /master\.key is not there/);
    assert.ok(!fs.existsSync(file), 'none is made in its place');
    fs.renameSync(`${file}.away`, file);
    await server.start();
    await again(server);
    assert.ok(accepts(server.secret, await webhook(server)));
  });

  it('that is another one stops the start and names the one that is missing', async () => {
    const server = await started();
    await server.stop();
    server.env = { WRAPUP_MASTER_KEY: newKey() };
    await refused(server, /sealed with the master key [0-9a-f]{8}, which is not here \(here: [0-9a-f]{8}\)/);
    server.env = { WRAPUP_MASTER_KEY: 'hunter2' };
    await assert.rejects(server.start(), (error) => {
      assert.match(error.message, /WRAPUP_MASTER_KEY: key 1 is not the base64 of 32 bytes/);
      assert.ok(!error.message.includes('hunter2'));
      return true;
    });
  });

  it('in the environment is printed nowhere', async () => {
    const server = await started({ env: { WRAPUP_MASTER_KEY: newKey() } });
    assert.ok(!fs.existsSync(path.join(server.data, 'master.key')));
    assert.ok(accepts(server.secret, await webhook(server)));
    const printed = await run(['config', 'print'], { env: server.env });
    assert.equal(printed.code, 0);
    await server.stop();
    for (const text of [printed.text, server.stdout, server.stderr]) assert.ok(!text.includes(server.env.WRAPUP_MASTER_KEY));
  });

  it('is rotated as the documentation says, without a webhook unsigned or signed otherwise', async () => {
    const file = path.join(tempDir(), 'master.keys');
    const write = (...keys) => fs.writeFileSync(file, `# newest first\n${keys.join('\n')}\n`, { mode: 0o600 });
    const [one, two] = [newKey(), newKey()];
    write(one);
    const server = await started({ settings: `master_key_file = "${file}"\n` });
    const key = await create(server, { kind: 'ed25519' });
    const old = (await list(server)).secrets.find((each) => each.kind === 'hmac');
    const made = await rotate(server, old.secret_id);
    const model = await ModelServer.start();
    receivers.push(model);
    const modelKey = 'model-key-not-real-0123456789';
    (await server.api.put('/v2/workspace', { model: { base_url: model.url, model: 'own-1', api_key: modelKey } })).ok();
    const url = receiver.url('/sealed');
    (await server.api.post('/v2/endpoints', { url, headers: [{ name: 'x-team', value: 'blue', secret: true }] })).ok();
    const fits = (request) =>
      accepts(server.secret, request) && accepts(made.secret, request) && fitsKey(key.public_key, request);
    const command = (...args) => run([...args, '--data', server.data, '--config', server.configFile]);

    write(two, one);
    await restart(server);
    assert.ok(fits(await webhook(server)));
    const resealed = await command('secret', 'reseal');
    assert.equal(resealed.code, 0, resealed.text);
    assert.match(resealed.stdout, /Resealed 3 of 3 secrets[^]*Resealed 2 of 2 keys of models and settings of endpoints/);
    assert.match((await command('secret', 'reseal')).stdout, /Resealed 0 of 3[^]*Resealed 0 of 2/);
    assert.ok(fits(await webhook(server)), 'while the server runs');

    write(two);
    model.script([]);
    await restart(server);
    assert.ok(fits(await webhook(server)));
    assert.equal(model.requests.at(-1).headers.authorization, `Bearer ${modelKey}`);
    const sealed = await receiver.forCall(await reportCall(server.api, server.agent, url));
    assert.equal(sealed.headers['x-team'], 'blue');
    await server.stop();
    write(one);
    await refused(server, /which is not here/);
  });

  it('that is lost for good: the secrets are given up and new ones made', async () => {
    const server = await started();
    await create(server, { kind: 'ed25519', name: 'for partners' });
    const model = { base_url: receiver.url('/model'), model: 'own-1' };
    (await server.api.put('/v2/workspace', { model: { ...model, api_key: 'model-key-not-real-0123456789' } })).ok();
    await server.stop();
    fs.rmSync(path.join(server.data, 'master.key'));
    const result = await run(['secret', 'reseal', '--replace-lost', '--data', server.data]);
    assert.equal(result.code, 0, result.text);
    assert.match(result.stderr, /The key of the model of workspace default is lost; set it anew\./);
    const [fresh] = result.stdout.match(/whsec_\S+/);
    const [freshKey] = result.stdout.match(/whpk_\S+/);
    await server.start();
    await again(server);
    assert.equal((await server.api.get('/v2/workspace')).ok().model.has_key, false);
    (await server.api.put('/v2/workspace', { model: null })).ok();
    const request = await webhook(server);
    assert.ok(accepts(fresh, request));
    assert.ok(!accepts(server.secret, request));
    assert.ok(fitsKey(freshKey, request));
    assert.equal(signatures(request).length, 2);
  });
});
