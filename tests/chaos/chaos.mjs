// Three nodes on one PostgreSQL while everything breaks: nodes are killed, stopped for 20 s, cut off from the database; the database is
// restarted, and at two thirds of the time its primary is lost and the standby takes over. Reports of calls come in all the while; each is
// sent again, to another node, until one accepts it. In the end every call that was accepted must have been delivered.
//
//   node tests/chaos/chaos.mjs [--seconds 600] [--rate 100] [--seed 1]          (as root; WRAPUP_BIN names the binary)
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeSilentAgent, report } from '../integration/lib/calls.mjs';
import { Api } from '../integration/lib/api.mjs';
import { binary, tempDir } from '../integration/lib/server.mjs';
import { Databases, Network } from './cluster.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '600' }, rate: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const seconds = Number(values.seconds);
const rate = Number(values.rate);
const kNodes = 3;
const kPort = 8787;
const kHook = 8900;
const key = 'wk_test_0123456789abcdef0123456789abcdef';

// The same seed gives the same faults at the same times.
let state = BigInt(values.seed) * 2654435761n + 1n;
function dice(below) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number(state >> 33n) % below;
}

const began = Date.now();
const clock = () => ((Date.now() - began) / 1000).toFixed(1).padStart(6);
const say = (text) => console.log(`${clock()} s  ${text}`);

/** Counts what arrives; an answer takes 5 to 50 ms, so that two nodes that send the same would be seen. */
class Hook {
  constructor() {
    this.times = new Map(); // id of the call → when it was first answered
    this.repeats = 0;
    this.atOnce = 0;
    this.open = new Set();
    this.server = http.createServer({ keepAliveTimeout: 30_000 }, (request, reply) => {
      const chunks = [];
      request.on('error', () => {});
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => this.take(request.headers['webhook-id'], JSON.parse(Buffer.concat(chunks)), reply));
    });
  }
  start() {
    return new Promise((resolve) => this.server.listen(kHook, '10.77.0.1', resolve));
  }
  take(id, body, reply) {
    const call = body.call.call_id;
    if (this.open.has(id)) this.atOnce++;
    this.open.add(id);
    setTimeout(() => {
      this.open.delete(id);
      if (this.times.has(call)) this.repeats++;
      else this.times.set(call, Date.now());
      reply.writeHead(200).end();
    }, 5 + Math.random() * 45);
  }
}

