#!/usr/bin/env node
// Delivery under trouble, against the built program: what is lost, who waits, how often a receiver is asked. Figures, not tests; each
// part is bounded in count and time.
//   node bench/delivery.mjs loss [--seconds 300] [--rate 200] [--seed 1]      kill -9 every 3 to 8 seconds under load
//   node bench/delivery.mjs isolation [--seconds 60] [--rate 200] [--rounds 2] 1,000 receivers, a tenth of which hang; beside it how long the disk takes
//   node bench/delivery.mjs ratecare [--seconds 60]                           429 with Retry-After: 20 for a minute
//   node bench/delivery.mjs pending [--count 1000000]                         kill -9 and a restart with so many deliveries waiting
// WRAPUP_BIN names another binary than build/release/wrapup.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { makeSilentAgent, report } from '../tests/integration/lib/calls.mjs';
import { eventually, Server, sleep, tempDir } from '../tests/integration/lib/server.mjs';

const [part, ...rest] = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = rest.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(rest[at + 1]);
};
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const say = (facts) => console.log(JSON.stringify({ part, ...facts }));

/** Mulberry32. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A receiver that only notes: by `metadata.ref`, when it came first, how often, and under which ids. */
class Counter {
  constructor(answer = (request, reply) => reply.writeHead(204).end()) {
    this.seen = new Map();
    this.requests = 0;
    this.server = http.createServer((request, reply) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        this.requests++;
        const ref = /"ref":"([^"]+)"/.exec(Buffer.concat(chunks).toString('utf8'))?.[1];
        const known = this.seen.get(ref);
        if (known) known.count++, known.ids.add(request.headers['webhook-id']);
        else this.seen.set(ref, { at: performance.now(), count: 1, ids: new Set([request.headers['webhook-id']]) });
        answer(request, reply);
      });
      request.on('error', () => {});
      reply.on('error', () => {});
    });
    this.server.keepAliveTimeout = 60_000;
  }

  async start() {
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  url(path) {
    return `http://127.0.0.1:${this.server.address().port}${path}`;
  }
}

/** Sends `rate` reports a second for so long; `urlOf(i)` says where each must go. Latency counts from when a report was due. */
async function load(server, agent, { rate, seconds, prefix, urlOf }) {
  const due = new Map();
  const accepted = new Set();
  let broken = 0;
  const began = performance.now();
  const open = new Set();
  for (let i = 0; i < rate * seconds; i++) {
    const at = began + (i * 1000) / rate;
    while (performance.now() < at) await sleep(Math.max(0, Math.floor(at - performance.now())));
    const ref = `${prefix}-${i}`;
    due.set(ref, at);
    const sent = server.api
      .post('/v2/calls/report', report(agent, urlOf(i), { external_id: ref, metadata: { ref } }))
      .then((reply) => (reply.status === 200 ? accepted.add(ref) : broken++))
      .catch(() => broken++)
      .finally(() => open.delete(sent));
    open.add(sent);
  }
  await Promise.all(open);
  return { due, accepted, broken };
}

