// Delivery to receivers that fail in every way.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, eventually, Server, sleep } from './lib/server.mjs';
import { agentBody, logsOf, makeSilentAgent, reportCall, showsBody } from './lib/calls.mjs';

const steps = [200, 400, 1000];
const config = `[delivery]\nretry_schedule = ["200ms", "400ms", "1s"]\ntimeout = "1s"\n`;
const slack = 700;

let server, api, agent;
const receivers = [];

before(async () => {
  server = await Server.start({ config });
  api = server.api;
  agent = await makeSilentAgent(api);
});

after(async () => {
  await server?.stop();
  for (const receiver of receivers) await receiver.close();
});

/** A receiver of its own for each test, so that each has an endpoint and a lane of its own. */
async function receiverWith(answers, options) {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  if (answers) receiver.script('/hook', answers, options);
  return receiver;
}

describe('retries', () => {
  it('500, 500, 200: three attempts at one webhook', async () => {
    const receiver = await receiverWith([{ status: 500, body: 'no' }, { status: 500 }, { status: 200, body: 'yes' }]);
    const callId = await reportCall(api, agent, receiver.url());
    const attempts = await receiver.wait('/hook', 3);
    for (const attempt of attempts) assert.equal(assertDelivered(attempt, devSecret).call.call_id, callId);
    assert.equal(new Set(attempts.map((a) => a.webhookId)).size, 1);
    assert.deepEqual(
      attempts.map((a) => a.attempt),
      [1, 2, 3],
    );
    assert.ok(attempts.every((a) => a.body.equals(attempts[0].body)));
    for (let i = 1; i < 3; i++) {
      const gap = attempts[i].at - attempts[i - 1].at;
      assert.ok(gap <= steps[i - 1] + slack, `attempt ${i + 1} after ${gap} ms`);
    }
    await sleep(1500);
    assert.equal(receiver.got('/hook').length, 3, 'nothing after the 200');
    const logs = await logsOf(api, callId, 3);
    assert.deepEqual(
      logs.map((log) => [log.attempt_number, log.response_status_code, log.status]),
      [
        [1, 500, 'failed'],
        [2, 500, 'failed'],
        [3, 200, 'success'],
      ],
    );
    assert.equal(logs[0].response_payload, 'no');
    assert.equal(logs[2].response_payload, 'yes');
    for (const log of logs) assert.ok(showsBody(log, attempts[0].body));
  });

  it('end with the schedule', async () => {
    const receiver = await receiverWith([{ status: 503 }], { forever: true });
    const callId = await reportCall(api, agent, receiver.url());
    await receiver.wait('/hook', 4);
    await sleep(2000);
    assert.equal(receiver.got('/hook').length, 4, 'the first and one a step');
    assert.deepEqual(
      (await logsOf(api, callId, 4)).map((log) => log.status),
      ['failed', 'failed', 'failed', 'failed'],
    );
  });

  for (const status of [408, 425]) {
    it(`follow on ${status}`, async () => {
      const receiver = await receiverWith([{ status }]);
      await reportCall(api, agent, receiver.url());
      await receiver.wait('/hook', 2);
    });
  }

  it('follow on a receiver that does not answer in time', async () => {
    const receiver = await receiverWith([{ hang: true }]);
    const callId = await reportCall(api, agent, receiver.url());
    const [first, second] = await receiver.wait('/hook', 2);
    assert.equal(second.webhookId, first.webhookId);
    assert.ok(second.at - first.at >= 900, 'not before the time-out');
    const [log] = await logsOf(api, callId);
    assert.match(log.error_message, /time/i);
    assert.ok(log.duration_ms >= 900 && log.duration_ms < 3000, `${log.duration_ms} ms`);
  });

  it('follow on a connection that breaks', async () => {
    const receiver = await receiverWith([{ reset: true }]);
    const callId = await reportCall(api, agent, receiver.url());
    const [first, second] = await receiver.wait('/hook', 2);
    assert.equal(second.webhookId, first.webhookId);
    assert.deepEqual([first.attempt, second.attempt], [1, 2]);
    const [log] = await logsOf(api, callId);
    assert.equal(log.status, 'failed');
    assert.match(log.error_message, /reset|broke|closed|connection/i);
  });

  it('follow on a receiver that is not there, until it is', async () => {
    const gone = await Receiver.start();
    const url = gone.url();
    await gone.close();
    const callId = await reportCall(api, agent, url);
    const failed = await eventually('an attempt in the log', async () => (await logsOf(api, callId))[0]);
    assert.equal(failed.status, 'failed');
    assert.match(failed.error_message, /connect|refused/i);
  });
});

