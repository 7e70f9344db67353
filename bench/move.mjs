#!/usr/bin/env node
// Moving a filled database from SQLite to PostgreSQL, and through a file: time, rows a second, peak memory, and whether both answer alike.
// Figures, not tests; bounded in count.
//   scripts/postgres --durable node bench/move.mjs [--count 1000000] [--data FOLDER] [--sample 500] [--file 0|1]
// `--data`: where the calls are made, and left; what is there already is taken as it is. WRAPUP_BIN names another binary than
// build/release/wrapup.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

const args = process.argv.slice(2);
const option = (name, otherwise) => (args.includes(`--${name}`) ? args[args.indexOf(`--${name}`) + 1] : otherwise);
const count = Number(option('count', 1_000_000));
const postgres = process.env.WRAPUP_TEST_POSTGRES;
delete process.env.WRAPUP_TEST_POSTGRES; // the servers below say themselves where they keep what they have
const { makeSilentAgent, report } = await import('../tests/integration/lib/calls.mjs');
const { binary, devKey, eventually, Server, tempDir } = await import('../tests/integration/lib/server.mjs');
const first = Date.UTC(2026, 2, 1); // when the first call began; then one a second
const say = (facts) => console.log(JSON.stringify(facts));

/** Reports finished calls over 64 connections, and waits until each webhook was taken. */
async function fill(data) {
  let taken = 0;
  const receiver = http.createServer((request, reply) => {
    request.resume().on('end', () => {
      taken++;
      reply.writeHead(204).end();
    });
  });
  await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const server = await Server.start({ data });
  const agent = await makeSilentAgent(server.api);
  const url = `http://127.0.0.1:${receiver.address().port}/hook`;
  const began = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const i = next++;
      const started = first + i * 1000;
      const times = { started_at: started, answered_at: started + 7000, ended_at: started + 90_000 };
      (await server.api.post('/v2/calls/report', report(agent, url, { ...times, metadata: { ref: `call ${i}` } }))).ok();
    }
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  await eventually('all to be taken', () => taken >= count, 600_000, 500);
  say({ part: 'fill', calls: count, seconds: Math.round((performance.now() - began) / 1000) });
  await server.stop(60_000);
  receiver.close();
}

/** Runs a command, and tells how long it took and how much memory at most. */
async function timed(part, command) {
  const began = performance.now();
  const child = spawn(binary, command, { stdio: ['ignore', 'inherit', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => (text += piece));
  let peak = 0;
  const timer = setInterval(() => {
    const known = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'));
    if (known) peak = Math.max(peak, Number(known[1]) / 1024);
  }, 200);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${text.slice(-2000)}`);
  const lines = text.trim().split('\n');
  say({ part, seconds: Math.round((performance.now() - began) / 100) / 10, peak_mb: Math.round(peak), said: lines.slice(-4) });
}

/** Serves two databases to be read, and compares what they answer about the same calls, byte for byte. */
async function compare(one, other, sample) {
  const servers = await Promise.all(
    [one, other].map((options) => Server.start({ ...options, dev: false, key: devKey, args: ['--read-only'], readyPath: '/readyz?for=reads' })),
  );
  const same = async (where) => {
    const [a, b] = await Promise.all(servers.map((server) => server.api.get(where)));
    if (a.status !== 200 || a.text !== b.text) throw new Error(`${where} differs:\n${a.text.slice(0, 500)}\n${b.text.slice(0, 500)}`);
    return a.json.response;
  };
  let bytes = 0;
  let done = 0;
  const { total_records } = (await same('/v2/calls?limit=1')).pagination;
  for (; done < sample; done++) {
    const { calls } = await same(`/v2/calls?limit=1&to_date=${first + Math.ceil(((done + 1) * total_records) / sample) * 1000}`);
    await same(`/v2/calls/${calls[0].call_id}`);
    for (const { webhook_log_id } of (await same(`/v2/logs?call_id=${calls[0].call_id}`)).items) {
      bytes += Buffer.byteLength(JSON.stringify((await same(`/v2/logs/${webhook_log_id}`)).request_payload));
    }
  }
  for (const server of servers) await server.stop();
  say({ part: 'compare', calls: done, of: total_records, payload_bytes: bytes, differences: 0 });
}

if (!postgres) throw new Error('run it by scripts/postgres --durable');
const data = path.resolve(option('data', path.join(tempDir(), 'data')));
if (!fs.existsSync(path.join(data, 'wrapup.db'))) await fill(data);
say({ part: 'source', mb: Math.round(fs.statSync(path.join(data, 'wrapup.db')).size / 1e6) });
await timed('migrate', ['migrate', '--from', `sqlite:${data}`, '--to', postgres]);
const key = fs.readFileSync(path.join(data, 'master.key'), 'utf8').split('\n').find((line) => line && !line.startsWith('#'));
await compare({ data }, { env: { WRAPUP_DATABASE: postgres, WRAPUP_MASTER_KEY: key } }, Number(option('sample', 500)));
if (option('file', '0') !== '0') {
  const folder = tempDir();
  await timed('export', ['export', path.join(folder, 'all.export'), '--data', data]);
  say({ part: 'file', mb: Math.round(fs.statSync(path.join(folder, 'all.export')).size / 1e6) });
  fs.mkdirSync(path.join(folder, 'data'));
  fs.copyFileSync(path.join(data, 'master.key'), path.join(folder, 'data/master.key'));
  await timed('import', ['import', path.join(folder, 'all.export'), '--data', path.join(folder, 'data')]);
  fs.rmSync(path.join(folder, 'all.export'));
  await compare({ data }, { data: path.join(folder, 'data') }, Number(option('sample', 500)));
}
