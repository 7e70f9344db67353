// The commands that talk to a running server: the real program, a real server, a real receiver, and where it matters a
// real terminal.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Api } from './lib/api.mjs';
import { choice, logsOf, makeAgent, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { Receiver } from './lib/receiver.mjs';
import { binary, devKey, eventually, freePort, run, Server, tempDir, tempFile } from './lib/server.mjs';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
let server, receiver, agent;

before(async () => {
  server = await Server.start({ config: '[delivery]\nshort_retry_schedule = ["24h"]\nretry_schedule = ["24h"]\n' });
  receiver = await Receiver.start();
  agent = await makeSilentAgent(server.api);
});

after(async () => {
  await receiver?.close();
  await server?.stop();
});

const environment = (more = {}) => ({
  WRAPUP_SERVER: server.url,
  WRAPUP_API_KEY: devKey,
  TZ: 'UTC',
  COLUMNS: '',
  NO_COLOR: '',
  TERM: 'xterm',
  ...more,
});

/** Runs a command against the server. */
const cli = (args, { env, ...options } = {}) => run(args, { env: environment(env), timeout: 40_000, ...options });

async function done(args, options) {
  const result = await cli(args, options);
  assert.equal(result.code, 0, `${args.join(' ')}:\n${result.text}`);
  return result;
}

async function refused(args, code, pattern, options) {
  const result = await cli(args, options);
  assert.equal(result.code, code, `${args.join(' ')}:\n${result.text}`);
  assert.match(result.stderr, pattern);
  assert.equal(result.stdout, '', 'what is wrong goes to stderr alone');
  return result;
}

const children = new Set();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts a command that goes on; `terminal`: on a pseudo-terminal of its own, where what is written is as if typed. */
function start(args, { terminal = false, env } = {}) {
  const quoted = [binary, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = terminal
    ? spawn('script', ['-qec', `stty cols 100; ${quoted}`, '/dev/null'], { env: { ...process.env, ...environment(env) } })
    : spawn(binary, args, { env: { ...process.env, ...environment(env) } });
  children.add(child);
  child.output = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (child.output += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (child.output += text));
  child.stdin.on('error', () => {});
  child.ended = new Promise((resolve) =>
    child.once('close', (code, signal) => {
      children.delete(child);
      resolve({ code, signal });
    }),
  );
  child.says = (pattern) => eventually(`${pattern} in:\n${child.output}`, () => pattern.test(child.output), 20_000);
  return child;
}

/** On a terminal to its end: `{code, output}`. `input` is typed when `prompt` has come. */
async function onTerminal(args, { prompt, input, env } = {}) {
  const child = start(args, { terminal: true, env });
  if (prompt) {
    await child.says(prompt);
    child.stdin.write(input);
  }
  const { code } = await child.ended;
  return { code, output: child.output };
}

/** A webhook that was tried once; returns the log entry of the attempt. */
async function attempt(route, steps = [], more) {
  receiver.script(route, steps);
  const call = await reportCall(server.api, agent, receiver.url(route), more);
  return (await logsOf(server.api, call))[0];
}

const responses = (stdout) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).response);

describe('which server, and who asks', () => {
  it('a server that does not answer is named, with what to check', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    await refused(['logs'], 1, new RegExp(`${url} does not answer: nothing accepts connections`), {
      env: { WRAPUP_SERVER: url },
    });
    await refused(['calls', '--server', url], 1, /wrapup serve/);
  });

  it('an address that is none, another protocol, another program', async () => {
    await refused(['logs', '--server', '127.0.0.1:8787'], 2, /--server: .*http/);
    await refused(['logs'], 1, /TLS handshake/, { env: { WRAPUP_SERVER: server.url.replace('http', 'https') } });
    await refused(['logs'], 1, /answered 200, but not as a wrapup server does/, {
      env: { WRAPUP_SERVER: receiver.url('') },
    });
  });

  it('a key is needed, and must be right', async () => {
    await refused(['logs'], 2, /WRAPUP_API_KEY/, { env: { WRAPUP_API_KEY: '' } });
    await refused(['logs'], 1, /valid key.*\(request [0-9a-f]{32}\)/, { env: { WRAPUP_API_KEY: 'wk_wrong_0000000000' } });
    await done(['logs', '--key', devKey], { env: { WRAPUP_API_KEY: '' } });
  });

  it('help names both variables and warns of --key', async () => {
    for (const command of [['logs'], ['replay'], ['trigger'], ['endpoint', 'set'], ['calls', 'show']]) {
      const { stdout } = await done([...command, '--help']);
      assert.match(stdout, /WRAPUP_SERVER/);
      assert.match(stdout, /Others on this machine can see it[^]*WRAPUP_API_KEY/);
    }
  });
});

