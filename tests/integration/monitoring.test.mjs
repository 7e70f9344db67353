// What those who run it look at: /metrics, the dashboard and alerts made for it, /readyz, and the limit on the database's size.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { eventually, repoRoot, Server, onPostgres } from './lib/server.mjs';
import { makeSilentAgent, report, reportCall, yesNo } from './lib/calls.mjs';
import { ModelServer } from './lib/model_server.mjs';
import { config } from './lib/modelled.mjs';

const folder = path.join(repoRoot, 'docs/operations');
const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');

/** Names of metrics that stand in a text: words with our prefixes. */
const namesIn = (text) => new Set(text.match(/\b(?:wrapup|process)_[a-z_]+[a-z]\b/g));

/** The samples of an exposition: `{name, labels, value}`. */
function samples(text) {
  return text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? assert.fail(`not a sample: ${line}`);
      return { name, labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map((m) => m.slice(1))), value: Number(value) };
    });
}

async function valueOf(server, name, labels = {}) {
  const fits = (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value);
  const found = samples((await server.api.get('/metrics')).text).filter(fits);
  assert.ok(found.length > 0, `${name} ${JSON.stringify(labels)}`);
  return found.reduce((sum, sample) => sum + sample.value, 0);
}

describe('/metrics', () => {
  let server, receiver, agent, names;

  before(async () => {
    receiver = await Receiver.start();
    server = await Server.start();
    agent = await makeSilentAgent(server.api);
    names = new Set(samples((await server.api.get('/metrics')).text).map((sample) => sample.name));
  });

  after(async () => {
    await server?.stop();
    await receiver?.close();
  });

  it('has every metric that the dashboard, the alerts and the docs name', () => {
    for (const file of ['grafana-dashboard.json', 'alerts.yml', 'metrics.md', 'README.md']) {
      const named = namesIn(read(file));
      if (file !== 'README.md') assert.ok(named.size > 5, file);
      for (const name of named) {
        const there = names.has(name) || names.has(`${name}_bucket`);
        assert.ok(there, `${file} names ${name}, which is not in /metrics`);
      }
    }
  });

  it('counts attempts by outcome, and delivered from hang-up', async () => {
    await reportCall(server.api, agent, receiver.url());
    receiver.script('/gone', [{ status: 410 }]);
    await reportCall(server.api, agent, receiver.url('/gone'));
    await eventually('both to be counted', async () => {
      const one = await valueOf(server, 'wrapup_delivery_attempts_total', { outcome: 'delivered' });
      const other = await valueOf(server, 'wrapup_delivery_attempts_total', { outcome: 'gone' });
      return one === 1 && other === 1;
    });
    assert.equal(await valueOf(server, 'wrapup_hangup_to_delivered_seconds_count'), 1);
    assert.equal(await valueOf(server, 'wrapup_deliveries_total', { state: 'delivered' }), 1);
  });

  it('shows the process', async () => {
    assert.ok((await valueOf(server, 'process_resident_memory_bytes')) > 1e6);
    assert.ok((await valueOf(server, 'process_open_fds')) > 5);
    assert.ok((await valueOf(server, 'process_cpu_seconds_total')) > 0);
    const age = Date.now() / 1000 - (await valueOf(server, 'process_start_time_seconds'));
    assert.ok(age >= 0 && age < 600, `${age} s old`);
  });
});