describe('answers that are no success', () => {
  it('a redirect is not followed, and the log says so', async () => {
    const receiver = await receiverWith();
    receiver.script('/hook', [{ status: 302, headers: { location: receiver.url('/elsewhere') } }], { forever: true });
    const callId = await reportCall(api, agent, receiver.url());
    const log = await eventually('the log', async () => (await logsOf(api, callId))[0]);
    assert.equal(log.status, 'failed');
    assert.equal(log.response_status_code, 302);
    assert.match(log.error_message, /redirect/i);
    await sleep(1000);
    assert.equal(receiver.got('/elsewhere').length, 0);
  });

  it('410 disables the endpoint at once', async () => {
    const receiver = await receiverWith([{ status: 410 }]);
    const callId = await reportCall(api, agent, receiver.url());
    await eventually('the refusal in the log', async () => (await logsOf(api, callId)).length === 1);
    await reportCall(api, agent, receiver.url());
    await sleep(1800);
    assert.equal(receiver.got('/hook').length, 1, 'nothing is sent to a disabled endpoint');
    const elsewhere = await receiverWith();
    await elsewhere.forCall(await reportCall(api, agent, elsewhere.url()));
  });

  const forms = [
    ['seconds', () => '2', (seconds, refused) => refused.at + seconds * 1000],
    ['a date', () => new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000).toUTCString(), (date) => Date.parse(date)],
  ];
  for (const [name, retryAfter, endOf] of forms) {
    it(`429 with Retry-After in ${name} holds the whole endpoint`, async () => {
      const asked = retryAfter();
      const receiver = await receiverWith([{ status: 429, headers: { 'retry-after': asked } }]);
      const ids = [await reportCall(api, agent, receiver.url())];
      const [refused] = await receiver.wait('/hook', 1);
      await eventually('the refusal in the log', async () => (await logsOf(api, ids[0])).length === 1);
      for (let i = 0; i < 3; i++) ids.push(await reportCall(api, agent, receiver.url()));
      const answered = await receiver.wait('/hook', 5, 10_000);
      const end = endOf(asked, refused);
      for (const next of answered.slice(1))
        assert.ok(next.at >= end - 200, `${end - next.at} ms before the end of the hold`);
      assert.deepEqual(new Set(answered.slice(1).map((r) => r.json.call.call_id)), new Set(ids));
    });
  }
});

describe('answers that are too much', () => {
  it('an endless body is cut, and the 200 counts', async () => {
    const receiver = await receiverWith([{ endless: true }]);
    const callId = await reportCall(api, agent, receiver.url());
    const [request] = await receiver.wait('/hook', 1);
    await eventually('the connection cut', () => request.closedAt);
    assert.ok(request.written < 64 * 1024 * 1024, `${request.written} bytes written`);
    const [log] = await eventually('the log', async () => {
      const rows = await logsOf(api, callId);
      return rows.length && rows;
    });
    assert.equal(log.status, 'success');
    assert.ok(log.response_payload.length <= 64 * 1024);
    await sleep(1000);
    assert.equal(receiver.got('/hook').length, 1);
  });

  it('an answer that trickles is cut when the time is over', async () => {
    const receiver = await receiverWith([{ trickle: 100 }]);
    await reportCall(api, agent, receiver.url());
    const [request] = await receiver.wait('/hook', 1);
    await eventually('the connection cut', () => request.closedAt, 5000);
    const took = request.closedAt - request.at;
    assert.ok(took > 500 && took < 2500, `${took} ms`);
  });

  it('a body that claims to be compressed is kept as it came', async () => {
    const receiver = await receiverWith([{ headers: { 'content-encoding': 'gzip' }, body: 'not gzip at all' }]);
    const callId = await reportCall(api, agent, receiver.url());
    const [request] = await receiver.wait('/hook', 1);
    assert.equal(request.headers['accept-encoding'], undefined);
    const log = await eventually('the log', async () => (await logsOf(api, callId))[0]);
    assert.equal(log.status, 'success');
    assert.equal(log.response_payload, 'not gzip at all');
  });
});