describe('before anything has happened', () => {
  let fresh;
  before(async () => (fresh = await Server.start()));
  after(async () => fresh?.stop());

  it('each list says what the next step is', async () => {
    const env = { WRAPUP_SERVER: fresh.url };
    for (const [args, pattern] of [
      [['logs'], /wrapup trigger https:/],
      [['calls'], /POST \/v2\/calls/],
      [['endpoint', 'list'], /wrapup endpoint set URL/],
      [['replay', 'list'], /--dry-run/],
      [['logs', '--status', 'failed'], /No attempt fits/],
    ]) {
      const { stdout, stderr } = await done(args, { env });
      assert.equal(stdout, '');
      assert.match(stderr, pattern);
    }
  });
});

describe('trigger', () => {
  it('says that the receiver took it, and it was a signed sample', async () => {
    const { stdout, stderr } = await done(['trigger', receiver.url('/taken'), '--status', 'left_voicemail']);
    assert.match(stdout, /^Delivered: http:\S+\/taken answered 200 \(.*m?s\)\.\n$/);
    assert.match(stderr, uuid, 'the log entry is named');
    const [request] = receiver.got('/taken');
    assert.equal(request.json.status, 'left_voicemail');
    assert.deepEqual(request.json.metadata, { test: true });
    assert.ok(request.headers['webhook-signature']);
  });

  it('says what went wrong and what to do, and fails', async () => {
    receiver.script('/broken', [{ status: 503 }]);
    const broken = await cli(['trigger', receiver.url('/broken')]);
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /^Failed: \S+ answered 503/);
    assert.match(broken.stdout, /Next: /);
    assert.match(broken.stderr, /tried again by the schedule/);
    receiver.script('/moved', [{ status: 308, headers: { location: 'https://new.example.com/hook' } }]);
    const moved = await cli(['trigger', receiver.url('/moved')]);
    assert.match(moved.stdout, /Use the final URL: https:\/\/new\.example\.com\/hook/);
    const nobody = await cli(['trigger', `http://127.0.0.1:${await freePort()}/hook`]);
    assert.equal(nobody.code, 1);
    assert.match(nobody.stdout, /did not answer \(connect, .*Nothing accepts connections there/s);
  });

  it('with --json: the answer to the request, then the attempt', async () => {
    const { stdout } = await done(['trigger', receiver.url('/taken'), '--json']);
    const [accepted, logged] = responses(stdout);
    assert.equal(logged.delivery_id, accepted.delivery_id);
    assert.equal(logged.response_status_code, 200);
  });

  it('to a paused endpoint says so and does not wait', async () => {
    await done(['trigger', receiver.url('/paused')]);
    await done(['endpoint', 'pause', receiver.url('/paused')]);
    const result = await cli(['trigger', receiver.url('/paused')]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /endpoint is paused.*wrapup endpoint resume/s);
    assert.equal(receiver.got('/paused').length, 1);
  });

  it('what the server refuses is said in its words', async () => {
    await refused(['trigger', 'ftp://example.com/'], 2, /scheme must be https or http/);
    await refused(['trigger', receiver.url(), '--status', 'ringing'], 2, /status must be a terminal status/);
    await refused(['trigger', receiver.url(), '--agent', 'nobody'], 1, /nobody/);
    await refused(['trigger'], 2, /URL/);
  });
});

