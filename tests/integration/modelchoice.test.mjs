// Which model answers: of the configuration, a workspace, an agent, or a request to analyze again; and what each revision changed.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { assertDelivered } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { ModelServer } from './lib/model_server.mjs';
import { actions, config, knows, Modelled, revisions as revisionsOf } from './lib/modelled.mjs';
import { devSecret, eventually, run, Server } from './lib/server.mjs';
import { getCall, makeSilentAgent, reportCall, transcript } from './lib/calls.mjs';

let all, model, receiver, server, api;

before(async () => {
  all = await Modelled.start();
  ({ model, receiver, server, api } = all);
});

beforeEach(() => model.script([]));

after(() => all?.stop());

const webhook = (more, options) => all.webhook(more, options);
const revisions = (callId, using = api) => revisionsOf(callId, using);

describe('which model', () => {
  const asked = () => [...new Set(model.requests.map((r) => r.body.model))];

  it('an agent may name another one, or the rules', async () => {
    const named = await makeSilentAgent(api, { agent: { evaluation_model: 'scripted-2' }, actions: actions.slice(0, 1) });
    const { found } = await webhook({}, { agent: named });
    assert.deepEqual([asked(), found.info_extractor_wants_pickup.evaluator], [['scripted-2'], 'scripted-2']);
    model.script([]);
    const rules = await makeSilentAgent(api, { agent: { evaluation_model: 'rules' }, actions: actions.slice(0, 1) });
    assert.equal((await webhook({}, { agent: rules })).found.info_extractor_wants_pickup.evaluator, 'rules');
    assert.deepEqual(asked(), []);
  });

  it('a workspace may have a server, a key and prompts of its own; its key is never shown', async () => {
    const own = await ModelServer.start(knows);
    const secret = 'workspace-key-not-real-987654321';
    const put = await api.put('/v2/workspace', {
      model: { base_url: `${own.url}/`, model: 'own-1', api_key: secret, prompts: { extract: 'Answer the questions. This is ours.' } },
    });
    const shown = put.ok().model;
    assert.deepEqual(shown, { base_url: own.url, model: 'own-1', has_key: true, prompts: { extract: 'Answer the questions. This is ours.' } });
    const { callId, found } = await webhook();
    assert.equal(model.requests.length, 0);
    assert.equal(own.asked('extract')[0].headers.authorization, `Bearer ${secret}`);
    assert.equal(own.asked('extract')[0].body.messages[0].content, 'Answer the questions. This is ours.');
    assert.match(found.info_extractor_fault.prompt_version, /^workspace-[0-9a-f]{8}$/);
    assert.equal(found.custom_eval_polite.prompt_version, '1');
    const seen = await Promise.all(['/v2/workspace', `/v2/calls/${callId}`, `/v2/calls/${callId}/revisions`].map((path) => api.get(path)));
    for (const { text } of seen) assert.ok(!text.includes(secret) && !text.includes('sealed_key'));
    assert.ok(!(server.stderr + server.stdout).includes(secret));
    const use = seen[0].json.response.model_use_today.find((row) => row.model === 'own-1');
    assert.deepEqual([use.requests, use.prompt_tokens, use.completion_tokens], [3, 3000, 600]);
    // An agent's server gets no key of anybody else; another server drops the workspace's key.
    const elsewhere = await ModelServer.start(knows);
    const agentId = await makeSilentAgent(api, {
      agent: { evaluation_model: { base_url: elsewhere.url, model: 'there-1' } },
      actions: actions.slice(0, 1),
    });
    await webhook({}, { agent: agentId });
    assert.equal(elsewhere.requests.length, 2);
    assert.ok(elsewhere.requests.every((r) => r.headers.authorization === undefined));
    assert.equal((await api.put('/v2/workspace', { model: { base_url: elsewhere.url } })).ok().model.has_key, false);
    assert.equal((await api.put('/v2/workspace', { model: null })).ok().model, null);
    await webhook();
    assert.equal(model.requests.length, 3, 'the configured one again');
    await own.close();
    await elsewhere.close();
  });

  it('what is wrong is refused, with its place', async () => {
    for (const [body, path] of [
      [{ model: { base_url: 'ftp://models.example.com' } }, '/model/base_url'],
      [{ model: { base_url: 'http://10.0.0.7/v1' } }, '/model/base_url'],
      [{ model: { api_key: 'with spaces' } }, '/model/api_key'],
      [{ model: { prompts: { summarise: 'x' } } }, '/model/prompts/summarise'],
    ])
      assertError(await api.put('/v2/workspace', body), 400, { path });
    const agentWith = (evaluation_model) =>
      api.post('/v2/assistants', { type: 'outbound', name: 'x', agent: { prompt: 'x', evaluation_model } });
    assertError(await agentWith(7), 400, { path: '/agent/evaluation_model' });
    assertError(await agentWith({ model: 'x', base_url: 'http://192.168.1.1/v1' }), 400, { path: '/agent/evaluation_model/base_url' });
  });

  it('a private server is dialled when the operator named it, and refused to a workspace', async () => {
    const strict = await Server.start({ config: `${config(model.url)}\n[delivery]\nallow_http = true\nallow_addresses = []\n`, dev: false });
    const { text } = await run(['key', 'create', '--data', strict.data]);
    const its = strict.api.as(text.match(/wk_\w+/)[0]);
    assertError(await its.put('/v2/workspace', { model: { base_url: model.url, model: 'x' } }), 400, { path: '/model/base_url', says: /loopback/ });
    // A name is judged when it is dialled.
    const port = new URL(model.url).port;
    (await its.put('/v2/workspace', { model: { base_url: `http://localhost:${port}/v1`, model: 'x' } })).ok();
    const agentId = await makeSilentAgent(its, { actions: actions.slice(2, 4) });
    const callId = await reportCall(its, agentId, undefined);
    await eventually('the revision', async () => (await getCall(its, callId)).revision === 1);
    const [first] = await revisions(callId, its);
    assert.match(first.stages[0].error, /address that may not be dialled/);
    (await its.put('/v2/workspace', { model: null })).ok();
    const next = await reportCall(its, agentId, undefined, { transcript: [...transcript, { role: 'human', text: 'One more.' }] });
    await eventually('the revision', async () => (await getCall(its, next)).revision === 1);
    assert.equal((await revisions(next, its))[0].complete, true, 'the operator named this one');
    its.close();
    await strict.stop();
  });
});

