// Everything of an installation moved to another: through a file, and from one database to the other. What was moved answers as before,
// byte for byte, and goes on; what is cut, damaged or half done is refused and gone on with. And the server that only reads.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { evaluation, makeSilentAgent, reportCall, transcript, yesNo } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { pause, endpointOf, setEndpoint } from './lib/endpoints.mjs';
import { Receiver } from './lib/receiver.mjs';
import { binary, databaseEnv, devKey, eventually, onPostgres, run, Server, sleep, tempDir } from './lib/server.mjs';

const retries = '[delivery]\nretry_schedule = ["100ms", "100ms"]\n';
const readOnly = { config: '[server]\npublic_url = "https://calls.example.com"\n', dev: false, args: ['--read-only'], readyPath: '/readyz?for=reads' };
const delivered = 12;
const waiting = 5;

let source; // the data folder
let receiver;
let file;
let answers; // of the source, by path

/** Where the database of a data folder is, as `wrapup migrate` takes it. */
const placeOf = (data) => databaseEnv(data).WRAPUP_DATABASE ?? `sqlite:${data}`;

/** A new data folder that has the master key of the source. */
function folder({ key = true } = {}) {
  const data = path.join(tempDir(), 'data');
  fs.mkdirSync(data);
  if (key) fs.copyFileSync(path.join(source, 'master.key'), path.join(data, 'master.key'));
  return data;
}

/** What the API tells of everything there is: text by path. */
async function everything(data, env = {}) {
  const server = await Server.start({ data, env, ...readOnly });
  const all = new Map();
  const get = async (where) => {
    const reply = await server.api.get(where);
    assert.equal(reply.status, 200, `${where}: ${reply.text}`);
    all.set(where, reply.text);
    return reply.json.response;
  };
  for (const call of (await get('/v2/calls?limit=100')).calls) {
    await get(`/v2/calls/${call.call_id}`);
    await get(`/v2/calls/${call.call_id}/revisions`);
  }
  for (const log of (await get('/v2/logs?page_size=100')).items) await get(`/v2/logs/${log.webhook_log_id}`);
  for (const inbox of (await get('/v2/inboxes')).inboxes) await get(`/v2/inboxes/${inbox.token}/requests`);
  for (const where of ['assistants', 'actions', 'endpoints', 'webhook-secrets', 'keys', 'workspace', 'audit']) await get(`/v2/${where}`);
  await server.stop();
  return all;
}

async function assertSame(data, env) {
  const there = await everything(data, env);
  assert.deepEqual([...there.keys()], [...answers.keys()]);
  for (const [where, text] of answers) assert.equal(there.get(where), text, where);
}

async function fill() {
  const server = await Server.start({ data: source, config: retries });
  const { api } = server;
  const action = (await api.post('/v2/actions', yesNo('wants pickup', 'Does the customer want a pickup?'))).ok();
  const model = await makeSilentAgent(api, { actions: [evaluation('polite', 'Was the agent polite?', 'pass_fail', 'true')] });
  (await api.post('/v2/actions/attach', { model_id: model, actions: [action.action_id] })).ok();
  const hook = receiver.url('/hook');
  await setEndpoint(api, hook, { headers: [{ name: 'X-Api-Token', value: 'sesame-4711-open', secret: true }] });
  receiver.script('/hook', [{ status: 503, body: 'not yet' }]);
  // Turns that do not compress, so that the file has several parts.
  const turns = (i) => [...transcript, { role: 'human', text: `${i} ≠ \t "${crypto.randomBytes(90_000).toString('base64')}"` }];
  for (let i = 0; i < delivered; i++) await reportCall(api, model, hook, { transcript: turns(i), metadata: { i } });
  const logged = async () => (await api.get('/v2/logs?page_size=100')).ok().items.length === delivered + 1;
  await eventually('every attempt to be logged', logged);
  await setEndpoint(api, receiver.url('/later'), { name: 'Later' });
  await pause(api, (await endpointOf(api, receiver.url('/later'))).endpoint_id);
  for (let i = 0; i < waiting; i++) await reportCall(api, model, receiver.url('/later'), { external_id: `later ${i}` });
  const inbox = (await api.post('/v2/inboxes', { name: 'Desk' })).ok();
  assert.equal((await api.as(null).post(`/in/${inbox.token}`, { hello: 'Grüße' })).status, 200);
  await server.stop();
}

const exported = (data, target = path.join(tempDir(), 'all.export')) =>
  run(['export', target, '--data', data]).then((done) => {
    assert.equal(done.code, 0, done.text);
    return target;
  });

before(async () => {
  receiver = await Receiver.start();
  source = path.join(tempDir(), 'source');
  await fill();
  answers = await everything(source);
  file = await exported(source);
});
after(() => receiver?.close());