describe('logs', () => {
  let good, bad;
  before(async () => {
    good = await attempt('/logs-good');
    bad = await attempt('/logs-bad', [{ status: 404, body: 'nothing here' }]);
  });

  it('lists attempts, aligned, the latest first', async () => {
    const { stdout } = await done(['logs', '--agent', agent, '--search', '/logs-']);
    const [heading, first, second, ...rest] = stdout.trimEnd().split('\n');
    assert.equal(rest.length, 0);
    assert.match(heading, /^TIME +RESULT +TRY +TOOK +ID +URL$/);
    assert.match(first, /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d +404 /);
    assert.equal(first.indexOf(bad.webhook_log_id), heading.indexOf('ID'));
    assert.equal(second.indexOf(good.webhook_log_id), heading.indexOf('ID'));
    assert.equal(second.indexOf(receiver.url('/logs-good')), heading.indexOf('URL'));
  });

  it('filters', async () => {
    const only = async (filter, wanted, other) => {
      const { stdout } = await done(['logs', '--search', '/logs-', ...filter]);
      assert.ok(stdout.includes(wanted.webhook_log_id), `${filter}:\n${stdout}`);
      assert.ok(!stdout.includes(other.webhook_log_id), `${filter}:\n${stdout}`);
    };
    await only(['--status', 'success'], good, bad);
    await only(['--status', 'failed'], bad, good);
    await only(['--error', 'http_4xx'], bad, good);
    await only(['--call', good.call_id], good, bad);
    await only(['--endpoint', good.endpoint_id], good, bad);
    await only(['--endpoint', bad.webhook_url], bad, good);
    await only(['--from', bad.request_timestamp, '--event', 'call.completed'], bad, good);
    await only(['--to', bad.request_timestamp, '--from', '1h'], good, bad);
    const { stdout, stderr } = await done(['logs', '--to', '2020-01-01']);
    assert.equal(stdout, '');
    assert.match(stderr, /No attempt fits these filters/);
  });

  it('tells times in the zone of the machine, and reads them so', async () => {
    const at = new Date(good.request_timestamp);
    const shown = (offset) => new Date(+at + offset * 3_600_000).toISOString().slice(11, 19);
    const args = ['logs', '--call', good.call_id];
    assert.ok((await done(args, { env: { TZ: 'Asia/Tokyo' } })).stdout.includes(shown(9)));
    const utc = (await done([...args, '--utc'], { env: { TZ: 'Asia/Tokyo' } })).stdout;
    assert.ok(utc.includes(shown(0)) && utc.startsWith('TIME (UTC)'), utc);
    const day = new Date(+at + 9 * 3_600_000).toISOString().slice(0, 10);
    const since = await done([...args, '--from', day], { env: { TZ: 'Asia/Tokyo' } });
    assert.ok(since.stdout.includes(good.webhook_log_id));
  });

  it('pages by --limit and --cursor', async () => {
    const first = await done(['logs', '--search', '/logs-', '--limit', '1']);
    assert.ok(first.stdout.includes(bad.webhook_log_id));
    const [, cursor] = first.stderr.match(/2 in all.* --cursor (\S+)/);
    const second = await done(['logs', '--search', '/logs-', '--limit', '1', '--cursor', cursor]);
    assert.ok(second.stdout.includes(good.webhook_log_id));
  });

  it('--json is the answer of the API, byte for byte', async () => {
    const { stdout } = await done(['logs', '--search', '/logs-', '--json']);
    const reply = await server.api.get('/v2/logs?search=%2Flogs-&page_size=20');
    assert.equal(stdout, `${reply.text}\n`);
    const shown = await done(['logs', 'show', bad.webhook_log_id, '--json']);
    assert.equal(shown.stdout, `${(await server.api.get(`/v2/logs/${bad.webhook_log_id}`)).text}\n`);
  });

  it('fits the width, and cuts what is long', async () => {
    for (const width of [60, 80, 100, 120]) {
      const { stdout } = await done(['logs', '--search', '/logs-'], { env: { COLUMNS: String(width) } });
      for (const line of stdout.trimEnd().split('\n')) assert.ok([...line].length <= width, `${width}: ${line}`);
      if (width > 60) assert.ok(stdout.includes(bad.webhook_log_id), 'an id is needed whole');
    }
    assert.match((await done(['logs'], { env: { COLUMNS: '80' } })).stdout, /…/);
  });

  it('wrong arguments are said at once', async () => {
    await refused(['logs', '--from', 'yesterday'], 2, /--from: yesterday is no time/);
    await refused(['logs', '--status', 'odd'], 2, /status must be one of/);
    await refused(['logs', '--limit', '101'], 2, /--limit/);
    await refused(['logs', '--stauts', 'failed'], 2, /did you mean --status/);
    await refused(['logs', 'shwo'], 2, /did you mean show/);
    await refused(['logs', '--endpoint', 'https://nobody.example.com/'], 1, /no endpoint has the URL/);
    await refused(['logs', '--follow', '--cursor', good.webhook_log_id], 2, /--cursor/);
  });

  it('show tells everything of one attempt', async () => {
    const { stdout } = await done(['logs', 'show', bad.webhook_log_id]);
    for (const part of [
      /^Failed: \S+\/logs-bad answered 404/,
      /Next: Check the path/,
      new RegExp(`call +${bad.call_id}`),
      /Where the time went\n[^]*connecting +[\d.]+ ms +█/,
      /webhook-id: evt_/,
      /"transcript": /,
      /Answer: 404\n/,
      /nothing here/,
    ])
      assert.match(stdout, part);
    const missing = await refused(['logs', 'show', 'evt_nothing'], 1, /no log entry evt_nothing.*\(request /);
    assert.match(missing.stderr, /wrapup logs --search/);
  });

  it('show --curl sends the same request, without the secrets', async () => {
    const url = receiver.url('/curl');
    await done(['endpoint', 'set', url, '--secret-header', 'X-Desk: hidden-value', '--header', "X-Team: it's"]);
    const sent = await attempt('/curl', [], { name: "Ilse O'Varga" });
    const { stdout, stderr } = await done(['logs', 'show', sent.webhook_log_id, '--curl']);
    assert.ok(!stdout.includes('hidden-value'));
    assert.match(stdout, /X-Desk: \*\*\*/);
    assert.match(stderr, /\*\*\*/);
    const curl = spawnSync('sh', ['-c', stdout.replace(/^curl /, 'curl --noproxy "*" ')], { encoding: 'utf8' });
    assert.match(curl.stdout, /^HTTP\/1\.1 200/, curl.stderr);
    const [first, second] = receiver.got('/curl');
    assert.deepEqual(second.body, first.body);
    assert.equal(second.headers['x-team'], "it's");
    assert.equal(second.headers['webhook-signature'], first.headers['webhook-signature']);
  });

  it('--follow shows attempts as they come, each once', async () => {
    const child = start(['logs', '--follow', '--search', '/follow']);
    await child.says(/TIME/);
    const first = await attempt('/follow-1');
    await child.says(new RegExp(first.webhook_log_id));
    const more = [await attempt('/follow-2', [{ status: 500 }]), await attempt('/follow-1')];
    for (const one of more) await child.says(new RegExp(one.webhook_log_id));
    child.kill('SIGINT');
    await child.ended;
    for (const one of [first, ...more])
      assert.equal(child.output.split(one.webhook_log_id).length - 1, 1, child.output);
    assert.equal(child.output.split('RESULT').length - 1, 1, 'one heading');
  });

  it('--follow --json gives an entry a line, begins with the latest, and lives through a restart', async () => {
    const own = await Server.start();
    const api = own.api;
    const silent = await makeSilentAgent(api);
    const one = (await logsOf(api, await reportCall(api, silent, receiver.url('/again'))))[0];
    const child = start(['logs', '-f', '--json', '--limit', '1', '--server', own.url]);
    await child.says(new RegExp(one.webhook_log_id));
    await own.stop();
    await child.says(/does not answer; trying again/);
    await own.start();
    const two = (await logsOf(own.api, await reportCall(own.api, silent, receiver.url('/again'))))[0];
    await child.says(new RegExp(two.webhook_log_id));
    child.kill('SIGINT');
    await child.ended;
    const entries = child.output.split('\n').filter((line) => line.startsWith('{'));
    assert.deepEqual(entries.map((line) => JSON.parse(line).webhook_log_id), [one.webhook_log_id, two.webhook_log_id]);
    await own.stop();
  });

  it('ends when nobody reads any more', async () => {
    const ends = spawnSync('sh', ['-c', `"${binary}" logs --json | head -c 1`], {
      env: { ...process.env, ...environment() },
      encoding: 'utf8',
    });
    assert.equal(ends.stdout, '{');
    assert.equal(ends.stderr, '');
  });
});

describe('hostile text', () => {
  it('of a receiver or a caller never steers the terminal', async () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e';
    const sent = await attempt('/evil', [{ status: 500, body: evil }], { name: `Ilse${evil}`, metadata: { [evil]: evil } });
    for (const args of [
      ['logs', 'show', sent.webhook_log_id],
      ['logs', 'show', sent.webhook_log_id, '--curl'],
      ['calls', 'show', sent.call_id],
      ['calls', '--search', sent.call_id],
      ['logs', '--search', evil],
      ['logs', 'show', evil],
      ['endpoint', 'list', '--state', evil],
    ]) {
      const { text } = await cli(args);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, args.join(' '));
    }
    const shown = await cli(['logs', 'show', sent.webhook_log_id]);
    assert.ok(shown.stdout.includes('\\x1b]0;owned\\x07\\x1b[2J\\u009b31m\\u202e'), shown.stdout);
    const raw = await onTerminal(['logs', 'show', sent.webhook_log_id, '--json']);
    assert.doesNotMatch(raw.output, /[\u0007\u009b\u202e]|\u001b\]/u);
    assert.equal(JSON.parse(raw.output).response.response_payload, evil, 'the escapes mean the same');
  });
});

