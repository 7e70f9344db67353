// The disk fills up under load: what cannot be stored is refused with clear words, what was accepted is delivered, nothing is lost, and
// it goes on by itself once there is room.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SmallDisk } from './lib/disk.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { Receiver } from './lib/receiver.mjs';
import { devSecret, eventually, Server, sleep } from './lib/server.mjs';
import { makeSilentAgent, report } from './lib/calls.mjs';

const whyNot = SmallDisk.whyNot();
const room = 24 << 20; // for the calls of each round
const workers = 16;

let disk, server, receiver, agent;
const accepted = new Map(); // ref -> call id
const refusals = [];

/** A report of about 20 KB that does not compress. */
function largeReport(ref) {
  const words = crypto.randomBytes(15_000).toString('base64');
  return report(agent, receiver.url(), { external_id: ref, metadata: { ref, words } });
}

async function send(ref) {
  const reply = await server.api.post('/v2/calls/report', largeReport(ref)).catch((error) => ({ error }));
  if (reply.status === 200) accepted.set(ref, reply.json.response.call_id);
  else refusals.push(reply);
  return reply;
}

/** Reports calls until `enough` of them in a row were refused. */
async function fill(name, enough) {
  let inARow = 0;
  let next = 0;
  const work = async () => {
    while (inARow < enough && next < 10_000) {
      const reply = await send(`${name}-${next++}`);
      inARow = reply.status === 200 ? 0 : inARow + 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** By metric, the sum over its labels. */
async function metric(name) {
  const { text } = await server.api.get('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  assert.ok(lines.length > 0, name);
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const refOf = (request) => request.json.metadata.ref;
const lost = () => {
  const arrived = new Set(receiver.got().map(refOf));
  return [...accepted.keys()].filter((ref) => !arrived.has(ref));
};

async function allArrived() {
  await eventually('everything accepted to arrive', () => lost().length === 0, 90_000, 200);
}

/** Everything that is still to be written is. */
async function settled() {
  await eventually('nothing waits any more', async () => (await logged()) >= accepted.size, 60_000, 500);
}

const logged = async () => (await server.api.get('/v2/logs?status=success&page_size=1')).ok().total;

async function becomesFull(name) {
  await fill(name, 200);
  await eventually('the disk to be full', async () => (await server.api.get('/readyz')).status === 503, 30_000);
}

describe('a disk that is full', { skip: whyNot }, () => {
  before(async () => {
    disk = await SmallDisk.make(96 << 20);
    receiver = await Receiver.start();
    server = await Server.start({ data: `${disk.folder}/data`, through: disk.through });
    agent = await makeSilentAgent(server.api);
    disk.leave('ballast', room);
    await becomesFull('first');
  });

  after(async () => {
    await server?.kill();
    await receiver?.close();
    disk?.close();
  });

  it('refuses what it cannot store, and says why', (t) => {
    t.diagnostic(`${disk.kind}: ${accepted.size} accepted, ${refusals.length} refused, ${disk.free()} bytes free`);
    assert.ok(accepted.size > 100, `${accepted.size} accepted`);
    for (const reply of refusals) {
      assert.ok(!reply.error, String(reply.error));
      assert.equal(reply.status, 507, reply.text);
      assert.equal(reply.json.detail.code, 'out_of_space');
      assert.match(reply.json.detail.description, /disk is full .* nothing was stored/);
      assert.ok(reply.headers['retry-after']);
    }
  });

  it('is not ready, and says why', async () => {
    const ready = await server.api.get('/readyz');
    assert.equal(ready.status, 503);
    assert.match(ready.json.detail.description, /the disk of the data folder is full/);
    assert.equal((await server.api.get('/healthz')).status, 200);
    assert.ok((await metric('wrapup_commits_failed_total')) > 0);
  });

  it('still reads', async () => {
    const [, id] = [...accepted][0];
    assert.equal((await server.api.get(`/v2/calls/${id}`)).ok().calls[0].call_id, id);
    assert.ok((await server.api.get('/v2/logs')).ok().total > 0);
  });

  it('delivers what is ready to go, and does not run hot over what it cannot write down', async () => {
    // Attempts whose outcome cannot be stored and pipeline runs ask again every few seconds, not as fast as they can.
    const waiting = accepted.size;
    const before = await metric('wrapup_commits_failed_total');
    await sleep(5000);
    const failed = (await metric('wrapup_commits_failed_total')) - before;
    assert.ok(failed < 5 * 100 + 5 * waiting, `${failed} commits failed in 5 s with ${waiting} calls`);
    const lines = server.stderr.split('\n').filter((line) => line.includes('event=attempt_not_stored'));
    assert.ok(lines.length < 50, `${lines.length} lines say that an attempt could not be stored`);
    const said = server.stderr.split('\n').filter((line) => line.includes('event=commit_failed'));
    assert.ok(said.length < 200, `${said.length} lines say that a commit failed`);
  });

  it('goes on by itself once there is room: all arrives, once', async (t) => {
    disk.release('ballast');
    await eventually('to be ready', async () => (await server.api.get('/readyz')).status === 200, 60_000);
    await allArrived();
    await settled();
    const ids = receiver.got().map((request) => request.webhookId);
    t.diagnostic(`${accepted.size} accepted, ${ids.length} requests at the receiver`);
    assert.equal(ids.length, new Set(ids).size, 'no webhook was sent twice');
    assert.equal(new Set(ids).size, accepted.size, 'and none that was not accepted');
    for (const request of receiver.got().slice(0, 20)) assertDelivered(request, devSecret);
    assert.equal((await send('after')).status, 200);
    await allArrived();
    await settled();
    assert.equal((await server.api.get('/v2/logs')).ok().total, accepted.size, 'one entry in the log each');
  });

  it('kill -9 while it is full: only what was not written down is sent again', async (t) => {
    const earlier = receiver.got().length;
    disk.leave('ballast', room / 2);
    await becomesFull('second');
    await sleep(1000); // what can be delivered is under way
    const known = new Set();
    for (let page = 1; ; page++) {
      const { items } = (await server.api.get(`/v2/logs?status=success&page_size=100&page_number=${page}`)).ok();
      for (const item of items) known.add(item.webhook_id);
      if (items.length < 100) break;
    }
    await server.kill();
    disk.release('ballast');
    await server.start();
    await allArrived();
    await settled();
    const counts = new Map();
    for (const { webhookId } of receiver.got()) counts.set(webhookId, (counts.get(webhookId) ?? 0) + 1);
    const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id);
    t.diagnostic(`${receiver.got().length - earlier} requests since, ${twice.length} webhooks sent again`);
    assert.deepEqual(
      twice.filter((id) => known.has(id)),
      [],
      'what was in the log is not sent again',
    );
    assert.deepEqual(lost(), []);
  });
});
