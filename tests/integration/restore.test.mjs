// Backups made while it runs, restored as docs/operations/backup.md says: what was accepted until then is there, what waited then is
// sent again under its id, what came later is not there. PostgreSQL: a server of its own here, with its log archived.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { logsOf, makeSilentAgent, report } from './lib/calls.mjs';
import { Receiver } from './lib/receiver.mjs';
import { eventually, Server, tempDir } from './lib/server.mjs';

const config = `[delivery]\nretry_schedule = [${Array(20).fill('"1s"')}]\n`;
let receiver;
before(async () => (receiver = await Receiver.start()));
after(() => receiver?.close());

/** Reports calls to the path; returns their ids. */
async function send(server, model, place, count = 3) {
  const ids = [];
  for (let i = 0; i < count; i++) {
    ids.push((await server.api.post('/v2/calls/report', report(model, receiver.url(place)))).ok().call_id);
  }
  return ids;
}
const of = (ids) => (request) => ids.includes(request.json?.call?.call_id);
const webhooks = (ids) => receiver.got(of(ids)).map((request) => request.headers['webhook-id']);
async function statuses(server, ids) {
  const found = [];
  for (const id of ids) found.push((await server.api.get(`/v2/calls/${id}`)).status);
  return found;
}

/** Calls delivered before the backup and after it, one that waits when `mark` is called, and what came after that. */
async function live(server, backup, mark) {
  receiver.script('/down', [{ status: 503 }], { forever: true });
  const model = await makeSilentAgent(server.api);
  const known = await send(server, model, '/up');
  await receiver.wait(of(known), 3);
  await backup?.();
  known.push(...(await send(server, model, '/up')));
  await receiver.wait(of(known), 6);
  for (const id of known) await logsOf(server.api, id); // their deliveries have ended before the mark
  const [waiting] = await send(server, model, '/down', 1);
  await receiver.wait(of([waiting]));
  await mark();
  const later = await send(server, model, '/up');
  await receiver.wait(of(later), 3);
  receiver.script('/down', [{ status: 200 }], { forever: true });
  const before = receiver.got(of([waiting])).length;
  await receiver.wait(of([waiting]), before + 1);
  return { model, known, waiting, later };
}

/** Starts the server on what was restored as of the mark. */
async function startAsMarked(server, { model, known, waiting, later }) {
  const sent = webhooks([waiting]).length;
  await server.start();
  assert.deepEqual(await statuses(server, [...known, waiting]), Array(known.length + 1).fill(200));
  assert.deepEqual(await statuses(server, later), [404, 404, 404]);
  await receiver.wait(of([waiting]), sent + 1, 20_000);
  await eventually('what waited is delivered', async () => {
    const log = (await server.api.get(`/v2/logs?call_id=${waiting}`)).ok();
    return log.items.some((entry) => entry.status === 'success');
  });
  assert.equal(new Set(webhooks([waiting])).size, 1, 'always under one id');
  const fresh = await send(server, model, '/up', 1);
  await receiver.wait(of(fresh));
  assert.equal(webhooks(known).length, known.length, 'what had been delivered is not sent again');
}

describe('a backup of SQLite', () => {
  for (const [name, statement] of [
    ['VACUUM INTO', (file) => `VACUUM INTO '${file}'`],
    ['.backup', (file) => `.backup '${file}'`],
  ]) {
    it(`made with ${name} is restored`, async () => {
      const server = new Server({ config, env: { WRAPUP_DATABASE: '' } });
      await server.start();
      const file = path.join(tempDir(), 'backup.db');
      const seen = await live(server, null, () => execFileSync('sqlite3', [path.join(server.data, 'wrapup.db'), statement(file)]));
      await server.stop();
      const restored = new Server({ config, env: { WRAPUP_DATABASE: '' } });
      fs.mkdirSync(restored.data, { recursive: true });
      fs.copyFileSync(file, path.join(restored.data, 'wrapup.db'));
      fs.copyFileSync(path.join(server.data, 'master.key'), path.join(restored.data, 'master.key'));
      await startAsMarked(restored, seen);
      await restored.stop();
    });
  }
});

const programs = fs
  .readdirSync('/usr/lib/postgresql')
  .map((version) => `/usr/lib/postgresql/${version}/bin`)
  .at(-1);