describe('on a terminal', () => {
  it('colours, unless NO_COLOR or TERM=dumb say no; never in a pipe', async () => {
    await attempt('/colours');
    const args = ['logs', '--search', '/colours'];
    assert.ok((await onTerminal(args)).output.includes('\u001b[32m200\u001b[0m'));
    assert.ok(!(await onTerminal(args, { env: { NO_COLOR: '1' } })).output.includes('\u001b['));
    assert.ok(!(await onTerminal(args, { env: { TERM: 'dumb' } })).output.includes('\u001b['));
    assert.ok(!(await done(args)).stdout.includes('\u001b['));
  });

  it('tables take its width', async () => {
    const { output } = await onTerminal(['logs'], { env: { NO_COLOR: '1' } });
    const lines = output.split(/\r?\n/).filter((line) => line.includes('http'));
    assert.ok(lines.length > 0);
    for (const line of lines) assert.ok([...line].length <= 100, line);
  });
});

describe('replay of one', () => {
  it('sends it again and says what came of it', async () => {
    const sent = await attempt('/one', [{ status: 404 }]);
    const { stdout } = await done(['replay', sent.webhook_log_id]);
    assert.match(stdout, /^Delivered: \S+\/one answered 200/);
    const [first, second] = receiver.got('/one');
    assert.deepEqual(second.body, first.body);
    assert.equal(second.webhookId, first.webhookId);
  });

  it('or somewhere else, or in vain', async () => {
    const sent = await attempt('/here');
    receiver.script('/there', [{ status: 410 }]);
    const result = await cli(['replay', sent.webhook_log_id, '--url', receiver.url('/there')]);
    assert.equal(result.code, 1);
    assert.match(result.stdout, /^Failed: \S+\/there answered 410.*wrapup endpoint resume/s);
    assert.equal(receiver.got('/here').length, 1);
  });

  it('with --json: both answers', async () => {
    const sent = await attempt('/json');
    const { stdout } = await done(['replay', sent.webhook_log_id, '--json']);
    const [accepted, logged] = responses(stdout);
    assert.equal(logged.delivery_id, accepted.delivery_id);
  });

  it('wrong ids and mixtures are refused', async () => {
    await refused(['replay', 'nothing-of-the-kind'], 1, /no log entry nothing-of-the-kind/);
    await refused(['replay', 'lst'], 2, /did you mean `wrapup replay list`/);
    await refused(['replay'], 2, /which webhooks/);
    await refused(['replay', 'x-y-z', '--status', 'exhausted'], 2, /an id names one webhook/);
  });
});

