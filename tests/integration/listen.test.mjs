// `wrapup listen` and `wrapup call`: webhooks of a server are received on this machine, with the answer carried back;
// also where only the outgoing way is open.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { logsOf, makeAgent, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { workspaceKey } from './lib/endpoints.mjs';
import { Receiver } from './lib/receiver.mjs';
import { binary, devSecret, eventually, run, Server, tempDir, databaseEnv } from './lib/server.mjs';

let server, api, receiver, agent;
const listeners = new Set();
process.on('exit', () => listeners.forEach((child) => child.kill('SIGKILL')));

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start({ config: '[delivery]\nretry_schedule = ["50ms", "100ms", "200ms", "400ms", "1s", "1s", "1s"]\n' });
  api = server.api;
  agent = await makeSilentAgent(api);
});

after(async () => {
  for (const child of listeners) child.kill('SIGKILL');
  await server?.stop();
  await receiver?.close();
});

/** Starts `wrapup listen`; `{child, url, lines()}` once it is connected. */
async function listen(args, { env = {}, through = [], connected = async () => true } = {}) {
  const [program, ...rest] = [...through, binary, 'listen', '--json', ...args];
  const child = spawn(program, rest, { env: { ...process.env, ...env } });
  listeners.add(child);
  child.on('close', () => listeners.delete(child));
  let out = '';
  let err = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (err += text));
  const lines = () => out.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const first = await eventually('the URL is printed', () => {
    if (child.exitCode !== null) throw new Error(`listen ended: ${out}${err}`);
    return out.includes('\n') && lines()[0];
  });
  await eventually('it is connected', () => connected(first.token));
  return { child, ...first, lines, stderr: () => err };
}

const credentials = () => ({ WRAPUP_SERVER: server.url, WRAPUP_API_KEY: server.key });
const isRelayed = async (token) => (await api.get(`/v2/inboxes/${token}`)).ok().relayed;

async function stop({ child }) {
  child.kill('SIGINT');
  await new Promise((resolve) => child.once('close', resolve));
}

describe('listen', () => {
  it('hands a webhook to the port here, bytes and headers as they were sent, and brings the answer back', async () => {
    const session = await listen(['--forward', receiver.url('/here?x=1')], { env: credentials(), connected: isRelayed });
    receiver.script('/here/below?x=1&y=2', [{ status: 503, headers: { 'Retry-After': '0' }, body: 'not yet' }, { status: 202, body: 'taken' }]);
    const call = await reportCall(api, agent, `${session.url}/below?y=2`);
    const logs = await logsOf(api, call, 2);
    assert.deepEqual(logs.map((log) => [log.response_status_code, log.response_payload]), [[503, 'not yet'], [202, 'taken']]);
    const [request] = await receiver.wait((got) => got.webhookId?.includes(call), 1);
    assert.equal(request.body.toString(), logs[0].request_payload);
    new Webhook(devSecret).verify(request.body.toString(), request.headers);
    const line = await eventually('a line of it', () => session.lines().find((one) => one.webhook_id?.includes(call)));
    assert.equal(line.status, 503);
    assert.equal(line.signature, 'valid');
    await stop(session);
  });

  it('tells the sender when nothing listens here, and when nobody listens at all; the same URL comes back', async () => {
    const session = await listen(['--forward', 'http://127.0.0.1:9/closed'], { env: credentials(), connected: isRelayed });
    const call = await reportCall(api, agent, session.url);
    const [first] = await logsOf(api, call, 1);
    assert.equal(first.response_status_code, 502);
    assert.match(first.response_payload, /nothing accepts connections there/);
    await stop(session);
    await eventually('the server has noticed', async () => !(await isRelayed(session.token)));
    const waiting = await reportCall(api, agent, session.url);
    assert.equal((await logsOf(api, waiting, 1))[0].response_status_code, 503);
    const again = await listen(['--forward', receiver.url('/back')], { env: credentials(), connected: isRelayed });
    assert.equal(again.url, session.url);
    await receiver.wait((got) => got.path === '/back' && got.webhookId?.includes(waiting), 1);
    await stop(again);
  });

  it('goes on when the server was away', async () => {
    const session = await listen(['--forward', receiver.url('/on')], { env: credentials(), connected: isRelayed });
    await server.kill();
    await server.start();
    api = server.api;
    await eventually('it is connected again', () => isRelayed(session.token), 15_000);
    const call = await reportCall(api, agent, session.url);
    await receiver.wait((got) => got.path === '/on' && got.webhookId?.includes(call), 1);
    await stop(session);
  });

  it('says what is wrong', async () => {
    const wrong = await run(['listen', '--forward', 'localhost:3000'], { env: credentials() });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--forward: .*http:\/\/127.0.0.1:3000\/hook/);
    const key = await run(['listen', '--forward', receiver.url()], { env: { ...credentials(), WRAPUP_API_KEY: 'wk_wrong' } });
    assert.equal(key.code, 1);
    assert.match(key.stderr, /key/);
    const inbox = await run(['listen', '--forward', receiver.url(), '--inbox', 'f'.repeat(32)], { env: credentials() });
    assert.equal(inbox.code, 1);
    assert.match(inbox.stderr, /no such inbox/);
    assert.match((await run(['listen', '--help'])).stdout, /goes back to the sender/);
  });
});