describe('export and import', () => {
  it('brings all of it to another installation, which goes on with it', async () => {
    const data = folder();
    const done = await run(['import', file, '--data', data]);
    assert.equal(done.code, 0, done.text);
    assert.match(done.stderr, /Imported [\d,]+ rows in .*rows\/s/);
    assert.match(done.stderr, /Every secret opens/);
    await assertSame(data);
    const server = await Server.start({ data });
    const later = await endpointOf(server.api, receiver.url('/later'));
    (await server.api.post(`/v2/endpoints/${later.endpoint_id}/resume`)).ok();
    const got = await receiver.wait('/later', waiting);
    assert.equal(new Set(got.map((request) => request.json.call.call_id)).size, waiting);
    await server.stop();
  });

  it('refuses to import without the master key, and says which', async () => {
    const data = folder({ key: false });
    const done = await run(['import', file, '--data', data]);
    assert.equal(done.code, 1, done.text);
    assert.match(done.stderr, /sealed with the master key [0-9a-f]{8}, which is not here/);
    fs.copyFileSync(path.join(source, 'master.key'), path.join(data, 'master.key'));
    assert.equal((await run(['import', file, '--data', data])).code, 0, 'nothing was written before');
  });

  it('refuses what is cut or damaged, says where, and goes on with the whole file', async () => {
    const whole = fs.readFileSync(file);
    const broken = path.join(tempDir(), 'broken.export');
    const data = folder();
    const take = async (bytes) => {
      fs.writeFileSync(broken, bytes);
      const done = await run(['import', broken, '--data', data]);
      assert.equal(done.code, 1, done.text);
      return done.stderr;
    };
    assert.match(await take(whole.subarray(0, 100)), /is not whole: it ends after byte 100, behind line 0.*nothing of it was taken/s);
    const flipped = Buffer.from(whole);
    flipped[Math.floor(whole.length * 0.7)] ^= 4;
    assert.match(await take(flipped), /damaged: lines \d+ to \d+ \(bytes \d+ to \d+\) are not what was written; what stands before is stored/);
    assert.match(await take(whole.subarray(0, Math.floor(whole.length * 0.8))), /is not whole: it ends after byte \d+, behind line \d+/);
    assert.match(await take(Buffer.from('\x28\xB5\x2F\xFDxxxx', 'latin1')), /is compressed; unpack it/);
    const half = await run(['serve', '--data', data, '--listen', '127.0.0.1:0']);
    assert.equal(half.code, 1, half.text);
    assert.match(half.stderr, /has not come to its end; run the same command again/);
    const done = await run(['import', file, '--data', data]);
    assert.equal(done.code, 0, done.text);
    assert.match(done.stderr, /[\d,]+ rows were there already/);
    await assertSame(data);
  });

  it('goes on after a kill -9, also from a pipe', async () => {
    const data = folder();
    const env = { ...process.env, ...databaseEnv(data) };
    const child = spawn(binary, ['import', '-', '--data', data], { stdio: ['pipe', 'ignore', 'pipe'], env });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.stdin.on('error', () => {});
    const bytes = fs.readFileSync(file);
    child.stdin.write(bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    await eventually('the first part to be stored', () => /rows/.test(said));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('close', resolve));
    const other = await run(['import', await exported(source), '--data', data]);
    assert.equal(other.code, 1, other.text);
    assert.match(other.stderr, /has part of another move, from the export/);
    const done = await run(['import', '-', '--data', data], { input: bytes });
    assert.equal(done.code, 0, done.text);
    await assertSame(data);
  });

  it('exports one state while a server writes', async () => {
    const server = await Server.start();
    const model = await makeSilentAgent(server.api);
    let over = false;
    let reported = 0;
    const writing = (async () => {
      for (; !over; reported++) await reportCall(server.api, model, receiver.url('/busy'), { external_id: `busy ${reported}` });
    })();
    await eventually('some calls to be there', () => reported >= 20);
    const before = reported;
    const target = await exported(server.data);
    over = true;
    await writing;
    await server.stop();
    const rows = fs.readFileSync(target, 'utf8').split('\n');
    const end = JSON.parse(rows.at(-3)).end;
    assert.ok(end.call >= before && end.call <= reported, `${before}, ${end.call}, ${reported}`);
    for (const table of ['revision', 'delivery', 'call_external']) assert.equal(end[table], end.call, `${table}: each call is whole`);
  });

  it('goes on with an export that was killed, beside a server that only reads', async () => {
    const server = await Server.start({ data: source, ...readOnly });
    const target = path.join(tempDir(), 'all.export');
    fs.writeFileSync(`${target}.partial`, fs.readFileSync(file).subarray(0, 3_000_000));
    const done = await run(['export', target, '--data', source]);
    assert.equal(done.code, 0, done.text);
    assert.match(done.stderr, /An export before had written .* still right/);
    assert.ok(fs.readFileSync(target).equals(fs.readFileSync(file)));
    assert.equal((await run(['export', target, '--data', source])).code, 1, 'it is there already');
    await server.stop();
    const piped = await run(['export', '-', '--data', source]);
    assert.equal(piped.code, 0, piped.stderr);
    assert.equal(piped.stdout.split('\n').at(-3).slice(0, 8), '{"end":{');
  });
});