describe('replay of many', () => {
  let url;
  before(async () => {
    url = receiver.url('/many');
    for (let i = 0; i < 3; i++) await attempt('/many');
  });

  it('--dry-run counts', async () => {
    const { stdout } = await done(['replay', '--endpoint', url, '--status', 'delivered', '--dry-run']);
    assert.match(stdout, /^3 webhooks would be sent again \(endpoint_id \S+, status delivered\)\.\n$/);
    const raw = await done(['replay', '--endpoint', url, '--dry-run', '--json']);
    assert.equal(responses(raw.stdout)[0].count, 3);
    assert.equal(receiver.got('/many').length, 3);
  });

  it('asks nobody in a script, but wants --yes', async () => {
    await refused(['replay', '--endpoint', url], 2, /give --yes/);
    assert.equal(receiver.got('/many').length, 3);
  });

  it('--yes sends them and tells the end', async () => {
    const { stdout, stderr } = await done(['replay', '--endpoint', url, '--rate', '100', '--yes']);
    assert.match(stdout, /^Replay completed: 3 of 3 sent again, 3 delivered\.\n$/);
    assert.match(stderr, /Ctrl-C leaves it running/);
    assert.equal(receiver.got('/many').length, 6);
  });

  it('asks on a terminal with the count; no means no', async () => {
    const no = await onTerminal(['replay', '--endpoint', url], { prompt: /\[y\/N\]/, input: 'n\n' });
    assert.equal(no.code, 1);
    assert.match(no.output, /Send 3 webhooks again to where they were sent before, 10 a second \(about 1 s\)\?/);
    assert.match(no.output, /Nothing was sent/);
    assert.equal(receiver.got('/many').length, 6);
    const yes = await onTerminal(['replay', '--endpoint', url], { prompt: /\[y\/N\]/, input: 'y\n' });
    assert.equal(yes.code, 0, yes.output);
    assert.match(yes.output, /Replay completed: 3 of 3/);
    assert.equal(receiver.got('/many').length, 9);
  });

  it('nothing to send is said', async () => {
    const none = await onTerminal(['replay', '--endpoint', url, '--status', 'canceled']);
    assert.equal(none.code, 0);
    assert.match(none.output, /nothing to send/);
  });

  // Long enough at one a second to be stopped on the way.
  const long = () => ['replay', '--agent', agent, '--rate', '1', '--yes'];
  const state = async (verb, id) => responses((await done(['replay', verb, id, '--json'])).stdout)[0].state;

  it('Ctrl-C leaves it running and says how to go on; pause, show, resume, cancel, list', async () => {
    const child = start(long(), { terminal: true });
    await child.says(/has begun/);
    const [id] = child.output.match(uuid);
    await child.says(/of \d+ sent again/);
    child.stdin.write('\u0003');
    assert.equal((await child.ended).code, 130, child.output);
    assert.match(child.output, /goes on without us/);
    for (const command of ['show', 'pause', 'cancel']) assert.ok(child.output.includes(`wrapup replay ${command} ${id}`));
    assert.equal(await state('show', id), 'running');
    assert.equal(await state('pause', id), 'paused');
    assert.match((await done(['replay', 'show', id])).stdout, /state +paused\n *progress +\d+ of \d+ sent again/);
    assert.equal(await state('resume', id), 'running');
    assert.match((await done(['replay', 'cancel', id])).stdout, /state +canceled/);
    const { stdout } = await done(['replay', 'list']);
    assert.match(stdout.split('\n')[1], new RegExp(`canceled +\\d+ of \\d+.* ${id} +assistant_id`));
    await refused(['replay', 'resume', id], 1, /cannot become running/);
    await refused(['replay', 'show', 'nobody'], 1, /no replay/);
  });

  it('a job that is paused by somebody else ends the watch', async () => {
    const child = start(long());
    await child.says(/has begun/);
    const [id] = child.output.match(uuid);
    await done(['replay', 'pause', id]);
    assert.equal((await child.ended).code, 1);
    assert.match(child.output, /Somebody paused it.*wrapup replay resume/s);
    await done(['replay', 'cancel', id]);
  });
});

