// Actions that change under agents, the schema of one agent's webhooks, and what is counted over many calls.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { choice, evaluation, makeAgent, open, reportCall, yesNo } from './lib/calls.mjs';
import { validator } from './lib/payload.mjs';
import { Receiver } from './lib/receiver.mjs';
import { eventually, Server } from './lib/server.mjs';

let server, receiver, api;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  api = server.api;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

const agentOf = async (id) => (await api.get(`/v2/assistants/${id}`)).ok().assistants[0];

describe('an action', () => {
  it('that is changed changes the agents that have it, as a new version', async () => {
    const { action_id } = (await api.post('/v2/actions', yesNo('wants_pickup', 'A pickup?'))).ok();
    const agent = await makeAgent(api);
    const other = await makeAgent(api);
    (await api.post('/v2/actions/attach', { model_id: agent, actions: [action_id] })).ok();
    const before = await agentOf(agent);
    const changed = (await api.put(`/v2/actions/${action_id}`, choice('slot', 'Which slot?', ['am', 'pm']))).ok();
    assert.equal(changed.assistants_changed, 1);
    assert.equal(changed.name, 'info_extractor_slot');
    const after = await agentOf(agent);
    assert.equal(after.version, before.version + 1);
    assert.deepEqual(after.actions.map((action) => action.name), ['info_extractor_slot']);
    assert.equal((await agentOf(other)).version, 1);
    assert.equal((await api.get(`/v2/actions/${action_id}`)).ok().actions[0].parameters_hard_coded.type, 'SINGLE_CHOICE');
  });

  it('cannot take an identifier that its agent has already', async () => {
    const first = (await api.post('/v2/actions', yesNo('a', 'A?'))).ok().action_id;
    const second = (await api.post('/v2/actions', yesNo('b', 'B?'))).ok().action_id;
    const agent = await makeAgent(api);
    (await api.post('/v2/actions/attach', { model_id: agent, actions: [first, second] })).ok();
    const refused = await api.put(`/v2/actions/${second}`, yesNo('a', 'A again?'));
    assert.equal(refused.status, 409);
    assert.equal(refused.json.error, 'identifier_taken');
    assert.equal((await agentOf(agent)).version, 2, 'nothing was changed');
  });

  it('that is deleted is gone from its agents', async () => {
    const { action_id } = (await api.post('/v2/actions', open('fault', 'What is broken?'))).ok();
    const agent = await makeAgent(api);
    (await api.post('/v2/actions/attach', { model_id: agent, actions: [action_id] })).ok();
    assert.equal((await api.delete(`/v2/actions/${action_id}`)).ok().assistants_changed, 1);
    assert.deepEqual((await agentOf(agent)).actions, []);
    for (const reply of [
      await api.get(`/v2/actions/${action_id}`),
      await api.delete(`/v2/actions/${action_id}`),
      await api.put(`/v2/actions/${action_id}`, yesNo('x', 'X?')),
    ]) {
      assert.equal(reply.status, 404);
      assert.equal(reply.json.error, 'action_not_found');
    }
  });
});

describe("an agent's schema", () => {
  it('takes its webhooks, and refuses what its questions do not allow', async () => {
    const agent = await makeAgent(api, {
      agent: { variables: [{ name: 'pickup_day', type: 'string', description: 'The day of the pickup' }] },
      actions: [
        yesNo('wants_pickup', 'Does the customer want the bike collected?'),
        choice('pickup slot', 'Which slot?', ['morning', 'afternoon']),
        open('fault', 'What is broken?'),
        evaluation('clarity', 'How clear was it?', 'likert_scale', 'agree'),
      ],
    });
    const reply = await api.get(`/v2/assistants/${agent}/webhook-schema.json`);
    assert.equal(reply.status, 200);
    assert.match(reply.headers['content-type'], /schema\+json/);
    const check = validator(reply.json);
    const id = await reportCall(api, agent, receiver.url('/schema'));
    const [request] = await receiver.wait('/schema');
    const payload = JSON.parse(request.body);
    assert.equal(payload.call.call_id, id);
    check(payload);
    const wrong = structuredClone(payload);
    wrong.executed_actions['info_extractor_pickup slot'].return_value['pickup slot'] = 'evening';
    assert.throws(() => check(wrong), /evening|allowedValues|enum/);
    const foreign = structuredClone(payload);
    foreign.call.model_id = crypto.randomUUID();
    assert.throws(() => check(foreign));
    assert.equal((await api.get(`/v2/assistants/${crypto.randomUUID()}/webhook-schema.json`)).status, 404);
  });
});

