// The command line and the configuration: what is wrong is said at once, with its place.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import { after, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { devKey, devSecret, eventually, freePort, run, Server, tempDir, tempFile } from './lib/server.mjs';

const servers = [];
after(async () => {
  for (const server of servers) await server.stop();
});

async function started(options) {
  const server = await Server.start(options);
  servers.push(server);
  return server;
}

const keysIn = (text) => text.match(/\bwk_\w+/g) ?? [];

describe('a configuration file', () => {
  const wrong = `[delivery]
retry_schedul = ["1s"]
timeout = "soon"
retry_schedule = ["1s", 5]

[deliverry]
timeout = "1s"
`;

  it('with faults: all are named at once, with line and column and the nearest name', async () => {
    const file = tempFile('wrapup.toml', wrong);
    const result = await run(['config', 'check', '--config', file]);
    assert.notEqual(result.code, 0);
    for (const line of [2, 3, 4, 6])
      assert.match(result.text, new RegExp(`wrapup\\.toml:${line}:\\d+`), `line ${line} in:\n${result.text}`);
    assert.match(result.text, /retry_schedul\b[^]*retry_schedule/);
    assert.match(result.text, /deliverry[^]*delivery/);
    assert.match(result.text, /soon/);
  });

  it('with faults stops serve in the same way, before anything is made', async () => {
    const file = tempFile('wrapup.toml', wrong);
    const data = `${tempDir()}/data`;
    const result = await run(['serve', '--data', data, '--listen', `127.0.0.1:${await freePort()}`, '--config', file]);
    assert.notEqual(result.code, 0);
    assert.equal(result.signal, null);
    for (const line of [2, 3, 4, 6]) assert.match(result.text, new RegExp(`wrapup\\.toml:${line}:\\d+`));
    assert.ok(!fs.existsSync(data), 'no data directory was made');
  });

  it('that is no TOML: the place is named', async () => {
    const result = await run(['config', 'check', '--config', tempFile('wrapup.toml', '[delivery]\ntimeout = "1s\n')]);
    assert.notEqual(result.code, 0);
    assert.match(result.text, /wrapup\.toml:2:\d+/);
  });

  it('that is not there: its name is said', async () => {
    const result = await run(['config', 'check', '--config', '/nowhere/wrapup.toml']);
    assert.notEqual(result.code, 0);
    assert.match(result.text, /\/nowhere\/wrapup\.toml/);
  });

  it('that is right passes', async () => {
    const file = tempFile('wrapup.toml', '[delivery]\nretry_schedule = ["200ms", "400ms", "1s"]\ntimeout = "1s"\n');
    const result = await run(['config', 'check', '--config', file]);
    assert.equal(result.code, 0, result.text);
  });
});

describe('the command line', () => {
  it('version', async () => {
    const result = await run(['version']);
    assert.equal(result.code, 0);
    assert.match(result.stdout, /\d+\.\d+\.\d+/);
  });

  it('help names the commands', async () => {
    const result = await run(['--help']);
    assert.equal(result.code, 0);
    for (const command of ['serve', 'key', 'config', 'version', 'verify'])
      assert.match(result.stdout, new RegExp(`\\b${command}\\b`));
  });

  it('an unknown command or option is refused', async () => {
    for (const args of [['sreve'], ['serve', '--dta', '/tmp/x'], []]) {
      const result = await run(args);
      assert.notEqual(result.code, 0, args.join(' '));
      assert.ok(result.text.length > 0);
    }
  });

  it('--api-key and --webhook-secret without --dev are refused', async () => {
    for (const extra of [
      ['--api-key', devKey],
      ['--webhook-secret', devSecret],
    ]) {
      const result = await run([
        'serve',
        '--data',
        `${tempDir()}/data`,
        '--listen',
        `127.0.0.1:${await freePort()}`,
        ...extra,
      ]);
      assert.notEqual(result.code, 0);
      assert.equal(result.signal, null, 'it did not go on serving');
      assert.match(result.text, /--dev/);
    }
  });

  it('a listening address that is wrong or taken is said', async () => {
    const bad = await run(['serve', '--data', `${tempDir()}/data`, '--listen', '127.0.0.1:99999']);
    assert.notEqual(bad.code, 0);
    assert.match(bad.text, /99999/);
    const server = await started();
    const taken = await run(['serve', '--data', `${tempDir()}/data`, '--listen', `127.0.0.1:${server.port}`]);
    assert.notEqual(taken.code, 0);
    assert.match(taken.text, new RegExp(`${server.port}`));
  });
});