describe('endpoint', () => {
  const at = (route) => receiver.url(`/endpoint-${route}`);

  it('set makes one, changes what is given, and takes back by default', async () => {
    const url = at('set');
    const made = await done([
      ...['endpoint', 'set', url, '--name', 'Front desk', '--rate', '20/1s', '--rate', '1000/m'],
      ...['--concurrency', '4', '--timeout', '30s', '--connect-timeout', '3s', '--schedule', '5s,30s,2m'],
      ...['--short-schedule', '5s', '--max-age', '3d', '--header', 'X-Team: desk', '--secret-header', 'X-Key: hidden'],
    ]);
    assert.match(made.stderr, /The endpoint is new/);
    assert.match(made.stdout, /rate +20 in 1s, 1,000 in 1m\n/);
    assert.match(made.stdout, /schedule +5s, 30s, 2m\n/);
    assert.match(made.stdout, /header +X-Key: \*\*\*\n/);
    const show = async () => responses((await done(['endpoint', 'show', url, '--json'])).stdout)[0];
    const first = await show();
    assert.equal(first.concurrency, 4);
    assert.deepEqual(first.retry, { schedule: ['5s', '30s', '2m'], short_schedule: ['5s'], max_age: '3d' });

    await done(['endpoint', 'set', first.endpoint_id, '--header', 'X-More: b', '--rate', 'default', '--schedule', 'default']);
    const second = await show();
    assert.equal(second.rate_limits, null);
    assert.deepEqual(second.retry, { schedule: null, short_schedule: ['5s'], max_age: '3d' });
    assert.deepEqual(second.headers.map((header) => header.name), ['X-Team', 'X-Key', 'X-More']);
    assert.equal(second.name, 'Front desk');

    await done(['endpoint', 'set', url, '--header', 'X-Team:']);
    await done(['trigger', url]);
    const [request] = receiver.got('/endpoint-set');
    assert.equal(request.headers['x-key'], 'hidden', 'a header that was not named keeps its secret value');
    assert.equal(request.headers['x-more'], 'b');
    assert.equal(request.headers['x-team'], undefined);
    await done(['endpoint', 'set', url, '--header', 'default', '--preset', 'zapier']);
    const third = await show();
    assert.deepEqual(third.headers, []);
    assert.equal(third.preset, 'zapier');
  });

  it('set takes certificates from files', async () => {
    const pem = tempFile('ca.pem', 'no certificate at all');
    await refused(['endpoint', 'set', at('tls'), '--cert', pem], 2, /certificate needs both certificate and key/);
    await refused(['endpoint', 'set', at('tls'), '--ca', '/nowhere/ca.pem'], 2, /--ca: \/nowhere\/ca\.pem: cannot be read/);
  });

  it('pause, resume and list', async () => {
    const url = at('pause');
    await done(['trigger', url]);
    assert.match((await done(['endpoint', 'pause', url])).stdout, /state +paused/);
    const list = await done(['endpoint', 'list', '--state', 'paused', '--search', '/endpoint-pause']);
    assert.match(list.stdout, /^STATE +WAITING +LAST ANSWERS +NAME +ID +URL\npaused +0 +200 +- +\S{36} +http:\S+\n$/);
    assert.match((await done(['endpoint', 'resume', url])).stdout, /state +active/);
    assert.match((await done(['endpoint', 'list', '--state', 'paused', '--search', '/endpoint-pause'])).stderr, /fits/);
    const raw = await done(['endpoint', 'list', '--search', '/endpoint-pause', '--json']);
    assert.equal(responses(raw.stdout)[0].endpoints[0].url, url);
  });

  it('shows why nothing is sent', async () => {
    receiver.script('/endpoint-gone', [{ status: 410 }]);
    await cli(['trigger', at('gone')]);
    const { stdout, stderr } = await done(['endpoint', 'show', at('gone')]);
    assert.match(stdout, /state +disabled \(.*410.*\), since /);
    assert.match(stdout, /waiting +1 webhook/);
    assert.match(stderr, /wrapup endpoint resume/);
  });

  it('delete asks, or wants --yes', async () => {
    const url = at('delete');
    await done(['trigger', url]);
    await refused(['endpoint', 'delete', url], 2, /give --yes/);
    const no = await onTerminal(['endpoint', 'delete', url], { prompt: /\[y\/N\]/, input: 'n\n' });
    assert.match(no.output, /Delete \S+\/endpoint-delete, its settings, and the 0 webhooks that wait for it\?/);
    assert.match((await done(['endpoint', 'show', url])).stdout, /active/);
    assert.match((await done(['endpoint', 'delete', url, '--yes'])).stdout, /Deleted\. 0 webhooks canceled\./);
    await refused(['endpoint', 'show', url], 1, /no endpoint has the URL/);
  });

  it('finds the very URL among many that begin with it', async () => {
    const urls = ['', '/', '/x', '?a=b'].map((end) => at('url') + end);
    for (const url of urls) await server.api.post('/v2/endpoints', { url });
    for (const url of urls) assert.match((await done(['endpoint', 'show', url])).stdout, new RegExp(`url +${url.replace('?', '\\?')}\n`));
  });

  it('wrong calls are refused', async () => {
    await refused(['endpoint'], 2, /There are list, show/);
    await refused(['endpoint', 'show', 'nobody'], 1, /no endpoint nobody/);
    await refused(['endpoint', 'set', at('set')], 2, /what is to be set/);
    await refused(['endpoint', 'set', at('set'), '--rate', 'fast'], 2, /--rate: fast is no rate/);
    await refused(['endpoint', 'set', at('set'), '--timeout', '5 years'], 2, /timeout must be a duration/);
    await refused(['endpoint', 'set', at('set'), '--header', 'Host: x'], 2, /wrapup sets itself/);
    await refused(['endpoint', 'pause'], 2, /ID_OR_URL/);
  });
});