describe('what waits, how large the database is and how full the disk', () => {
  it('is sampled by class of endpoint', async () => {
    const receiver = await Receiver.start();
    receiver.script('/gone', [{ status: 410 }], { forever: true });
    receiver.script('/held', [{ status: 503, headers: { 'retry-after': '3600' } }], { forever: true });
    const server = await Server.start();
    try {
      const agent = await makeSilentAgent(server.api);
      for (const where of ['/gone', '/held']) {
        for (let i = 0; i < 2; i++) await reportCall(server.api, agent, receiver.url(where));
      }
      await receiver.wait('/gone');
      await receiver.wait('/held');
      await eventually('both to be seen', async () => (await server.api.get('/v2/endpoints?state=disabled')).ok().endpoints.length === 1);
      // It looks every 15 s, and at the start.
      await server.stop();
      await server.start();
      await eventually(
        'the sample',
        async () => (await valueOf(server, 'wrapup_queue_deliveries', { class: 'disabled' })) === 2,
        40_000,
        250,
      );
      assert.equal(await valueOf(server, 'wrapup_queue_endpoints', { class: 'disabled' }), 1);
      assert.equal(await valueOf(server, 'wrapup_queue_deliveries', { class: 'held' }), 2);
      assert.equal(await valueOf(server, 'wrapup_queue_deliveries', { class: 'active' }), 0);
      assert.equal(await valueOf(server, 'wrapup_circuits_open'), 0);
      assert.ok((await valueOf(server, 'wrapup_database_bytes')) > 100_000);
      const free = await valueOf(server, 'wrapup_disk_free_bytes');
      assert.ok(free > 0 && free < (await valueOf(server, 'wrapup_disk_bytes')));
    } finally {
      await server.stop();
      await receiver.close();
    }
  });
});

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('grafana-dashboard.json'));

  it('is ready to be imported: every panel asks the data source that is chosen', () => {
    assert.equal(dashboard.id, null);
    assert.equal(dashboard.schemaVersion, 38);
    const [source, instance] = dashboard.templating.list;
    assert.deepEqual([source.name, source.type, source.query], ['datasource', 'datasource', 'prometheus']);
    assert.equal(instance.datasource.uid, '${datasource}');
    for (const panel of dashboard.panels) {
      assert.equal(panel.datasource.uid, '${datasource}', panel.title);
      assert.ok(panel.targets.length > 0, panel.title);
      for (const target of panel.targets) {
        assert.equal(target.datasource.uid, '${datasource}', panel.title);
        assert.match(target.expr, /\{instance=~"\$instance"/, panel.title);
      }
    }
  });

  it('has a place of its own for each panel', () => {
    const taken = new Map();
    for (const { title, gridPos: g } of dashboard.panels) {
      assert.ok(g.x >= 0 && g.x + g.w <= 24, title);
      for (let x = g.x; x < g.x + g.w; x++) {
        for (let y = g.y; y < g.y + g.h; y++) {
          assert.ok(!taken.has(`${x},${y}`), `${title} lies on ${taken.get(`${x},${y}`)}`);
          taken.set(`${x},${y}`, title);
        }
      }
    }
    const ids = dashboard.panels.map((panel) => panel.id);
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe('what models take', () => {
  it('is counted: requests, answers, tokens, what is known already, the budget, a breaker', async () => {
    const model = await ModelServer.start();
    const receiver = await Receiver.start();
    const server = await Server.start({ config: config(model.url, 'daily_tokens = 1000000\n') });
    try {
      const agent = await makeSilentAgent(server.api, { actions: [yesNo('wants_pickup', 'Does the customer want the bike collected?')] });
      const webhook = async (more) => receiver.forCall(await reportCall(server.api, agent, receiver.url(), more));
      const model_ = (name, labels) => valueOf(server, `wrapup_model_${name}`, labels);
      assert.equal(await model_('budget_left_tokens'), 1_000_000);
      await webhook();
      const asked = model.requests.length;
      assert.ok(asked >= 2);
      assert.equal(await model_('requests_total', { outcome: 'answered' }), asked);
      assert.equal(await model_('answers_total', { outcome: 'answered' }), asked);
      assert.equal(await model_('request_seconds_count'), asked);
      assert.deepEqual([await model_('tokens_total', { kind: 'prompt' }), await model_('tokens_total', { kind: 'completion' })], [1000 * asked, 200 * asked]);
      assert.equal(await model_('budget_left_tokens'), 1_000_000 - 1200 * asked);
      await webhook();
      assert.equal(await model_('answers_total', { outcome: 'cached' }), asked);
      assert.equal(await model_('requests_in_flight'), 0);
      assert.equal(await model_('breakers_open'), 0);
      model.script([], { status: 500 });
      const { json } = await webhook({ transcript: [{ role: 'human', text: 'Hello there.' }] });
      assert.equal(json.event.complete, false);
      assert.equal(await model_('breakers_open'), 1);
      assert.ok((await model_('requests_total', { outcome: 'http_5xx' })) >= 5);
    } finally {
      await server.stop();
      await receiver.close();
      await model.close();
    }
  });
});

describe('the alerts', () => {
  it('say what to do, and are named in README.md', (t) => {
    const text = read('alerts.yml');
    const alerts = text.split(/^ {6}- alert: /m).slice(1);
    assert.ok(alerts.length >= 8);
    for (const alert of alerts) {
      const name = alert.split('\n')[0];
      for (const part of ['expr:', 'severity: ', 'summary: ', 'description: ', 'runbook: ']) assert.ok(alert.includes(part), `${name} has no ${part}`);
      assert.match(read('README.md'), new RegExp(`\`${name}\``));
    }
    const checked = spawnSync('promtool', ['check', 'rules', path.join(folder, 'alerts.yml')], { encoding: 'utf8' });
    if (checked.error) t.diagnostic('promtool (Debian: prometheus) is not here to check the rules as well');
    else assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  });
});

describe('a database as large as it may be', { skip: onPostgres && 'retention.max_bytes is for SQLite alone' }, () => {
  it('refuses new calls while nothing may go, says so, and delivers what it has', async () => {
    const receiver = await Receiver.start();
    const server = await Server.start({ config: '[retention]\nmax_bytes = "3MiB"\n' });
    try {
      const agent = await makeSilentAgent(server.api);
      const large = () => report(agent, receiver.url(), { metadata: { words: crypto.randomBytes(30_000).toString('base64') } });
      const known = large();
      const first = (await server.api.post('/v2/calls/report', known)).ok().call_id;
      let taken = 1;
      // It looks every 15 s; everything is too young to go.
      const refused = await eventually(
        'a refusal',
        async () => {
          const reply = await server.api.post('/v2/calls/report', large());
          if (reply.status === 200) taken++;
          return reply.status === 200 ? null : reply;
        },
        60_000,
        100,
      );
      assert.equal(refused.status, 507, refused.text);
      assert.equal(refused.json.detail.code, 'storage_full');
      assert.match(refused.json.detail.description, /raise retention\.max_bytes/);
      const placed = await server.api.post('/v2/calls', { model_id: agent, phone: '+15550134477', name: 'Ilse Varga' });
      assert.equal(placed.json.detail.code, 'storage_full');
      const again = await server.api.post('/v2/calls/report', known);
      assert.equal(again.ok().call_id, first, 'what is known may go on');
      const ready = await server.api.get('/readyz');
      assert.equal(ready.status, 503);
      assert.match(ready.json.detail.description, /retention\.max_bytes/);
      await receiver.wait('/hook', taken);
    } finally {
      await server.stop();
      await receiver.close();
    }
  });
});