describe('migrate', () => {
  it('says which steps of the schema are there, and adds those that are not', async () => {
    const checked = await run(['migrate', '--check', '--data', source]);
    assert.equal(checked.code, 0, checked.text);
    assert.match(checked.stdout, /has (\d+) of \1 steps/);
    const done = await run(['migrate', '--data', source]);
    assert.equal(done.code, 0, done.text);
    assert.match(done.stdout, /(\d+) of \1 steps were there, 0 applied/);
    if (onPostgres) {
      const fresh = folder();
      const missing = await run(['migrate', '--check', '--data', fresh]);
      assert.equal(missing.code, 1, missing.text);
      assert.match(missing.stderr, /steps are missing; `wrapup migrate` adds them/);
      assert.match((await run(['migrate', '--data', fresh])).stdout, /Applied step 1\.\n/);
      assert.equal((await run(['migrate', '--check', '--data', fresh])).code, 0);
    } else {
      const none = await run(['migrate', '--check', '--data', path.join(tempDir(), 'none')]);
      assert.equal(none.code, 1, none.text);
      assert.match(none.stderr, /there is no database at/);
    }
  });

  // On PostgreSQL from there to SQLite and back into another database; without it from one SQLite to the next.
  it('moves to another database and back, through kills, and both sides agree', async () => {
    let from = source;
    for (const [step, toPostgres] of [[1, false], [2, true]]) {
      const data = folder();
      const to = toPostgres ? placeOf(data) : `sqlite:${data}`;
      const fromPlace = step === 1 ? placeOf(from) : `sqlite:${from}`;
      const command = ['migrate', '--from', fromPlace, '--to', to];
      let done;
      for (const delay of [5, 15, 30, 45, 60, 0]) {
        const child = spawn(binary, command, { stdio: ['ignore', 'pipe', 'pipe'] });
        done = { text: '' };
        for (const out of [child.stdout, child.stderr]) out.setEncoding('utf8').on('data', (text) => (done.text += text));
        const timer = delay && setTimeout(() => child.kill('SIGKILL'), delay);
        done.code = await new Promise((resolve) => child.once('close', resolve));
        clearTimeout(timer);
        if (done.code === 0) break;
      }
      // A kill may also come when all is done.
      if (!/is not empty/.test(done.text)) {
        assert.equal(done.code, 0, done.text);
        assert.match(done.text, /^call +17 +17 +([0-9a-f]{16}) +\1 +same$/m);
        assert.match(done.text, /Both sides agree/);
      }
      const env = toPostgres ? {} : { WRAPUP_DATABASE: '' };
      await assertSame(data, env);
      const again = await run(command);
      assert.equal(again.code, 1, again.text);
      assert.match(again.stderr, /is not empty/);
      from = data;
    }
  });

  it('refuses what is being served, and says what to do', async () => {
    const server = await Server.start({ data: source });
    const done = await run(['migrate', '--from', placeOf(source), '--to', `sqlite:${path.join(tempDir(), 'to')}`]);
    assert.equal(done.code, 1, done.text);
    assert.match(done.stderr, /is being served.*--read-only/);
    await server.stop();
    for (const wrong of [['--from', 'sqlite:x'], ['--from', 'nowhere', '--to', 'sqlite:y'], ['--check', '--from', 'sqlite:x', '--to', 'sqlite:y']]) {
      assert.equal((await run(['migrate', ...wrong])).code, 2, wrong.join(' '));
    }
  });
});

/** A standby of the server of scripts/postgres, in a folder of its own. */
class Standby {
  constructor() {
    this.folder = fs.mkdtempSync('/tmp/wrapup-standby-');
    fs.chmodSync(this.folder, 0o755);
    const bin = execFileSync('bash', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1'], { encoding: 'utf8' }).trim();
    const root = process.getuid() === 0;
    if (root) execFileSync('chown', ['postgres:postgres', this.folder]);
    this.run = (program, ...rest) => {
      const owner = root ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];
      const [command, ...all] = [...owner, `${bin}/${program}`, '-D', `${this.folder}/data`, ...rest];
      execFileSync(command, all, { cwd: '/', stdio: 'ignore' }); // its server would keep a pipe open
    };
  }