describe('calls', () => {
  let asked, call;
  before(async () => {
    asked = await makeAgent(server.api, {
      agent: { engine: 'none' },
      actions: [choice('slot', 'When should the pickup be?', ['morning', 'evening'])],
    });
    call = await reportCall(server.api, asked, receiver.url('/calls'), { phone: '+15550107788' });
    await reportCall(server.api, asked, receiver.url('/calls'), { status: 'busy', transcript: [], phone: '+15550107799' });
    await logsOf(server.api, call);
  });

  it('lists and filters', async () => {
    const { stdout } = await done(['calls', '--agent', asked]);
    assert.match(stdout, /^BEGAN +STATUS +ENDED BY +LENGTH +ID +NUMBER +NAME\n/);
    assert.equal(stdout.trimEnd().split('\n').length, 3);
    for (const filter of [
      ['--status', 'completed'],
      ['--phone', '+15550107788'],
      ['--search', call],
      ['--duration-min', '10'],
    ]) {
      const rows = (await done(['calls', '--agent', asked, ...filter])).stdout.trimEnd().split('\n');
      assert.equal(rows.length, 2, filter.join(' '));
      assert.ok(rows[1].includes(call), filter.join(' '));
    }
    assert.match((await done(['calls', '--agent', asked, '--reason', 'nonsense'])).stderr, /No call fits/);
    await refused(['calls', '--status', 'odd'], 2, /call_status must be one of/);
  });

  it('show tells the conversation, the results and the deliveries', async () => {
    const { stdout } = await done(['calls', 'show', call]);
    for (const part of [
      /status +completed\n/,
      /customer +Ilse Varga \+15550107788\n/,
      /human: Yes please, Thursday morning/,
      /info_extractor_slot +morning/,
      /Analysis\n/,
      /Attempts to deliver its webhook[^]* 200 +1 +\S{36} +http/,
    ])
      assert.match(stdout, part);
    await refused(['calls', 'show', 'nobody'], 1, /no call nobody/);
  });

  it('--json is the answer of the API', async () => {
    const { stdout } = await done(['calls', 'show', call, '--json']);
    assert.equal(stdout, `${(await server.api.get(`/v2/calls/${call}`)).text}\n`);
    assert.equal(responses((await done(['calls', '--agent', asked, '--json'])).stdout)[0].calls.length, 2);
  });
});