const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'] : [];

/** A PostgreSQL server with archived write-ahead log. */
class Cluster {
  constructor() {
    this.folder = tempDir();
    fs.chmodSync(this.folder, 0o755);
    if (asOwner.length) execFileSync('chown', ['postgres:postgres', this.folder]);
    this.run('mkdir', path.join(this.folder, 'archive'));
    this.run(`${programs}/initdb`, '-D', this.place('live'), '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync');
    this.configure('live', ["archive_mode = on", `archive_command = 'test ! -f ${this.folder}/archive/%f && cp %p ${this.folder}/archive/%f'`]);
    this.start('live');
    this.psql('CREATE DATABASE wrapup', 'postgres');
  }
  url = () => `postgres:///wrapup?host=${this.folder}&user=postgres`;
  place = (name) => path.join(this.folder, name);
  // pg_ctl's server would keep a pipe open.
  run(program, ...args) {
    const [command, ...rest] = [...asOwner, program, ...args];
    execFileSync(command, rest, { cwd: '/', stdio: 'ignore' });
  }
  configure(name, lines) {
    const mine = [`unix_socket_directories = '${this.folder}'`, "listen_addresses = ''", 'fsync = off', ...lines];
    fs.appendFileSync(path.join(this.place(name), 'postgresql.auto.conf'), mine.join('\n') + '\n');
  }
  start(name) {
    this.running = name;
    this.run(`${programs}/pg_ctl`, '-D', this.place(name), '-l', this.place(`${name}.log`), '-w', 'start');
  }
  stop() {
    if (this.running) this.run(`${programs}/pg_ctl`, '-D', this.place(this.running), '-m', 'fast', '-w', 'stop');
    this.running = undefined;
  }
  psql(sql, database = 'wrapup') {
    return execFileSync('psql', ['-h', this.folder, '-U', 'postgres', '-Atc', sql, database], { encoding: 'utf8' }).trim();
  }

  baseBackup() {
    this.run(`${programs}/pg_basebackup`, '-h', this.folder, '-U', 'postgres', '-D', this.place('base'), '-c', 'fast');
  }
  /** Until all that was written is in the archive. */
  async archived() {
    const last = this.psql('SELECT pg_walfile_name(pg_switch_wal())');
    await eventually('the log is archived', () => this.psql('SELECT last_archived_wal FROM pg_stat_archiver') >= last);
  }
  /** The base backup with the archived log, up to a target or to the end. */
  async restore(name, target) {
    this.run('cp', '-a', this.place('base'), this.place(name));
    this.configure(name, ['archive_mode = off', `restore_command = 'cp ${this.folder}/archive/%f %p'`, ...target]);
    this.run('touch', path.join(this.place(name), 'recovery.signal'));
    this.start(name);
    await eventually('it is restored', () => this.psql('SELECT pg_is_in_recovery()') === 'f', 30_000);
  }
}

describe('a backup of PostgreSQL', () => {
  let cluster;
  let server;
  let seen;
  let time;

  before(async () => {
    cluster = new Cluster();
    server = new Server({ config, env: { WRAPUP_DATABASE: cluster.url() } });
    await server.start();
    seen = await live(
      server,
      () => cluster.baseBackup(),
      () => (time = cluster.psql('SELECT clock_timestamp()')),
    );
    await server.stop();
    await cluster.archived();
    cluster.stop();
  });
  after(async () => {
    await server?.stop();
    cluster?.stop();
  });

  it('is restored to a point in time', async () => {
    await cluster.restore('then', [`recovery_target_time = '${time}'`, "recovery_target_action = 'promote'"]);
    await startAsMarked(server, seen);
    await server.stop();
    cluster.stop();
  });

  it('is restored to the end of the archived log', async () => {
    await cluster.restore('end', []);
    const sent = webhooks([seen.waiting]).length;
    await server.start();
    assert.deepEqual(await statuses(server, [...seen.known, seen.waiting, ...seen.later]), Array(10).fill(200));
    const fresh = await send(server, seen.model, '/up', 1);
    await receiver.wait(of(fresh));
    assert.equal(webhooks([seen.waiting]).length, sent, 'what had been delivered by then is not sent again');
  });
});