  start() {
    this.run('pg_basebackup', '-d', process.env.WRAPUP_TEST_POSTGRES, '-R', '-c', 'fast');
    this.run('pg_ctl', '-l', `${this.folder}/log`, '-w', '-o', `-p 5439 -k ${this.folder} -c listen_addresses= -c max_connections=200`, 'start');
  }

  /** The same database as that URL of the primary names. */
  url(primary) {
    return primary.replace(/host=[^&]*/, `host=${this.folder}`).replace(/port=\d+/, 'port=5439');
  }

  remove() {
    try {
      this.run('pg_ctl', '-m', 'immediate', '-w', 'stop');
    } finally {
      fs.rmSync(this.folder, { recursive: true, force: true });
    }
  }
}

describe('a standby', { skip: onPostgres ? false : 'needs PostgreSQL: scripts/postgres' }, () => {
  let standby;
  let env;
  before(() => {
    standby = new Standby();
    standby.start();
    env = { WRAPUP_DATABASE: standby.url(placeOf(source)) };
  });
  after(() => standby?.remove());

  it('serves reads, and what the primary stores a moment later', async () => {
    await assertSame(source, env);
    const reader = await Server.start({ data: source, ...readOnly, env });
    const writer = await Server.start({ data: source });
    const model = await makeSilentAgent(writer.api);
    const id = await reportCall(writer.api, model, receiver.url('/hook'));
    await eventually('the call to be seen', async () => (await reader.api.get(`/v2/calls/${id}`)).status === 200);
    assertError(await reader.api.post('/v2/calls', {}), 503, { code: 'read_only' });
    await writer.stop();
    await reader.stop();
  });

  it('is looked at, exported from, and never written to', async () => {
    const checked = await run(['migrate', '--check'], { env });
    assert.equal(checked.code, 0, checked.text);
    const target = path.join(tempDir(), 'standby.export');
    assert.equal((await run(['export', target], { env })).code, 0);
    const done = await run(['migrate'], { env });
    assert.equal(done.code, 1, done.text);
    const served = await run(['serve', '--data', folder(), '--listen', '127.0.0.1:0'], { env });
    assert.equal(served.code, 1, served.text);
  });
});

describe('a server that only reads', () => {
  let server;
  before(async () => (server = await Server.start({ data: source, ...readOnly, env: { WRAPUP_READ_ONLY: 'true' }, args: [] })));
  after(() => server?.stop());

  it('serves reads, and refuses everything that would change something', async () => {
    const { api } = server;
    const [call] = (await api.get('/v2/calls')).ok().calls;
    const inbox = (await api.get('/v2/inboxes')).ok().inboxes[0];
    for (const [method, where, body] of [
      ['POST', '/v2/calls', {}],
      ['POST', '/v2/calls/report', {}],
      ['POST', `/v2/calls/${call.call_id}/events`, []],
      ['PUT', '/v2/workspace', {}],
      ['DELETE', `/v2/inboxes/${inbox.token}`],
      ['POST', '/v2/webhooks/test', { url: receiver.url('/test') }],
      ['POST', '/v2/session', { key: devKey }],
      ['GET', `/in/${inbox.token}`],
    ]) {
      const reply = await api.request(method, where, { body });
      assertError(reply, 503, { code: 'read_only', says: /only reads.*send what changes something to another one, or later/ });
      assert.equal(reply.headers['retry-after'], '30', where);
    }
  });

  it('tells a load balancer that it takes nothing, and one for reads that it serves them', async () => {
    const all = await server.api.as(null).get('/readyz');
    assertError(all, 503, { code: 'read_only', says: /readyz\?for=reads/ });
    const reads = await server.api.as(null).get('/readyz?for=reads');
    assert.equal(reads.status, 200);
    assert.equal(reads.json.status, 'ready');
    assertError(await server.api.as(null).get('/readyz?for=writes'), 400, { path: 'for' });
  });

  it('stands beside one that writes, sees what that one stores, and delivers nothing itself', async () => {
    const writer = await Server.start({ data: source });
    assert.equal((await writer.api.as(null).get('/readyz?for=reads')).status, 200);
    const model = await makeSilentAgent(writer.api);
    receiver.script('/once', [{ status: 503, headers: { 'retry-after': '3' } }, { status: 204 }]);
    const id = await reportCall(writer.api, model, receiver.url('/once'));
    const [refused] = await receiver.wait('/once', 1);
    await eventually('the call to be seen', async () => (await server.api.get(`/v2/calls/${id}`)).status === 200);
    await eventually('the attempt to be logged', async () => (await writer.api.get(`/v2/logs?call_id=${id}`)).ok().items.length === 1);
    await writer.kill();
    await sleep(refused.at + 4000 - Date.now()); // it is due now, and nobody is there who may
    assert.equal(receiver.got('/once').length, 1);
    await writer.start();
    await receiver.wait('/once', 2);
    await writer.stop();
  });
});
