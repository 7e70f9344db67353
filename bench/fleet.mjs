#!/usr/bin/env node
// What a webhook costs on SQLite and on PostgreSQL with one, two and three nodes, all on this machine: webhooks a second, CPU of wrapup
// and of the database, statements, answers of the database (about the round trips), write-ahead log, bytes on disk. Figures, not tests.
//   node bench/fleet.mjs HARNESS [--count 6000] [--runs 2] [--nodes 0,1,2,3]     0: SQLite
// HARNESS is the folder of a load harness with build/wload, build/wsink and templates/report-10k.json. Runs are alternated; each is
// bounded in count, and ends after two minutes. WRAPUP_BIN names another binary than build/release/wrapup, or several with commas between.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const [harness, ...rest] = process.argv.slice(2);
const option = (name, otherwise) => (rest.includes(`--${name}`) ? rest[rest.indexOf(`--${name}`) + 1] : otherwise);
const count = Number(option('count', 6000));
const runs = Number(option('runs', 2));
const sizes = option('nodes', '0,1,2,3').split(',').map(Number);
const binaries = (process.env.WRAPUP_BIN ?? path.join(root, 'build/release/wrapup')).split(',');
const databasePort = 5599;
const loaders = 6; // each to a URL of its own, so that there are lanes for every node
if (count % loaders !== 0) throw new Error(`--count ${count}: must be a multiple of ${loaders}, the number of load makers`);

const database = process.env.WRAPUP_TEST_POSTGRES;
if (!database) {
  const within = ['--durable', '--tcp', databasePort, '--set', 'shared_preload_libraries=pg_stat_statements', '--set', 'shared_buffers=512MB', '--set', 'max_wal_size=4GB'];
  process.exit(spawnSync(path.join(root, 'scripts/postgres'), [...within, 'node', ...process.argv.slice(1)].map(String), { stdio: 'inherit' }).status ?? 1);
}

const key = 'wk_bench_0123456789abcdef0123456789abcdef';
const secret = 'whsec_bm90IGEgc2VjcmV0LCBvbmx5IGFuIGV4YW1wbGU=';
const sinkPort = 8966;
const sink = `http://127.0.0.1:${sinkPort}`;
const sql = (text, url = database) => execFileSync('psql', [url, '-Atc', text], { encoding: 'utf8' }).trim();
const postmaster = Number(sql('SELECT pg_postmaster_start_time()') && fs.readFileSync(`${sql('SHOW data_directory')}/postmaster.pid`, 'utf8').split('\n')[0]);

/** User and system time of a process in ms, with that of its children that have ended. */
function cpuOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]) * 10, 0);
}
function cpuOfPostgres() {
  const children = fs.readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  return cpuOf(postmaster) + children.reduce((sum, pid) => sum + (fs.existsSync(`/proc/${pid}`) ? cpuOf(pid) : 0), 0);
}
/** Segments with data that the database sent to clients. */
function answersOfPostgres() {
  const text = spawnSync('ss', ['-tinH', 'sport', '=', `:${databasePort}`], { encoding: 'utf8' }).stdout;
  return [...text.matchAll(/data_segs_out:(\d+)/g)].reduce((sum, [, segments]) => sum + Number(segments), 0);
}

async function until(what, probe, ms) {
  for (const end = Date.now() + ms; Date.now() < end; await sleep(20)) {
    const value = await probe().catch(() => null);
    if (value) return value;
  }
  throw new Error(`not within ${ms} ms: ${what}`);
}
const stats = async () => (await fetch(`${sink}/__stats`)).json();