// Two namespaces with a wire between; connections go from the listener's to the server's and not back.
const ip = (...args) => spawnSync('ip', args, { encoding: 'utf8' });
function namespaces() {
  if (process.getuid() !== 0) return { why: 'network namespaces need root' };
  const names = [`wu-a-${process.pid}`, `wu-b-${process.pid}`];
  const inside = (name, ...args) => spawnSync('ip', ['netns', 'exec', name, ...args], { encoding: 'utf8' });
  const drop = () => names.forEach((name) => ip('netns', 'del', name));
  const fail = (why) => (drop(), { why });
  for (const name of names) {
    const made = ip('netns', 'add', name);
    if (made.status !== 0) return fail(`no network namespace can be made here: ${made.stderr ?? made.error}`);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }
  const [server_, listener] = names;
  if (ip('link', 'add', 'wu-wire', 'netns', server_, 'type', 'veth', 'peer', 'name', 'wu-wire', 'netns', listener).status !== 0)
    return fail('no veth pair can be made here');
  for (const [name, address] of [[server_, '192.0.2.1/24'], [listener, '192.0.2.2/24']]) {
    ip('-n', name, 'addr', 'add', address, 'dev', 'wu-wire');
    ip('-n', name, 'link', 'set', 'wu-wire', 'up');
  }
  // From the server's side only answers of its own port find the way: nothing there can begin a connection.
  const rule = (...args) => ip('-n', server_, ...args).status === 0;
  const closed =
    rule('route', 'add', '192.0.2.0/24', 'dev', 'wu-wire', 'table', '100') &&
    rule('rule', 'add', 'pref', '10', 'ipproto', 'tcp', 'sport', '8787', 'lookup', '100') &&
    rule('rule', 'add', 'pref', '20', 'to', '192.0.2.2', 'unreachable');
  if (!closed) return fail('the way back cannot be closed here: ip rule takes no ports');
  return { server: server_, listener, inside, drop };
}
const wires = namespaces();

describe('listen with only the outgoing way open', { skip: wires.why }, () => {
  after(() => wires.drop?.());

  it('a server in one network namespace reaches a port of another, which it cannot connect to', async () => {
    const data = `${tempDir()}/data`;
    const { key } = await workspaceKey(data, 'default');
    const through = (name) => ['ip', 'netns', 'exec', name];
    const far = spawn(...((all) => [all[0], all.slice(1)])([...through(wires.server), binary, 'serve', '--data', data, '--listen', '192.0.2.1:8787']), { env: { ...process.env, ...databaseEnv(data) } });
    listeners.add(far);
    // The receiver of the listener's side: on every address, and yet out of reach.
    const script = `require('http').createServer((q, r) => { let b = ''; q.on('data', (c) => b += c); q.on('end', () => { console.log(b.length); r.writeHead(201); r.end('from afar'); }); }).listen(3000, '0.0.0.0', () => console.log('up'))`;
    const local = spawn('ip', ['netns', 'exec', wires.listener, process.execPath, '-e', script]);
    listeners.add(local);
    let said = '';
    local.stdout.on('data', (text) => (said += text));
    await eventually('the receiver is up', () => said.includes('up'));
    const curl = (...args) => wires.inside(wires.server, 'curl', '-sS', '-m', '2', '-H', `Authorization: Bearer ${key}`, ...args);
    const at = 'http://192.0.2.1:8787';
    await eventually('the server is up', () => curl(`${at}/readyz`).stdout.includes('ready'));
    assert.notEqual(curl('http://192.0.2.2:3000/').status, 0, 'the server cannot connect to the listener');
    const session = await listen(['--forward', 'http://127.0.0.1:3000/hook', '--server', at], {
      env: { WRAPUP_API_KEY: key },
      through: through(wires.listener),
      connected: (token) => JSON.parse(curl(`${at}/v2/inboxes/${token}`).stdout).response.relayed,
    });
    const sent = JSON.parse(curl('-X', 'POST', `${at}/v2/webhooks/test`, '-d', JSON.stringify({ url: session.url })).stdout);
    const log = await eventually('it is delivered', () => {
      const page = JSON.parse(curl(`${at}/v2/logs?search=${sent.response.webhook_id}`).stdout).response;
      return page.items[0];
    });
    assert.equal(log.response_status_code, 201);
    for (const child of [session.child, local, far]) child.kill('SIGKILL');
  });
});

describe('call', () => {
  it('places a call and shows how its webhook is delivered', async () => {
    const dialled = await makeAgent(api);
    const env = credentials();
    const done = await run(['call', '--agent', dialled, '--url', receiver.url('/call'), '--metadata', 'order=NC-4410', '--variable', 'city=Bonn'], { env });
    assert.equal(done.code, 0, done.text);
    assert.match(done.stdout, /^Call [0-9a-f-]{36}\n/);
    assert.match(done.stdout, /\ncompleted\nDelivered: /);
    const id = done.stdout.match(/Call (\S+)/)[1];
    const request = await receiver.forCall(id);
    const payload = JSON.parse(request.body);
    assert.deepEqual(payload.metadata, { order: 'NC-4410' });
    assert.equal(payload.lead.prompt_variables.city, 'Bonn');
    const busy = await run(['call', '+15005550001', '--agent', dialled, '--json'], { env });
    assert.equal(busy.code, 0, busy.text);
    assert.equal(JSON.parse(busy.stdout.split('\n')[0]).response.answer, 'ok');
  });

  it('says what is wrong', async () => {
    const env = credentials();
    const several = await run(['call'], { env });
    assert.equal(several.code, 2);
    assert.match(several.stderr, /--agent ID/);
    const pair = await run(['call', '--agent', agent, '--metadata', 'order'], { env });
    assert.equal(pair.code, 2);
    assert.match(pair.stderr, /name=value/);
    const phone = await run(['call', '12', '--agent', agent], { env });
    assert.equal(phone.code, 2);
    assert.match(phone.stderr, /phone/);
  });
});