const memory = (server, what = 'VmHWM') =>
  Number(new RegExp(`${what}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]) / 1024;

/** How long the disk takes for 4 KB and an fdatasync, asked 20 times a second on a thread of its own. Answers the times since it was last asked. */
function watchDisk(folder) {
  const thread = new Worker(
    `const fs = require('node:fs'), { parentPort, workerData } = require('node:worker_threads');
     const file = fs.openSync(workerData, 'w'), bytes = Buffer.alloc(4096, 1);
     let times = [];
     parentPort.on('message', () => { parentPort.postMessage(times); times = []; });
     setInterval(() => {
       const began = performance.now();
       fs.writeSync(file, bytes, 0, 4096, 0);
       fs.fdatasyncSync(file);
       times.push(performance.now() - began);
     }, 50);`,
    { eval: true, workerData: `${folder}/disk-probe` },
  );
  thread.unref();
  return async () => {
    thread.postMessage('now');
    const [times] = await once(thread, 'message');
    return times.sort((a, b) => a - b);
  };
}

async function allArrived(counter, accepted, timeout) {
  await eventually('all accepted to arrive', () => [...accepted].every((ref) => counter.seen.has(ref)), timeout, 250).catch(() => {});
  return [...accepted].filter((ref) => !counter.seen.has(ref)).length;
}

async function loss() {
  const next = random(option('seed', 1));
  const counter = await new Counter().start();
  const server = await Server.start();
  const agent = await makeSilentAgent(server.api);
  const seconds = option('seconds', 300);
  let kills = 0;
  let longestStart = 0;
  let over = false;
  const killing = (async () => {
    while (!over) {
      await sleep(3000 + next() * 5000);
      if (over) break;
      await server.kill();
      kills++;
      const began = performance.now();
      await server.start();
      longestStart = Math.max(longestStart, performance.now() - began);
    }
  })();
  const { due, accepted, broken } = await load(server, agent, { rate: option('rate', 200), seconds, prefix: 'loss', urlOf: () => counter.url('/hook') });
  over = true;
  await killing;
  const lost = await allArrived(counter, accepted, 90_000);
  await sleep(3000);
  const waits = [...accepted].filter((ref) => counter.seen.has(ref)).map((ref) => counter.seen.get(ref).at - due.get(ref));
  const seen = [...counter.seen.values()];
  say({
    kills,
    accepted: accepted.size,
    broken,
    lost,
    repeated: seen.reduce((sum, { count }) => sum + count - 1, 0),
    'more than one id': seen.filter(({ ids }) => ids.size > 1).length,
    'longest wait s': +(Math.max(...waits) / 1000).toFixed(2),
    'longest start s': +(longestStart / 1000).toFixed(2),
  });
  await server.stop();
}

async function isolation() {
  const hanging = new Set();
  const counter = await new Counter((request, reply) => {
    if (request.url.startsWith('/hang/')) {
      hanging.add(reply);
      setTimeout(() => reply.writeHead(204).end(), 30_000);
    } else reply.writeHead(204).end();
  }).start();
  const server = await Server.start({ config: '[delivery]\ntimeout = "40s"\n' });
  const agent = await makeSilentAgent(server.api);
  const rate = option('rate', 200);
  const seconds = option('seconds', 60);
  const disk = watchDisk(tempDir());
  const healthy = (i) => counter.url(`/ok/${i % 900}`);
  const latencies = async (prefix, urlOf) => {
    await disk();
    const { due, accepted } = await load(server, agent, { rate, seconds, prefix, urlOf });
    const disked = await disk();
    const mine = [...accepted].filter((ref) => urlOf(Number(ref.split('-')[1])).includes('/ok/'));
    await allArrived(counter, new Set(mine), 30_000);
    const waits = mine.map((ref) => counter.seen.get(ref).at - due.get(ref)).sort((a, b) => a - b);
    const figures = (sorted) => ({ p50: +quantile(sorted, 0.5).toFixed(2), p99: +quantile(sorted, 0.99).toFixed(2), max: +sorted.at(-1).toFixed(1) });
    return { n: waits.length, ...figures(waits), disk: figures(disked) };
  };
  await latencies('warm', healthy);
  const rounds = [];
  for (let round = 0; round < option('rounds', 2); round++) {
    rounds.push({ 'all healthy': await latencies(`a${round}`, healthy) });
    rounds.push({ 'a tenth hangs': await latencies(`b${round}`, (i) => (i % 10 === 9 ? counter.url(`/hang/${(i / 10) % 100 | 0}`) : healthy(i))) });
  }
  say({ rounds, 'peak MB': Math.round(memory(server)), 'requests that hung': hanging.size });
  await server.kill();
}

async function ratecare() {
  const until = { at: Infinity };
  let refused = 0;
  const counter = await new Counter((request, reply) => {
    if (performance.now() < until.at) {
      refused++;
      reply.writeHead(429, { 'retry-after': '20' }).end();
    } else reply.writeHead(204).end();
  }).start();
  const server = await Server.start();
  const agent = await makeSilentAgent(server.api);
  const seconds = option('seconds', 60);
  until.at = performance.now() + seconds * 1000;
  const { accepted } = await load(server, agent, { rate: 10, seconds, prefix: 'rate', urlOf: () => counter.url('/hook') });
  while (performance.now() < until.at) await sleep(50);
  const inThatTime = refused;
  const left = accepted.size;
  const delivered = async () => (await server.api.get('/v2/logs?status=success&page_size=1')).ok().total;
  await eventually('the line to be empty', async () => (await delivered()) >= left, 120_000, 100);
  say({ seconds, waiting: left, 'requests in that time': inThatTime, 'drained s after': +((performance.now() - until.at) / 1000).toFixed(1) });
  await server.stop();
}

async function pending() {
  const counter = await new Counter().start();
  const server = await Server.start();
  const agent = await makeSilentAgent(server.api);
  const count = option('count', 1_000_000);
  const url = counter.url('/hook');
  const { endpoint_id } = (await server.api.post('/v2/endpoints', { url })).ok();
  (await server.api.post(`/v2/endpoints/${endpoint_id}/pause`)).ok();
  const body = report(agent, url, {});
  let next = 0;
  const began = performance.now();
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (next < count) {
        const ref = `pending-${next++}`;
        (await server.api.post('/v2/calls/report', { ...body, external_id: ref, metadata: { ref } })).ok();
      }
    }),
  );
  const filled = (performance.now() - began) / 1000;
  (await server.api.post(`/v2/endpoints/${endpoint_id}/resume`)).ok();
  await eventually('sending to begin', () => counter.requests > 20, 30_000);
  await server.kill();
  const before = counter.requests;
  await sleep(500);
  const restarted = performance.now();
  const starting = server.start();
  await eventually('the first send', () => counter.requests > before, 60_000, 1);
  const first = performance.now() - restarted;
  await starting;
  const ready = performance.now() - restarted;
  await sleep(10_000);
  say({
    waiting: count - before,
    'filled in s': Math.round(filled),
    'first send ms after the start of the process': Math.round(first),
    'ready ms': Math.round(ready),
    'sent a second': Math.round((counter.requests - before) / ((performance.now() - restarted) / 1000)),
    'peak MB': Math.round(memory(server)),
  });
  await server.kill();
}

const parts = { loss, isolation, ratecare, pending };
if (!parts[part]) {
  console.error(`usage: node bench/delivery.mjs ${Object.keys(parts).join('|')} [--OPTION NUMBER...]`);
  process.exit(2);
}
await parts[part]();
process.exit(0);
