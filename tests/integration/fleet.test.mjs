// Nodes that share one PostgreSQL database: who does what, who takes over, and what a node that was cut off may still do. Runs where
// scripts/postgres has started a server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { makeSilentAgent, report } from './lib/calls.mjs';
import { Receiver } from './lib/receiver.mjs';
import { databaseEnv, eventually, onPostgres, Server, sleep, tempDir } from './lib/server.mjs';
import { Stream } from './lib/stream.mjs';

const why = onPostgres ? false : 'needs PostgreSQL: scripts/postgres';

describe('a fleet of nodes', { skip: why }, () => {
  let database;
  let receiver;
  let model;
  const nodes = [];
  const sql = (text) => execFileSync('psql', [database, '-Atc', text], { encoding: 'utf8' }).trim();
  const shares = () => sql("SELECT name || '=' || (SELECT count(*) FROM slot WHERE slot.node_id = node.node_id) FROM node ORDER BY name").split('\n');
  const counts = () => shares().map((line) => Number(line.split('=')[1]));

  async function join() {
    const env = { WRAPUP_DATABASE: database, WRAPUP_MASTER_KEY: crypto.createHash('sha256').update('fleet').digest('base64') };
    const node = await Server.start({ env, config: '[delivery]\nretry_schedule = ["1s", "2s", "5s"]\n' });
    nodes.push(node);
    return node;
  }
  const even = (count) =>
    eventually(
      `${count} nodes hold a share each`,
      () => {
        const now = counts();
        return now.length === count && now.reduce((a, b) => a + b) === 256 && Math.max(...now) - Math.min(...now) <= count && now;
      },
      30_000,
    );

  /** Reports `count` calls to the nodes in turn, each to a URL of its own; returns the ids of the calls. */
  async function send(count, to = nodes, path = crypto.randomUUID()) {
    const ids = [];
    for (let i = 0; i < count; i++) {
      const reply = await to[i % to.length].api.post('/v2/calls/report', report(model, receiver.url(`/${path}/${i}`)));
      ids.push(reply.ok().call_id);
    }
    return ids;
  }
  const arrived = (ids) => {
    const got = new Set(receiver.got().map((request) => request.json?.call?.call_id));
    return ids.every((id) => got.has(id));
  };

  before(async () => {
    database = databaseEnv(`${tempDir()}/fleet`).WRAPUP_DATABASE;
    receiver = await Receiver.start();
    await join();
    model = await makeSilentAgent(nodes[0].api);
  });
  after(async () => {
    for (const node of nodes) await node.stop().catch(() => {});
    await receiver?.close();
  });

  it('gives all the work to one that is alone, and shares it as others come', async () => {
    assert.deepEqual(counts(), [256]);
    await join();
    await even(2);
    await join();
    assert.deepEqual((await even(3)).sort((a, b) => a - b), [84, 86, 86]);
    assert.equal(new Set(shares()).size, 3);
  });

  it('delivers from the node that has the lane, whichever took the call', async () => {
    const ids = await send(30);
    await eventually('all arrive', () => arrived(ids));
    assert.equal(receiver.got((request) => ids.includes(request.json?.call?.call_id)).length, 30, 'once each');
    const delivered = async (node) => Number((await node.api.as(null).get('/metrics')).text.match(/^wrapup_deliveries_total\{state="delivered"\} (\d+)/m)[1]);
    await eventually('each has sent some', async () => (await Promise.all(nodes.map(delivered))).every((count) => count > 0));
  });

  it('keeps one order, pace and breaker for a receiver: what a node is told counts on all', async () => {
    const path = crypto.randomUUID();
    receiver.script(`/${path}/0`, [{ status: 200 }], { forever: true });
    const first = await send(1, nodes, path);
    await eventually('the first', () => arrived(first));
    const { endpoints } = (await nodes[0].api.get(`/v2/endpoints?search=${path}`)).ok();
    const id = endpoints[0].endpoint_id;
    for (const [i, node] of nodes.entries()) {
      (await node.api.post(`/v2/endpoints/${id}/pause`, {})).ok();
      const held = await send(1, [nodes[(i + 1) % 3]], path);
      await sleep(300);
      assert.ok(!arrived(held), `paused at node ${i}`);
      (await nodes[(i + 2) % 3].api.post(`/v2/endpoints/${id}/resume`, {})).ok();
      await eventually('it goes on', () => arrived(held));
    }
  });

  it('shows on one node what happens on another', async () => {
    const stream = await Stream.open(nodes[0].api);
    await eventually('a change made elsewhere is seen', async () => {
      const [id] = await send(1, [nodes[1]]);
      await sleep(200);
      return stream.events.some((event) => JSON.stringify(event).includes(id));
    });
    stream.close();
  });

  it('takes over from a node that was killed, and loses nothing', async (t) => {
    const path = crypto.randomUUID();
    // What is under way when the node dies is sent again by another.
    for (let i = 0; i < 24; i++) receiver.script(`/${path}/${i}`, [{ hang: true }]);
    const ids = await send(24, nodes, path);
    await eventually('all are under way', () => receiver.got((request) => request.path.startsWith(`/${path}/`)).length === 24);
    const killed = Date.now();
    await nodes[2].kill();
    nodes.length = 2;
    await even(2);
    t.diagnostic(`taken over after ${Date.now() - killed} ms`);
    const again = await send(12);
    await eventually('new ones arrive', () => arrived(again));
    await eventually(
      'those that hung are answered at the next try',
      async () => {
        const open = Number(sql("SELECT count(*) FROM delivery WHERE state = 'pending'"));
        return open === 0;
      },
      40_000,
    );
    const requests = receiver.got((request) => ids.includes(request.json?.call?.call_id));
    assert.equal(new Set(requests.map((request) => request.headers['webhook-id'])).size, 24, 'the same ids');
  });

  it('refuses what a node writes that was stopped for longer than its lease; it comes back as a new one', async () => {
    const before = shares();
    const path = crypto.randomUUID();
    const gates = Array.from({ length: 16 }, () => Promise.withResolvers?.() ?? gate());
    for (let i = 0; i < 16; i++) receiver.script(`/${path}/${i}`, [{ until: gates[i].promise }]);
    await send(16, nodes, path);
    await eventually('all are under way', () => receiver.got((request) => request.path.startsWith(`/${path}/`)).length === 16);
    const old = sql('SELECT node_id FROM node ORDER BY started_at LIMIT 1');
    nodes[0].child.kill('SIGSTOP');
    await eventually('the other holds all', () => counts().length === 1 && counts()[0] === 256, 30_000);
    for (const each of gates) each.resolve();
    nodes[0].child.kill('SIGCONT');
    await even(2);
    assert.equal(sql(`SELECT count(*) FROM node WHERE node_id = '${old}'`), '0');
    await eventually('the lease was lost', () => nodes[0].stderr.includes('lease_lost'));
    await eventually('what it had under way is not written by it', () => nodes[0].stderr.includes('attempt_given_up'), 15_000);
    await eventually('and is delivered by the other', () => sql("SELECT count(*) FROM delivery WHERE state = 'pending'") === '0', 30_000);
    assert.equal(shares().length, before.length);
  });

  it('hands over at once when a node is stopped', async () => {
    const [first] = nodes.splice(0, 1);
    assert.deepEqual(await first.stop(), { code: 0, signal: null });
    await eventually('the other has it all', () => counts().length === 1 && counts()[0] === 256, 4000);
    const ids = await send(5);
    await eventually('it goes on', () => arrived(ids));
  });
});

function gate() {
  let resolve;
  const promise = new Promise((done) => (resolve = done));
  return { promise, resolve };
}