describe('analytics', () => {
  const days = ['2026-03-10', '2026-03-11', '2026-03-12'];
  let agent;

  before(async () => {
    agent = await makeAgent(api, {
      actions: [yesNo('wants_pickup', 'Does the customer want the bike collected for its service?')],
    });
    const at = (day, clock) => `${day}T${clock}Z`;
    const one = (day, more = {}) =>
      reportCall(api, agent, receiver.url('/analytics'), {
        started_at: at(day, '14:20:00'),
        answered_at: at(day, '14:20:07'),
        ended_at: at(day, '14:21:07'),
        ...more,
      });
    await one(days[0]);
    await one(days[2]);
    await one(days[2], { type_of_call: 'inbound' });
    await one(days[2], { status: 'busy', answered_at: undefined, transcript: undefined });
    await receiver.wait('/analytics', 4);
  });

  it('counts calls by day, status, reason and agent', async () => {
    const stats = (await api.get(`/v2/analytics?model_id=${agent}&from_date=2026-03-10&to_date=2026-03-13`)).ok();
    assert.equal(stats.totals.calls, 4);
    assert.equal(stats.totals.connected, 3);
    assert.equal(stats.totals.minutes, 3);
    assert.equal(stats.duration_metrics.mean_seconds, 60);
    assert.deepEqual(stats.call_status_stat, { busy: 1, completed: 3 });
    assert.deepEqual(stats.type_of_call_stat, { inbound: 1, outbound: 3 });
    assert.deepEqual(stats.series.map((day) => [day.date, day.calls]), [[days[0], 1], [days[1], 0], [days[2], 3]]);
    assert.equal(stats.assistant_performance.length, 1);
    assert.equal(stats.assistant_performance[0].model_id, agent);
    const answers = stats.executed_actions.info_extractor_wants_pickup;
    assert.equal(answers.answered + answers.unanswered, 4);
    assert.equal(answers.values.true, 3, 'the transcript says yes');
    const judged = stats.judge_results.answered_by_human;
    assert.equal(Object.values(judged).reduce((a, b) => a + b), 3, 'the busy call is not judged');
    assert.equal(stats.recent_call_history.length, 4);
    assert.equal(stats.recent_call_history[0].start_time.slice(0, 10), days[2]);
  });

  it('keeps to its filters, and says what is wrong with them', async () => {
    const path = `/v2/analytics?model_id=${agent}`;
    assert.equal((await api.get(`${path}&from_date=2026-03-11&to_date=2026-03-12`)).ok().totals.calls, 0);
    assert.equal((await api.get(`${path}&from_date=2026-03-10&to_date=2026-03-13&type_of_call=inbound`)).ok().totals.calls, 1);
    assert.equal((await api.get(path)).ok().series.length, 7);
    for (const [query, field] of [
      ['from_date=2026-01-01&to_date=2026-09-01', 'from_date'],
      ['from_date=2026-03-02&to_date=2026-03-01', 'from_date'],
      ['type_of_call=fax', 'type_of_call'],
      ['model=x', 'model'],
    ]) {
      const reply = await api.get(`/v2/analytics?${query}`);
      assert.equal(reply.status, 400, query);
      assert.equal(reply.json.detail.errors[0].path, field);
    }
  });

  it('shows how deliveries went', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const path = `/v2/analytics?model_id=${agent}&from_date=${today}`;
    const health = async () => (await api.get(path)).ok().delivery_health;
    await eventually('four attempts to be counted', async () => (await health()).attempts.success >= 4);
    const { deliveries, attempts } = await health();
    assert.equal(deliveries.delivered, 4);
    assert.equal(attempts.success, 4);
  });
});