describe('verify', () => {
  const id = '019a0000-0000-7000-8000-000000000001';
  const body = '{"status":"completed"}';
  const signature = (at) => new Webhook(devSecret).sign(id, at, body);
  const verify = (at, given, input = body) => {
    const args = ['--id', id, '--timestamp', String(Math.floor(at.getTime() / 1000)), '--signature', given];
    return run(['verify', '--secret', devSecret, ...args], { input });
  };

  it('says yes to a signature made elsewhere', async () => {
    const now = new Date();
    const result = await verify(now, signature(now));
    assert.equal(result.code, 0, result.text);
  });

  it('says no to another body, another key, an old time', async () => {
    const now = new Date();
    assert.notEqual((await verify(now, signature(now), `${body} `)).code, 0);
    assert.notEqual((await verify(now, `v1,${crypto.randomBytes(32).toString('base64')}`)).code, 0);
    const old = new Date(now - 3_600_000);
    assert.notEqual((await verify(old, signature(old))).code, 0);
  });
});

describe('keys', () => {
  it('the first start prints one, once, and it works', async () => {
    const server = await started({ dev: false });
    const keys = new Set(keysIn(server.stdout + server.stderr));
    assert.equal(keys.size, 1, server.stdout + server.stderr);
    const [key] = keys;
    assert.equal((await server.api.as(key).get('/v2/calls')).status, 200);
    await server.stop();
    await server.start();
    assert.deepEqual(keysIn(server.stdout + server.stderr), []);
    assert.equal((await server.api.as(key).get('/v2/calls')).status, 200, 'the first one still works');
  });

  it('are made, listed and revoked by command, also while the server runs', async () => {
    const server = await started();
    const at = ['--data', server.data];
    const made = await run(['key', 'create', ...at, '--workspace', 'other']);
    assert.equal(made.code, 0, made.text);
    const [key] = keysIn(made.stdout);
    await eventually('the new key works', async () => (await server.api.as(key).get('/v2/calls')).status === 200);

    const list = await run(['key', 'list', ...at]);
    assert.equal(list.code, 0);
    assert.ok(!list.text.includes(key) && !list.text.includes(devKey), 'a key is never shown again');
    const row = list.stdout.split('\n').find((line) => line.includes('other'));
    const id = row.match(/[0-9a-f]{8}-[0-9a-f-]{27}/)[0];
    assert.equal((await run(['key', 'revoke', ...at, id])).code, 0);
    await eventually('the key is refused', async () => (await server.api.as(key).get('/v2/calls')).status === 401);
    assert.equal((await server.api.get('/v2/calls')).status, 200, 'the other key goes on');
    assert.notEqual((await run(['key', 'revoke', ...at, crypto.randomUUID()])).code, 0);
  });
});

describe('the log of a server', () => {
  it('holds no secret, no key and no words of a call', async () => {
    const server = await started();
    const agent = (
      await server.api.post('/v2/assistants', {
        type: 'outbound',
        name: 'Desk',
        agent: { prompt: 'A secret prompt.', engine: 'none' },
      })
    ).ok().model_id;
    const report = {
      model_id: agent,
      phone: '+15550134477',
      name: 'Ilse Varga',
      status: 'completed',
      started_at: Date.now() - 9000,
      ended_at: Date.now(),
      transcript: 'human: my card is 4111',
    };
    (await server.api.post('/v2/calls/report', report)).ok();
    await server.api.as('wk_wrong_key_0000').get('/v2/calls');
    await server.stop();
    const text = server.stdout + server.stderr;
    for (const word of [
      devKey,
      devSecret,
      devSecret.slice(6),
      'wk_wrong_key_0000',
      'A secret prompt',
      'my card',
      '+15550134477',
      'Ilse',
    ]) {
      assert.ok(!text.includes(word), `"${word}" is in the log`);
    }
  });
});