describe('one receiver and another', () => {
  it('a hanging one does not delay a healthy one', async () => {
    const hanging = await receiverWith([{ hang: true }], { forever: true });
    const healthy = await receiverWith();
    for (let i = 0; i < 60; i++) await reportCall(api, agent, hanging.url());
    await hanging.wait('/hook', 1);
    for (let i = 0; i < 10; i++) {
      const sent = Date.now();
      const request = await healthy.forCall(await reportCall(api, agent, healthy.url()), { timeout: 3000 });
      assert.ok(request.at - sent < 900, `${request.at - sent} ms`);
    }
  });

  it('a dead one gets what comes after it is back', async () => {
    const receiver = await receiverWith([{ status: 500 }], { forever: true });
    for (let i = 0; i < 12; i++) await reportCall(api, agent, receiver.url());
    await receiver.wait('/hook', 5);
    receiver.script('/hook', []);
    const last = await reportCall(api, agent, receiver.url());
    await receiver.forCall(last, { timeout: 40_000 });
  });
});

describe('the address check, without --dev', () => {
  let strict, strictAgent;

  before(async () => {
    strict = await Server.start({ dev: false, config });
    strict.api.key = (strict.stdout + strict.stderr).match(/\bwk_\w+/)[0];
    strictAgent = await makeSilentAgent(strict.api);
  });

  after(async () => strict?.stop());

  const refused = (reply, what) => {
    assert.equal(reply.status, 400, `${what}: ${reply.text}`);
    assert.equal(reply.json.detail.errors[0].path, '/external_webhook_url');
  };

  it('refuses literal loopback addresses in every spelling', async () => {
    for (const host of [
      '127.0.0.1',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '0.0.0.0',
    ]) {
      const body = {
        model_id: strictAgent,
        phone: '+15550134477',
        name: 'Ilse Varga',
        external_webhook_url: `https://${host}:9/hook`,
      };
      const reply = await strict.api.post('/v2/calls', body);
      refused(reply, host);
      assert.match(reply.text, /address|loopback|unspecified/i);
    }
  });

  // An agent's URL is checked in the same way, and is dialled by nobody.
  it('refuses private, link-local, metadata, multicast and IPv4-carrying addresses', async () => {
    const hosts = [
      '10.0.0.1',
      '172.16.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '[fd00::1]',
      '[fe80::1]',
      '[ff02::1]',
      '[64:ff9b::7f00:1]',
      '[2002:7f00:1::]',
      '[::ffff:10.0.0.1]',
    ];
    for (const host of hosts)
      refused(
        await strict.api.post('/v2/assistants', agentBody({ external_webhook_url: `https://${host}/hook` })),
        host,
      );
  });

  it('refuses plain http', async () => {
    const reply = await strict.api.post(
      '/v2/assistants',
      agentBody({ external_webhook_url: 'http://example.com/hook' }),
    );
    refused(reply, 'http');
    assert.match(reply.text, /must be https|https only|use https|only https|allow_http|https:\/\//i);
  });

  it('does not dial a name that resolves to loopback', async () => {
    const receiver = await receiverWith();
    const url = receiver.url().replace('http://127.0.0.1', 'https://localhost');
    const body = {
      model_id: strictAgent,
      phone: '+15550134477',
      name: 'Ilse Varga',
      external_webhook_url: url,
      status: 'busy',
      started_at: Date.now() - 2000,
      ended_at: Date.now() - 1000,
    };
    const reply = await strict.api.post('/v2/calls/report', body);
    if (reply.status === 200) {
      const log = await eventually(
        'the refusal in the log',
        async () => (await logsOf(strict.api, reply.ok().call_id))[0],
      );
      assert.equal(log.status, 'failed');
      assert.match(log.error_message, /loopback/i);
    } else {
      refused(reply, 'localhost');
    }
    assert.equal(receiver.connections, 0);
  });
});
