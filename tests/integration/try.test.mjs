// Trying an action before it is saved.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { choice, evaluation, makeSilentAgent, reportCall, transcript, yesNo } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { eventually, Server } from './lib/server.mjs';

let server, api;

before(async () => {
  server = await Server.start();
  api = server.api;
});

after(() => server?.stop());

const question = choice('pickup slot', 'Which slot did they choose', ['Thursday morning', 'Friday afternoon']);
const attempt = (body) => api.post('/v2/actions/try', body);

describe('trying an action', () => {
  it('on a transcript gives the answer that a call with it gets, with its evidence', async () => {
    const tried = (await attempt({ action: question, transcript })).ok();
    const agent = await makeSilentAgent(api, { actions: [question] });
    const call = await reportCall(api, agent, undefined);
    const record = await eventually('the call is evaluated', async () => {
      const [found] = (await api.get(`/v2/calls/${call}`)).ok().calls;
      return found.revision > 0 && found;
    });
    const answer = record.executed_actions['info_extractor_pickup slot'];
    assert.deepEqual(tried.result.return_value, JSON.parse(answer.return_value));
    assert.deepEqual(tried.result.return_value, { 'pickup slot': 'Thursday morning' });
    assert.deepEqual(tried.result.evidence, answer.evidence);
    assert.equal(tried.transcript, record.transcript);
    const on = (await attempt({ action: question, call_id: call })).ok();
    assert.deepEqual(on, tried);
    const text = (await attempt({ action: question, transcript: tried.transcript })).ok();
    assert.deepEqual(text.result, tried.result);
  });

  it('stores nothing', async () => {
    const stored = async () => [(await api.get('/v2/calls')).ok(), (await api.get('/v2/actions')).ok()];
    const before_ = await stored();
    await attempt({ action: yesNo('a', 'Does the customer want a visit?'), transcript });
    assert.deepEqual(await stored(), before_);
  });

  it('an evaluation gives the answer that a call gets, too', async () => {
    const action = evaluation('polite', 'Was the agent polite', 'pass_fail', 'true');
    const { result } = (await attempt({ action, transcript })).ok();
    const agent = await makeSilentAgent(api, { actions: [action] });
    const call = await reportCall(api, agent, undefined);
    const record = await eventually('the call is evaluated', async () => {
      const [found] = (await api.get(`/v2/calls/${call}`)).ok().calls;
      return found.revision > 0 && found;
    });
    const answer = record.executed_actions.custom_eval_polite;
    assert.deepEqual(result.return_value, JSON.parse(answer.return_value));
    assert.equal(result.error_message, answer.error_message);
  });

  it('refuses what is wrong, with its place', async () => {
    assertError(await attempt({ transcript }), 400, { path: '/action' });
    assertError(await attempt({ action: question }), 400, { says: /call_id or transcript/ });
    assertError(await attempt({ action: question, transcript, call_id: 'x' }), 400, { says: /either/ });
    assertError(await attempt({ action: { ...question, x: 1 }, transcript }), 400, { path: '/action/x' });
    assertError(await attempt({ action: question, transcript: [{ role: 'cat', text: 'meow' }] }), 400, { path: '/transcript/0/role' });
    assertError(await attempt({ action: question, call_id: '0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40' }), 404, { code: 'call_not_found' });
  });
});