class Node {
  constructor(index, network, env) {
    Object.assign(this, { index, network, env, data: path.join(tempDir(), 'data'), log: '', state: 'down' });
  }
  get url() {
    return `http://${this.network.address(this.index)}:${kPort}`;
  }
  start() {
    const [program, ...args] = [
      ...this.network.through(this.index),
      binary,
      'serve',
      '--data',
      this.data,
      '--listen',
      `${this.network.address(this.index)}:${kPort}`,
      '--dev',
      '--api-key',
      key,
    ];
    this.child = spawn(program, args, { env: { ...process.env, ...this.env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const child = this.child;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (this.log += text));
    child.on('exit', (code) => {
      if (this.child === child && this.state === 'up' && code !== null) say(`node ${this.index} ended with ${code}`);
      if (this.child === child) this.state = 'down';
    });
    this.state = 'up';
  }
  signal(name) {
    this.child.kill(name);
  }
}

const hook = new Hook();
const network = new Network(kNodes);
const databases = new Databases();
const env = {
  WRAPUP_DATABASE: databases.url,
  WRAPUP_MASTER_KEY: crypto.createHash('sha256').update('chaos').digest('base64'),
  WRAPUP_DELIVERY_ALLOW_ADDRESSES: '10.77.0.0/24',
  WRAPUP_LOG_LEVEL: 'warning',
  WRAPUP_DELIVERY_RETRY_SCHEDULE: '1s,2s,5s,10s',
};
const nodes = Array.from({ length: kNodes }, (_, i) => new Node(i, network, env));

function removeAll() {
  for (const node of nodes) node.child?.kill('SIGKILL');
  databases.remove();
  network.remove();
}
process.on('SIGINT', () => {
  removeAll();
  process.exit(130);
});

async function ready(node) {
  const api = new Api(node.url, key);
  for (let tries = 0; tries < 100; tries++) {
    const reply = await api.get('/readyz', { timeout: 1000 }).catch(() => null);
    if (reply?.status === 200) return api.close();
    await sleep(100);
  }
  throw new Error(`node ${node.index} is not ready:\n${node.log}`);
}

const accepted = new Map(); // id of the call → when
let refused = 0;
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

/** One try; the id of the call when the node answered 2xx. */
function send(node, text) {
  return new Promise((resolve) => {
    const request = http.request(
      `${node.url}/v2/calls/report`,
      { method: 'POST', agent, timeout: 4000, headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } },
      (reply) => {
        const chunks = [];
        reply.on('data', (chunk) => chunks.push(chunk));
        reply.on('end', () => resolve(reply.statusCode < 300 ? JSON.parse(Buffer.concat(chunks)).response.call_id : null));
        reply.on('error', () => resolve(null));
      },
    );
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
    request.end(text);
  });
}

async function call(model, number) {
  const external_id = `chaos-${values.seed}-${number}`;
  const text = JSON.stringify(report(model, `http://10.77.0.1:${kHook}/hook/${number % 50}`, { external_id }));
  for (let node = number % kNodes; ; node = (node + 1) % kNodes) {
    const id = await send(nodes[node], text);
    if (id) return accepted.set(id, Date.now());
    refused++;
    await sleep(50);
  }
}

// Faults, one after another; each has an end before the next begins, so that what one does can be told.
const faults = [];
async function fault(kind, node, act) {
  const record = { kind, node, from: Date.now() };
  say(`${kind}${node === undefined ? '' : ` node ${node}`}`);
  await act();
  record.to = Date.now();
  faults.push(record);
}

async function breakThings(until) {
  const failOverAt = began + (seconds * 1000 * 2) / 3;
  let failedOver = false;
  while (Date.now() < until) {
    const node = nodes[dice(kNodes)];
    const kind = dice(10);
    if (!failedOver && Date.now() > failOverAt) {
      failedOver = true;
      await fault('the primary is lost, the standby takes over', undefined, async () => databases.failOver());
    } else if (kind < 5) {
      await fault('kill -9', node.index, async () => {
        node.signal('SIGKILL');
        await sleep(1000 + dice(4000));
        node.start();
      });
    } else if (kind < 7) {
      await fault('stopped for 20 s', node.index, async () => {
        node.signal('SIGSTOP');
        await sleep(20_000);
        node.signal('SIGCONT');
      });
    } else if (kind < 9) {
      await fault('cut off from the database for 15 s', node.index, async () => {
        network.cut(node.index);
        await sleep(15_000);
        network.mend(node.index);
      });
    } else {
      await fault('restart of the database', undefined, async () => databases.restart());
    }
    for (const each of nodes) if (each.state === 'down') each.start();
    await sleep(3000 + dice(5000));
  }
}

function waits() {
  return [...accepted].map(([id, at]) => ({ id, at, wait: (hook.times.get(id) ?? Infinity) - at }));
}
const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

let failed = false;
try {
  await hook.start();
  nodes[0].start();
  await ready(nodes[0]);
  for (const node of nodes.slice(1)) node.start();
  for (const node of nodes) await ready(node);
  const api = new Api(nodes[0].url, key);
  const model = await makeSilentAgent(api);
  api.close();
  say(`${kNodes} nodes, ${rate} calls a second for ${seconds} s, seed ${values.seed}`);
  const until = Date.now() + seconds * 1000;
  const chaos = breakThings(until - 10_000);
  const calls = [];
  const first = Date.now();
  for (let number = 0; Date.now() < until; number++) {
    const due = first + (number * 1000) / rate;
    if (due > Date.now()) await sleep(due - Date.now());
    calls.push(call(model, number));
  }
  await chaos;
  for (const node of nodes) if (node.state === 'down') node.start();
  await Promise.all(calls);
  say(`${accepted.size} accepted after ${refused} refused tries; waiting for the last deliveries`);
  for (const end = Date.now() + 90_000; Date.now() < end && hook.times.size < accepted.size; ) await sleep(500);

  const all = waits();
  const lost = all.filter((each) => each.wait === Infinity);
  const sorted = all.map((each) => each.wait).sort((a, b) => a - b);
  console.log(`\n| fault | times | longest wait of a call accepted meanwhile or in the 5 s before |\n|---|---|---|`);
  for (const kind of new Set(faults.map((each) => each.kind))) {
    const of = faults.filter((each) => each.kind === kind);
    const longest = Math.max(0, ...of.map((each) => Math.max(0, ...all.filter((c) => c.at > each.from - 5000 && c.at < each.to + 1000).map((c) => c.wait))));
    console.log(`| ${kind} | ${of.length} | ${(longest / 1000).toFixed(1)} s |`);
  }
  const leases = nodes.map((node) => (node.log.match(/lease_lost/g) ?? []).length);
  console.log(
    `\naccepted ${accepted.size}, delivered ${all.length - lost.length}, lost ${lost.length}; ` +
      `sent again under the same id ${hook.repeats}, by two at once ${hook.atOnce}; leases lost ${leases.join(' + ')}; ` +
      `wait p50 ${quantile(sorted, 0.5)} ms, p99 ${quantile(sorted, 0.99)} ms, longest ${sorted.at(-1)} ms`,
  );
  failed = lost.length > 0;
  if (failed) {
    console.log('lost:', lost.slice(0, 5).map((each) => each.id).join(', '));
    for (const node of nodes) fs.writeFileSync(`/tmp/chaos-node${node.index}.log`, node.log);
  }
} finally {
  removeAll();
}
process.exit(failed ? 1 : 0);
