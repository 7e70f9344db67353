// Which addresses are dialled for a name: the real binary, the system's resolver, and a name server that answers as each
// test says. Skipped where the binary cannot be given another /etc/resolv.conf.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { binaryWith } from './lib/namespace.mjs';
import { Receiver } from './lib/receiver.mjs';
import { eventually, Server, sleep } from './lib/server.mjs';

const nameServerAt = '127.53.10.7';
const allowed = '127.0.0.1';
const forbidden = '127.0.0.2';

const { command, why } = binaryWith({ '/etc/resolv.conf': `nameserver ${nameServerAt}\noptions timeout:1\n` });
const config = `
[delivery]
allow_http = true
allow_addresses = ["${allowed}/32"]
retry_schedule = ["100ms"]
short_retry_schedule = ["100ms"]
`;

/** name → lists of addresses; each lookup for IPv4 takes the next list, the last one stays. */
const names = new Map();
const asked = [];

const typeA = 1;
const typeAaaa = 28;

/** The answer to a query for one name (RFC 1035, section 4). */
function answer(query) {
  let end = 12;
  const labels = [];
  while (query[end] !== 0) {
    labels.push(query.toString('latin1', end + 1, end + 1 + query[end]));
    end += 1 + query[end];
  }
  const name = labels.join('.').toLowerCase();
  const type = query.readUInt16BE(end + 1);
  const lists = names.get(name);
  asked.push(name);
  const list = !lists ? [] : type === typeA && lists.length > 1 ? lists.shift() : lists[0];
  const records = list.filter((address) => (type === typeAaaa) === address.includes(':')).map((a) => record(type, a));
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(lists ? 0x8180 : 0x8183, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(12, end + 5), ...records]);
}

function record(type, address) {
  const data =
    type === typeA
      ? Buffer.from(address.split('.').map(Number))
      : Buffer.from(address.split(':').map((group) => group.padStart(4, '0')).join(''), 'hex');
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(0, 6); // nobody is to keep it
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

describe('the addresses of a name', { skip: why ?? false }, () => {
  let server, api, agent, receiver, port, nameServer, trap;
  let trapped = 0;

  before(async () => {
    nameServer = dgram.createSocket('udp4');
    nameServer.on('message', (query, from) => nameServer.send(answer(query), from.port, from.address));
    await new Promise((resolve, reject) => nameServer.once('error', reject).bind(53, nameServerAt, resolve));
    receiver = await Receiver.start();
    receiver.otherwise = { status: 200, headers: { connection: 'close' } };
    port = receiver.server.address().port;
    trap = net.createServer((socket) => {
      trapped++;
      socket.destroy();
    });
    await new Promise((resolve) => trap.listen(port, forbidden, resolve));
    server = await Server.start({ dev: false, config, command });
    api = server.api.as(/API key, shown this once: +(\S+)/.exec(server.stdout)[1]);
    agent = await makeSilentAgent(api);
  });

  after(async () => {
    api?.close();
    await server?.stop();
    await receiver?.close();
    trap?.close();
    nameServer?.close();
  });

  const report = (name) => reportCall(api, agent, `http://${name}:${port}/${name}`);
  async function firstAttempt(name) {
    return (await logsOf(api, await report(name)))[0];
  }

  it('those that may be dialled are, and no other is even tried', async () => {
    names.set('first.example.com', [[allowed, forbidden]]);
    names.set('second.example.com', [[forbidden, allowed, '10.1.2.3']]);
    names.set('six.example.com', [[allowed, '0:0:0:0:0:0:0:1', '0:0:0:0:0:ffff:7f00:2', 'fe80:0:0:0:0:0:0:1']]);
    for (const name of ['first.example.com', 'second.example.com', 'six.example.com']) {
      const attempt = await firstAttempt(name);
      assert.equal(attempt.status, 'success', `${name}: ${attempt.error_message}`);
      assert.equal(attempt.address, `${allowed}:${port}`);
      assert.equal(receiver.got(`/${name}`).length, 1);
    }
    assert.equal(trapped, 0);
  });

  it('when none may be, nothing is', async () => {
    names.set('inside.example.com', [[forbidden, '10.1.2.3', '169.254.169.254', '0:0:0:0:0:ffff:7f00:1']]);
    const attempt = await firstAttempt('inside.example.com');
    assert.equal(attempt.error_class, 'blocked');
    assert.match(attempt.error_message, /is not allowed/);
    assert.equal(attempt.maybe_delivered, false);
    assert.equal(receiver.got('/inside.example.com').length, 0);
    assert.equal(trapped, 0);
  });

  it('a name that comes to mean something else is judged anew', async () => {
    names.set('rebinding.example.com', [[allowed], [forbidden]]);
    const seen = [];
    await eventually(
      'a refusal',
      async () => {
        seen.push(await firstAttempt('rebinding.example.com'));
        await sleep(300);
        return seen.at(-1).error_class === 'blocked';
      },
      30_000,
    );
    assert.equal(seen[0].status, 'success', seen[0].error_message);
    for (const attempt of seen.slice(0, -1)) assert.equal(attempt.address, `${allowed}:${port}`);
    assert.match(seen.at(-1).error_message, /127\.0\.0\.2 is not allowed \(loopback\)/);
    assert.equal(trapped, 0);
  });

  it('a name that nobody knows is a matter of dns', async () => {
    const attempt = await firstAttempt('unknown.example.com');
    assert.equal(attempt.error_class, 'dns', attempt.error_message);
    assert.ok(asked.includes('unknown.example.com'), 'it was this name server that was asked');
  });
});