describe('analyzing again', () => {
  it('with another model gives the next revision, and what it changed', async () => {
    const { callId } = await webhook();
    model.script([], (seen) => {
      const say = model.good(seen);
      if (seen.use === 'extract') say.q3 = { turn: 3, quote: 'brake squeals', value: 'brake squeals', confidence: 0.9 };
      return { say };
    });
    const reply = await api.post(`/v2/calls/${callId}/reanalyze`, { model: 'scripted-9', prompt_version: '1' });
    assert.equal(reply.ok().revision, 2);
    const second = assertDelivered(await receiver.forCall(callId, { revision: 2 }), devSecret);
    assert.equal(second.executed_actions.info_extractor_fault.evaluator, 'scripted-9');
    const [first, next] = await revisions(callId);
    assert.equal(first.changes, null);
    const changed = Object.fromEntries(next.changes.map(({ path, old, new: now }) => [path, [old, now]]));
    const fault = '/executed_actions/info_extractor_fault';
    assert.deepEqual(changed[`${fault}/return_value/fault`], ['rear brake squeals', 'brake squeals']);
    assert.deepEqual(changed[`${fault}/evidence/quote`], ['The rear brake squeals', 'brake squeals']);
    assert.deepEqual(changed[`${fault}/evaluator`], ['scripted-1', 'scripted-9']);
    assert.equal(changed['/event/revision'], undefined);
    const paged = (await api.get(`/v2/calls/${callId}/revisions?offset=1&limit=1`)).ok();
    assert.deepEqual([paged.pagination.total_records, paged.revisions[0].revision, paged.revisions[0].changes.length], [2, 2, next.changes.length]);
    // The next one is made as usual again.
    (await api.post(`/v2/calls/${callId}/reanalyze`, {})).ok();
    assert.equal((await receiver.forCall(callId, { revision: 3 })).json.executed_actions.info_extractor_fault.evaluator, 'scripted-1');
  });

  it('refuses what it cannot do', async () => {
    const { callId } = await webhook();
    assertError(await api.post(`/v2/calls/${callId}/reanalyze`, { prompt_version: '99' }), 400, { path: '/prompt_version', says: /1, workspace/ });
    assertError(await api.post(`/v2/calls/${callId}/reanalyze`, { modle: 'x' }), 400, { path: '/modle', says: /model/ });
    const none = await Server.start();
    const its = await makeSilentAgent(none.api, { actions: actions.slice(0, 1) });
    const other = await reportCall(none.api, its, undefined);
    await eventually('the revision', async () => (await getCall(none.api, other)).revision === 1);
    assertError(await none.api.post(`/v2/calls/${other}/reanalyze`, { model: 'x' }), 409, { code: 'no_model' });
    (await none.api.post(`/v2/calls/${other}/reanalyze`, { model: 'rules' })).ok();
    await none.stop();
  });

  it('many by filter is a job: counted first, paused, resumed, done', async () => {
    const its = await makeSilentAgent(api, { agent: { evaluation_model: 'rules' }, actions: actions.slice(0, 4) });
    const ids = [];
    for (let i = 0; i < 12; ++i) ids.push(await reportCall(api, its, receiver.url('/job')));
    await receiver.wait('/job', 12);
    const start = (body) => api.post('/v2/calls/reanalyze', body);
    assertError(await start({}), 400, { says: /names no filter/ });
    const dry = (await start({ model_id: its, dry_run: true })).ok();
    assert.deepEqual([dry.dry_run, dry.count], [true, 12]);
    const job = (await start({ model_id: its, model: 'scripted-1', rate: 4 })).ok();
    assert.deepEqual([job.state, job.progress.total, job.model], ['running', 12, 'scripted-1']);
    const path = `/v2/calls/reanalyze/${job.reanalysis_id}`;
    await receiver.wait((r) => r.path === '/job' && r.json.event.revision === 2, 1);
    assert.equal((await api.post(`${path}/pause`)).ok().state, 'paused');
    assertError(await api.post('/v2/calls/reanalyze/00000000-0000-7000-8000-000000000000/pause'), 404, { code: 'reanalysis_not_found' });
    assert.equal((await api.post(`${path}/resume`)).ok().state, 'running');
    const again = await receiver.wait((r) => r.path === '/job' && r.json.event.revision === 2, 12);
    assert.deepEqual(new Set(again.map((r) => r.json.call.call_id)), new Set(ids));
    assert.ok(again.every((r) => r.json.executed_actions.info_extractor_fault.evaluator === 'scripted-1'));
    const done = await eventually('the job', async () => {
      const now = (await api.get(path)).ok();
      return now.state === 'completed' && now.progress.analyzed === 12 && now;
    });
    assert.deepEqual(done.progress, { total: 12, queued: 12, analyzed: 12, waiting: 0 });
    assert.equal((await api.get('/v2/calls/reanalyze')).ok().reanalyses[0].reanalysis_id, job.reanalysis_id);
    assertError(await api.post(`${path}/resume`), 409, { code: 'illegal_transition' });
  });

  it('a job that is canceled leaves what it has not taken', async () => {
    const its = await makeSilentAgent(api, { agent: { evaluation_model: 'rules' }, actions: actions.slice(0, 1) });
    for (let i = 0; i < 5; ++i) await reportCall(api, its, receiver.url('/canceled'));
    await receiver.wait('/canceled', 5);
    const job = (await api.post('/v2/calls/reanalyze', { model_id: its, rate: 1 })).ok();
    const ended = (await api.post(`/v2/calls/reanalyze/${job.reanalysis_id}/cancel`)).ok();
    assert.equal(ended.state, 'canceled');
    assert.ok(ended.progress.queued < 5);
  });
});