describe('completion', () => {
  const shells = path.dirname(binary) + path.delimiter + process.env.PATH;
  const has = (shell) => spawnSync(shell, ['-c', 'exit']).status === 0;

  /** What bash offers for the last word. */
  function offered(script, words) {
    const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wrapup 2>/dev/null; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const result = spawnSync('bash', ['-c', program, 'bash', script, ...words], { encoding: 'utf8' });
    assert.equal(result.status, 0, result.stderr);
    return result.stdout.split('\n').filter(Boolean);
  }

  it('bash completes commands, options and their values', async () => {
    const script = tempFile('wrapup.bash', (await run(['completion', 'bash'])).stdout);
    assert.ok(offered(script, ['wrapup', '']).includes('endpoint'));
    assert.deepEqual(offered(script, ['wrapup', 'log']), ['logs']);
    assert.deepEqual(offered(script, ['wrapup', 'logs', '--foll']), ['--follow']);
    assert.deepEqual(offered(script, ['wrapup', 'logs', '--status', '']), ['success', 'failed']);
    assert.deepEqual(offered(script, ['wrapup', 'logs', '--search', 'show', '--cur']), ['--cursor'], 'not of `show`');
    assert.deepEqual(offered(script, ['wrapup', 'logs', 'show', 'x', '--cur']), ['--curl']);
    assert.deepEqual(offered(script, ['wrapup', 'trigger', 'x', '--status', 'hang']), ['hangup_on_voicemail']);
    assert.deepEqual(offered(script, ['wrapup', 'logs', '--error', 'timeout_a']), ['timeout_after']);
    const folder = tempDir();
    fs.writeFileSync(path.join(folder, 'ca.pem'), '');
    const begun = path.join(folder, 'c');
    assert.deepEqual(offered(script, ['wrapup', 'endpoint', 'set', 'x', '--ca', begun]), [path.join(folder, 'ca.pem')]);
  });

  it('every command of the help is offered', async () => {
    const script = tempFile('wrapup.bash', (await run(['completion', 'bash'])).stdout);
    const visit = async (words) => {
      const { stdout } = await run([...words.slice(1), '--help']);
      const section = stdout.split('Subcommands:\n')[1]?.split('\n\n')[0] ?? '';
      const names = [...section.matchAll(/^ {2}(\S+)/gm)].map((match) => match[1]);
      if (names.length === 0) return;
      assert.deepEqual(offered(script, [...words, '']), names, words.join(' '));
      for (const name of names) await visit([...words, name]);
    };
    await visit(['wrapup']);
  });

  it('zsh reads its script', { skip: !has('zsh') && 'there is no zsh here' }, async () => {
    const script = tempFile('_wrapup', (await run(['completion', 'zsh'])).stdout);
    assert.equal(spawnSync('zsh', ['-n', script]).status, 0);
  });

  it('fish completes', { skip: !has('fish') && 'there is no fish here' }, async () => {
    const script = tempFile('wrapup.fish', (await run(['completion', 'fish'])).stdout);
    const fish = (line) =>
      spawnSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], {
        encoding: 'utf8',
        env: { ...process.env, PATH: shells },
      }).stdout;
    assert.match(fish('wrapup lo'), /^logs\t/);
    assert.match(fish('wrapup logs --status '), /^failed\t.*\nsuccess\t/);
  });

  it('another shell is refused', async () => {
    const result = await run(['completion', 'ed']);
    assert.equal(result.code, 2);
  });
});

describe('another workspace', () => {
  it('is not seen', async () => {
    const made = await run(['key', 'create', '--data', server.data, '--workspace', 'other']);
    const [key] = made.stdout.match(/wk_\w+/);
    await eventually('the key works', async () => (await new Api(server.url, key).get('/v2/calls')).status === 200);
    const { stdout, stderr } = await done(['logs'], { env: { WRAPUP_API_KEY: key } });
    assert.equal(stdout, '');
    assert.match(stderr, /No webhook was sent yet/);
  });
});
