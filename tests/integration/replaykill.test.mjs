// kill -9 in the middle of a bulk replay: it goes on where it stood, leaves nothing out and makes nothing twice.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, eventually, Server } from './lib/server.mjs';
import { makeSilentAgent, reportCall } from './lib/calls.mjs';
import { endpointOf } from './lib/endpoints.mjs';
import { countReplay, getReplay, moveReplay, replayOver, startReplay } from './lib/replays.mjs';

const calls = 300;
const killAt = [30, 90, 150, 200, 260]; // webhooks received

let server, receiver, agent;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  agent = await makeSilentAgent(server.api);
  for (let i = 0; i < calls; i++) await reportCall(server.api, agent, receiver.url('/first'));
  await eventually('all delivered', async () => (await countReplay(server.api, { status: 'delivered' })) === calls);
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

async function killAndStart() {
  await server.kill();
  await server.start();
}

/** Every log entry of an endpoint. */
async function logsOfEndpoint(endpoint_id) {
  const items = [];
  for (let cursor = ''; ; ) {
    const page = (await server.api.get(`/v2/logs?endpoint_id=${endpoint_id}&page_size=100${cursor}`)).ok();
    items.push(...page.items);
    if (!page.next_cursor) return items;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

describe(`a replay of ${calls}, killed ${killAt.length} times`, () => {
  let over, killed;

  before(async () => {
    const { replay_id } = await startReplay(server.api, { all: true, url: receiver.url('/again'), rate: 100 });
    killed = [];
    for (const received of killAt) {
      await receiver.wait('/again', received, 30_000);
      await killAndStart();
      killed.push((await getReplay(server.api, replay_id)).state);
    }
    over = await replayOver(server.api, replay_id, 60_000);
  });

  it('was killed in the middle', () => assert.ok(killed.slice(0, 3).every((state) => state === 'running'), `${killed}`));

  it('made a delivery of each, and none twice', async () => {
    assert.deepEqual(over.progress, {
      total: calls,
      queued: calls,
      delivered: calls,
      exhausted: 0,
      canceled: 0,
      waiting: 0,
    });
    const firsts = new Set(receiver.got('/first').map((r) => r.webhookId));
    const arrived = receiver.got('/again');
    assert.deepEqual(new Set(arrived.map((r) => r.webhookId)), firsts);
    const deliveries = new Map();
    for (const item of await logsOfEndpoint((await endpointOf(server.api, receiver.url('/again'))).endpoint_id)) {
      const known = deliveries.get(item.webhook_id);
      assert.equal(known ?? item.delivery_id, item.delivery_id, `${item.webhook_id} was made twice`);
      deliveries.set(item.webhook_id, item.delivery_id);
    }
    assert.equal(deliveries.size, calls);
    assert.equal(new Set(deliveries.values()).size, calls);
  });

  it('sent whole and signed webhooks', () => {
    for (const request of receiver.got('/again')) assertDelivered(request, devSecret);
  });
});

describe('after kill -9', () => {
  it('a paused replay stays paused, and goes on when it is resumed', async () => {
    const url = receiver.url('/paused');
    const { replay_id } = await startReplay(server.api, { all: true, url, rate: 100 });
    await receiver.wait('/paused', 20);
    const paused = (await moveReplay(server.api, replay_id, 'pause')).ok();
    await killAndStart();
    const beside = await startReplay(server.api, { all: true, url: receiver.url('/beside'), rate: 300 });
    await replayOver(server.api, beside.replay_id);
    const still = await getReplay(server.api, replay_id);
    assert.deepEqual([still.state, still.progress.queued], ['paused', paused.progress.queued]);
    (await moveReplay(server.api, replay_id, 'resume')).ok();
    const { progress } = await replayOver(server.api, replay_id);
    assert.deepEqual([progress.queued, progress.delivered], [calls, calls]);
  });

  it('a canceled replay stays canceled', async () => {
    const { replay_id } = await startReplay(server.api, { all: true, url: receiver.url('/canceled'), rate: 50 });
    await receiver.wait('/canceled', 10);
    const canceled = (await moveReplay(server.api, replay_id, 'cancel')).ok();
    await killAndStart();
    const beside = await startReplay(server.api, { all: true, url: receiver.url('/beside'), rate: 300 });
    await replayOver(server.api, beside.replay_id);
    const still = await getReplay(server.api, replay_id);
    assert.deepEqual([still.state, still.progress.queued], ['canceled', canceled.progress.queued]);
  });
});