class Run {
  constructor(binary, nodes, number) {
    Object.assign(this, { binary, nodes, folder: fs.mkdtempSync(path.join(os.tmpdir(), 'wrapup-fleet-')), children: [], servers: [] });
    this.name = `bench_${number}`;
    this.url = `postgres://postgres@127.0.0.1:${databasePort}/${this.name}`;
    this.run = Math.random().toString(16).slice(2, 10);
  }
  spawn(command, args, env = {}) {
    const child = spawn(command, args.map(String), { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
    child.ended = new Promise((resolve) => child.once('close', resolve));
    this.children.push(child);
    return child;
  }

  async start() {
    if (this.nodes > 0) sql(`CREATE DATABASE ${this.name}`);
    const env = this.nodes > 0 ? { WRAPUP_DATABASE: this.url, WRAPUP_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') } : {};
    this.spawn(`${harness}/build/wsink`, ['--port', sinkPort, '--max', 400000, '--secret', secret, '--verify-every', 20]);
    for (let i = 0; i < Math.max(1, this.nodes); i++) {
      const port = sinkPort + 1 + i;
      const line = ['serve', '--data', `${this.folder}/${i}`, '--listen', `127.0.0.1:${port}`, '--dev', '--api-key', key, '--webhook-secret', secret];
      const server = this.spawn(this.binary, line, { ...env, WRAPUP_LOG_LEVEL: 'error' });
      this.servers.push({ pid: server.pid, url: `http://127.0.0.1:${port}` });
      await until('a node is ready', async () => server.exitCode === null && (await fetch(`${this.servers[i].url}/readyz`)).ok, 20_000);
    }
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ type: 'outbound', name: 'bench', agent: { prompt: 'You help callers.' } });
    await fetch(`${this.servers[0].url}/v2/assistants/019a0000-0000-7000-8000-000000000001`, { method: 'PUT', headers, body });
    await this.load(600, 0);
    if (this.nodes > 1) await sleep(8000); // the slots are shared out
    await this.load(600, 600);
  }

  /** Reports so many calls and waits until all are delivered. */
  async load(calls, first) {
    await fetch(`${sink}/__reset?run=${this.run}`, { method: 'POST' });
    const share = calls / loaders;
    const started = performance.now();
    const all = Array.from({ length: loaders }, (_, i) => {
      const { url } = this.servers[i % this.servers.length];
      return this.spawn(`${harness}/build/wload`, [
        ...['--url', `${url}/v2/calls/report`, '--body', `${harness}/templates/report-10k.json`, '--count', share, '--first', first + i * share],
        ...['--run', this.run, '--dest', `${sink}/x${i}`, '--conns', Math.ceil(64 / loaders), '--max-seconds', 120],
        ...['--header', `Authorization: Bearer ${key}`, '--header', 'Content-Type: application/json'],
      ]).ended;
    });
    await Promise.all(all);
    const accepted = performance.now() - started;
    await until('all are delivered', async () => (await stats()).distinct >= calls, 120_000);
    return { accepted, delivered: performance.now() - started };
  }

  snapshot() {
    const onPostgres = this.nodes > 0;
    return {
      wrapup: this.servers.reduce((sum, { pid }) => sum + cpuOf(pid), 0),
      postgres: onPostgres ? cpuOfPostgres() : 0,
      wal: onPostgres ? Number(sql("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")) : 0,
      disk: onPostgres ? Number(sql(`SELECT pg_database_size('${this.name}')`)) : this.fileSize(),
      statements: onPostgres ? Number(sql("SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = '" + this.name + "')")) : 0,
      answers: onPostgres ? answersOfPostgres() : 0,
    };
  }
  fileSize = () => Number(execFileSync('sqlite3', [`${this.folder}/0/wrapup.db`, 'SELECT page_count * page_size FROM pragma_page_count, pragma_page_size'], { encoding: 'utf8' }));

  async measure() {
    await this.start();
    const before = this.snapshot();
    const { accepted, delivered } = await this.load(count, 1200);
    await sleep(1500); // the last outcomes are written down
    const after = this.snapshot();
    const each = (name, digits = 0) => Number(((after[name] - before[name]) / count).toFixed(digits));
    return {
      database: this.nodes > 0 ? 'postgresql' : 'sqlite',
      nodes: Math.max(1, this.nodes),
      accepted_per_s: Math.round((count / accepted) * 1000),
      delivered_per_s: Math.round((count / delivered) * 1000),
      wrapup_cpu_us: Math.round(((after.wrapup - before.wrapup) * 1000) / count),
      database_cpu_us: Math.round(((after.postgres - before.postgres) * 1000) / count),
      statements: each('statements', 1),
      answers: each('answers', 1),
      wal_bytes: each('wal'),
      disk_bytes: each('disk'),
    };
  }

  async end() {
    for (const child of this.children) child.kill('SIGTERM');
    await Promise.all(this.children.map((child) => child.ended));
    if (this.nodes > 0) sql(`DROP DATABASE IF EXISTS ${this.name} WITH (FORCE)`);
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

sql('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
let number = 0;
for (let round = 0; round < runs; round++) {
  for (const nodes of sizes) {
    for (const binary of binaries) {
      const run = new Run(binary, nodes, ++number);
      try {
        const figures = await run.measure();
        console.log(JSON.stringify({ ...(binaries.length > 1 ? { binary } : {}), ...figures, load: Number(os.loadavg()[0].toFixed(1)) }));
        if (option('statements', '') && nodes > 0)
          console.log(sql(`SELECT calls, round(total_exec_time::numeric, 1), round(total_plan_time::numeric, 1), wal_bytes, left(query, 90) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = '${run.name}') ORDER BY total_exec_time DESC LIMIT 14`));
      } finally {
        await run.end();
      }
    }
  }
}
