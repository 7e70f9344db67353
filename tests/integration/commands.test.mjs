// The commands that ask a running server what was sent, and have it send: logs, replay, trigger, endpoint.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { Receiver } from './lib/receiver.mjs';
import { run, Server } from './lib/server.mjs';

let server;
let receiver;
let agent;
before(async () => {
  server = await Server.start();
  receiver = await Receiver.start();
  agent = await makeSilentAgent(server.api);
});
after(async () => {
  await receiver?.close();
  await server?.stop();
});

const wrapup = (...args) =>
  run(args, { timeout: 40_000, env: { WRAPUP_SERVER: server.url, WRAPUP_API_KEY: server.key } });

async function done(...args) {
  const result = await wrapup(...args);
  assert.equal(result.code, 0, result.text);
  return result.stdout;
}

describe('trigger', () => {
  it('sends a sample and says what came of it', async () => {
    const text = await done('trigger', receiver.url('/sample'));
    assert.equal((await receiver.wait('/sample', 1)).length, 1);
    assert.match(text, /^Delivered: .*\/sample answered 200 /);
  });

  it('says what a receiver that refuses answered', async () => {
    receiver.script('/refuses', [{ status: 500, body: 'no' }], { forever: true });
    const { code, text } = await wrapup('trigger', receiver.url('/refuses'));
    assert.notEqual(code, 0);
    assert.match(text, /500/);
  });
});

describe('logs and replay', () => {
  it('list an attempt, show it whole, and send it again under the same id', async () => {
    const call = await reportCall(server.api, agent, receiver.url('/again'));
    const [log] = await logsOf(server.api, call);
    const id = log.webhook_log_id;
    assert.match(await done('logs', '--call', call), new RegExp(id));
    const shown = await done('logs', 'show', id);
    assert.match(shown, new RegExp(`evt_${call}_completed_1`));
    await done('replay', id);
    const [first, second] = await receiver.wait('/again', 2);
    assert.equal(second.headers['webhook-id'], first.headers['webhook-id']);
    assert.deepEqual(second.body, first.body);
  });

  it('count what a replay of many would send before they send it', async () => {
    const url = receiver.url('/many');
    for (let i = 0; i < 3; i++) await logsOf(server.api, await reportCall(server.api, agent, url));
    assert.match(await done('replay', '--endpoint', url, '--status', 'delivered', '--dry-run'), /\b3\b/);
    assert.equal(receiver.got('/many').length, 3);
    await done('replay', '--endpoint', url, '--status', 'delivered', '--yes');
    await receiver.wait('/many', 6);
  });
});

describe('endpoint', () => {
  it('sets, lists and shows what holds for a URL', async () => {
    const url = receiver.url('/crm');
    await done('endpoint', 'set', url, '--name', 'CRM', '--rate', '20/1s', '--secret-header', 'X-Desk-Key: sesame');
    assert.match(await done('endpoint', 'list'), /CRM/);
    const shown = (await server.api.get('/v2/endpoints')).ok();
    assert.ok(!JSON.stringify(shown).includes('sesame'));
    await reportCall(server.api, agent, url);
    const [request] = await receiver.wait('/crm', 1);
    assert.equal(request.headers['x-desk-key'], 'sesame');
  });
});
