// Twenty times kill -9 under load: what was answered with 2xx is delivered, repeats carry the same webhook-id, and a report that is
// sent again after its connection broke is still one call. KILL9_SEED, KILL9_KILLS and KILL9_CALLS change the run.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, Server, sleep } from './lib/server.mjs';
import { makeSilentAgent, report, yesNo } from './lib/calls.mjs';

const seed = Number(process.env.KILL9_SEED ?? 20261123);
const kills = Number(process.env.KILL9_KILLS ?? 20);
const maxCalls = Number(process.env.KILL9_CALLS ?? 20000);
const workers = 16;

/** Mulberry32. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

let server, receiver, agent;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  agent = await makeSilentAgent(server.api, {
    actions: [yesNo('wants_pickup', 'Does the customer want the bike collected')],
  });
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

class Load {
  constructor() {
    Object.assign(this, { next: 0, accepted: new Map(), broken: 0, refused: [], stopped: false });
  }

  start() {
    this.done = Promise.all(Array.from({ length: workers }, () => this.work()));
  }

  async work() {
    while (!this.stopped && this.next < maxCalls) {
      const ref = `ref-${seed}-${this.next++}`;
      await this.untilAccepted(ref);
      await sleep(20);
    }
  }

  /** The same report again and again until there is an answer: a client that does not know what became of the last one. */
  async untilAccepted(ref) {
    const body = report(agent, receiver.url(), { external_id: ref, metadata: { ref } });
    const until = Date.now() + 60_000;
    while (Date.now() < until) {
      const reply = await server.api.post('/v2/calls/report', body).catch(() => null);
      if (reply?.status === 200) {
        this.accepted.set(ref, reply.json.response.call_id);
        return;
      }
      if (reply && reply.status !== 503) {
        this.refused.push(`${ref}: ${reply.status} ${reply.text.slice(0, 200)}`);
        return;
      }
      this.broken++;
      await sleep(20);
    }
    this.refused.push(`${ref}: not accepted within a minute`);
  }
}

/** Returns when all refs have arrived, or nothing new has for 30 s. */
async function drained(load) {
  let count = -1;
  let since = Date.now();
  for (;;) {
    const arrived = new Set(receiver.got().map((r) => r.json.metadata.ref));
    if ([...load.accepted.keys()].every((ref) => arrived.has(ref))) return;
    if (receiver.got().length !== count) {
      count = receiver.got().length;
      since = Date.now();
    }
    if (Date.now() - since > 30_000) return;
    await sleep(200);
  }
}

describe(`kill -9, ${kills} times under load, seed ${seed}`, () => {
  const load = new Load();
  const arrivals = new Map();

  before(async () => {
    const next = random(seed);
    load.start();
    for (let i = 0; i < kills; i++) {
      await sleep(100 + next() * 600);
      await server.kill();
      await sleep(next() * 50);
      await server.start();
    }
    await sleep(300);
    load.stopped = true;
    await load.done;
    await drained(load);
    for (const request of receiver.got()) {
      const { ref } = request.json.metadata;
      if (!arrivals.has(ref)) arrivals.set(ref, []);
      arrivals.get(ref).push(request);
    }
  });

  it('every report was accepted in the end', () => {
    assert.deepEqual(load.refused, []);
    assert.ok(load.accepted.size > kills * 5, `${load.accepted.size} reports are too few to say anything`);
    assert.ok(load.broken > 0, 'no request was cut off: the kills missed the load');
  });

  it('everything accepted was delivered', (t) => {
    const lost = [...load.accepted.keys()].filter((ref) => !arrivals.has(ref));
    const repeats = receiver.got().length - arrivals.size;
    t.diagnostic(
      `kills ${kills}, accepted ${load.accepted.size}, broken requests ${load.broken}, deliveries ${receiver.got().length}, repeats ${repeats}, lost ${lost.length}`,
    );
    assert.deepEqual(lost, []);
  });

  it('each report is one call, and repeats are the same webhook', () => {
    const ids = new Set();
    for (const [ref, requests] of arrivals) {
      const [first] = requests;
      const callId = first.json.call.call_id;
      assert.equal(callId, load.accepted.get(ref), ref);
      assert.ok(!ids.has(callId), 'a call belongs to one report');
      ids.add(callId);
      for (const request of requests) {
        assert.equal(request.webhookId, first.webhookId, ref);
        assert.ok(request.body.equals(first.body), `${ref}: the same bytes`);
      }
    }
  });

  it('every webhook is whole, signed and valid', () => {
    for (const [, [request]] of arrivals) assertDelivered(request, devSecret);
  });

  it('the records agree', async () => {
    const response = (await server.api.get(`/v2/calls?model_id=${agent}&limit=1`)).ok();
    assert.equal(response.pagination.total_records, load.accepted.size);
    const sample = crypto.randomInt(load.accepted.size);
    const [, callId] = [...load.accepted][sample];
    assert.equal((await server.api.get(`/v2/calls/${callId}`)).ok().calls[0].status, 'completed');
  });
});
