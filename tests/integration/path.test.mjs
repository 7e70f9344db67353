// The whole way: agent, call, simulator, pipeline, webhook, records, logs.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered, assertPayload, fileSchema, validator } from './lib/payload.mjs';
import { devSecret, eventually, Server, sleep } from './lib/server.mjs';
import {
  agentBody,
  choice,
  evaluation,
  getCall,
  inline,
  logDetail,
  logsOf,
  makeAgent,
  makeSilentAgent,
  open,
  report,
  reportCall,
  showsBody,
  startCall,
  yesNo,
} from './lib/calls.mjs';

const questions = [
  yesNo('wants_pickup', 'Does the customer want the bike collected'),
  choice('pickup slot', 'Which slot did they choose', ['morning', 'afternoon', 'none']),
  open('reported_fault', 'What fault did they describe', ['chain slips', 'flat tyre']),
  evaluation('polite', 'Was the agent polite', 'pass_fail', 'true'),
  evaluation('clarity', 'How clear was the agent, from 1 to 10', 'numeric', '7'),
];
const names = [
  'info_extractor_wants_pickup',
  'info_extractor_pickup slot',
  'info_extractor_reported_fault',
  'custom_eval_polite',
  'custom_eval_clarity',
];

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

describe('a simulated call', () => {
  let agent, callId, request, payload;

  before(async () => {
    agent = await makeAgent(api, {
      agent: {
        timezone: 'America/New_York',
        variables: [{ name: 'pickup_day', type: 'string', description: 'Day of the pickup', required: false }],
      },
      actions: questions,
    });
    const reply = await api.post('/v2/calls', {
      model_id: agent,
      phone: '+15550134477',
      name: 'Ilse Varga',
      from_phone_number: '+15550100199',
      external_webhook_url: receiver.url('/path?source=wrapup'),
      custom_variables: [
        { key: 'company', value: 'Northlight Cycles' },
        { key: 'order_ref', value: 'NC-4410' },
      ],
      metadata: { campaign: 'spring', nested: { list: [1, 2.5, null, 'Zoë'] } },
    });
    assert.equal(reply.json.status, 'success');
    assert.equal(reply.json.response.answer, 'ok');
    callId = reply.json.response.call_id;
    assert.match(callId, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'ids are UUIDv7');
    request = await receiver.forCall(callId, { timeout: 30_000 });
    payload = request.json;
  });

  it('gives a signed webhook that is valid by the published schema', async () => {
    assertDelivered(request, devSecret);
    assert.equal(request.path, '/path?source=wrapup');
    assert.equal(request.attempt, 1);
    const served = await api.get('/v2/schemas/post-call-webhook.json');
    assert.equal(served.status, 200);
    assert.deepEqual(served.json, fileSchema);
    validator(served.json)(payload);
  });

  it('carries what was given with the call', () => {
    assert.equal(payload.lead.name, 'Ilse Varga');
    assert.equal(payload.lead.phone_number, '+15550134477');
    assert.equal(payload.lead.prompt_variables.company, 'Northlight Cycles');
    assert.equal(payload.lead.prompt_variables.order_ref, 'NC-4410');
    assert.deepEqual(payload.metadata, { campaign: 'spring', nested: { list: [1, 2.5, null, 'Zoë'] } });
    assert.equal(payload.call.model_id, agent);
    assert.equal(payload.call.timezone, 'America/New_York');
    assert.equal(payload.call.phone_number_from, '+15550100199');
    assert.equal(payload.call.phone_number_to, '+15550134477');
    assert.equal(payload.call.type_of_call, 'outbound');
  });

  it('is a completed conversation with a farewell', () => {
    assert.equal(payload.status, 'completed');
    assert.match(payload.call.end_call_reason, /^(human|agent)_goodbye$/);
    assert.match(payload.call.transcript, /^\nbot: .+\nhuman: .+/);
    assert.ok(payload.call.duration > 0);
    assert.equal(payload.error_message, '');
    assert.equal(payload.event.revision, 1);
    assert.equal(payload.event.complete, false, 'a custom evaluation needs a model');
    assert.deepEqual(payload.event.missing, ['evaluate']);
  });

  it('answers every extractor and evaluation, and judges the call', () => {
    assert.deepEqual(Object.keys(payload.executed_actions).sort(), [...names].sort());
    const slot = payload.executed_actions['info_extractor_pickup slot'];
    assert.deepEqual(slot.parameters_hard_coded, {
      type: 'SINGLE_CHOICE',
      identifier: 'pickup slot',
      condition: 'Which slot did they choose',
      choices: ['morning', 'afternoon', 'none'],
      examples: null,
    });
    assert.notEqual(payload.analysis, null);
    assert.equal(payload.analysis.answered_by_human, 'true');
    assert.equal(payload.analysis.call_summary, 'true');
    assert.notEqual(payload.analysis.call_summary_feedback, '');
  });

  it('stands in GET /v2/calls/{id} with the same facts', async () => {
    const reply = await api.get(`/v2/calls/${callId}`);
    assert.equal(reply.json.status, 'ok');
    const call = reply.json.response.calls[0];
    assert.equal(call.call_id, callId);
    assert.equal(call.status, 'completed');
    assert.equal(call.call_status, 'completed');
    assert.equal(call.end_call_reason, payload.call.end_call_reason);
    assert.equal(call.transcript, payload.call.transcript);
    assert.deepEqual(call.judge_results, payload.analysis);
    assert.match(call.start_time, /^\d{13}$/);
    assert.equal(Math.floor(Number(call.start_time) / 1000), Math.floor(Date.parse(payload.call.start_time) / 1000));
    for (const name of names) {
      const action = call.executed_actions[name];
      assert.equal(typeof action.return_value, 'string');
      assert.deepEqual(JSON.parse(action.return_value), payload.executed_actions[name].return_value);
      assert.deepEqual(JSON.parse(action.parameters_hard_coded), payload.executed_actions[name].parameters_hard_coded);
    }
    for (const [name, variable] of Object.entries(payload.collected_variables))
      assert.deepEqual(call.collected_variables[name], variable);
  });

  it('is logged with the very bytes that arrived', async () => {
    await logsOf(api, callId);
    const list = (await api.get(`/v2/logs?call_id=${callId}`)).ok();
    assert.equal(list.total, 1);
    assert.equal(list.page_number, 1);
    const [item] = list.items;
    assert.equal(item.status, 'success');
    assert.equal(item.response_status_code, 200);
    assert.equal(item.http_method.toLowerCase(), 'post');
    assert.equal(item.webhook_url, receiver.url('/path?source=wrapup'));
    assert.equal(item.model_id, agent);
    const detail = await logDetail(api, item.webhook_log_id);
    assert.ok(showsBody(detail, request.body), 'request_payload is what was delivered');
    assert.equal(detail.webhook_type, 'external_webhook');
    assert.equal(detail.call_id, callId);
    assert.equal(detail.attempt_number, 1);
    assert.ok(detail.duration_ms >= 0 && detail.response_ttfb_ms >= 0);
    const sent = Object.fromEntries(
      Object.entries(detail.request_headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    assert.equal(sent['webhook-id'], request.webhookId);
    assert.equal(sent['webhook-signature'], request.headers['webhook-signature']);
  });

  it('is delivered once', async () => {
    await sleep(500);
    assert.equal(receiver.got((r) => r.json?.call?.call_id === callId).length, 1);
  });
});

describe('actions made apart and attached', () => {
  it('answer like inline ones, until they are detached', async () => {
    const agent = await makeSilentAgent(api);
    const ids = [];
    for (const action of questions.slice(0, 2)) {
      const made = (await api.post('/v2/actions', action)).ok();
      ids.push(made.action_id);
    }
    (await api.post('/v2/actions/attach', { model_id: agent, actions: ids })).ok();
    const first = await receiver.forCall(await reportCall(api, agent, receiver.url()));
    assertDelivered(first, devSecret);
    assert.deepEqual(Object.keys(first.json.executed_actions).sort(), [names[0], names[1]].sort());
    assert.equal(first.json.executed_actions[names[0]].return_value.wants_pickup, true);
    assert.equal(first.json.executed_actions[names[1]].return_value['pickup slot'], 'morning');

    (await api.post('/v2/actions/detach', { model_id: agent, actions: [ids[0]] })).ok();
    const second = await receiver.forCall(await reportCall(api, agent, receiver.url()));
    assert.deepEqual(Object.keys(second.json.executed_actions), [names[1]]);

    assert.equal((await api.get(`/v2/actions/${ids[1]}`)).ok().actions[0].action_id, ids[1]);
  });
});

describe('an agent', () => {
  it('keeps unknown fields and what a PUT does not send; a PUT to a new id makes it', async () => {
    const id = crypto.randomUUID();
    const body = agentBody({
      agent: { voice_id: 'aria', custom_engine_setting: { deep: [1, 2] } },
      actions: questions,
    });
    assert.ok((await api.put(`/v2/assistants/${id}`, body)).status < 300);
    (await api.put(`/v2/assistants/${id}`, { name: 'Bike desk two' })).ok();
    const agent = (await api.get(`/v2/assistants/${id}`)).ok().assistants[0];
    assert.equal(agent.name, 'Bike desk two');
    assert.deepEqual(agent.agent.custom_engine_setting, { deep: [1, 2] });
    assert.equal(agent.agent.prompt, body.agent.prompt);
    assert.equal((await api.delete(`/v2/assistants/${id}`)).status, 200);
    assert.equal((await api.get(`/v2/assistants/${id}`)).status, 404);
  });

  it('takes names that are not ASCII', async () => {
    const id = await makeAgent(api, { name: 'Čeština 東京 🚲' });
    assert.equal((await api.get(`/v2/assistants/${id}`)).ok().assistants[0].name, 'Čeština 東京 🚲');
  });

  it('lends its webhook URL to calls without one, and the call wins', async () => {
    const agent = await makeSilentAgent(api, { external_webhook_url: receiver.url('/of-agent') });
    const own = await reportCall(api, agent, undefined);
    assert.equal((await receiver.forCall(own)).path, '/of-agent');
    const other = await reportCall(api, agent, receiver.url('/of-call'));
    assert.equal((await receiver.forCall(other)).path, '/of-call');
  });

  it('gives a call the version it began with', async () => {
    const agent = await makeSilentAgent(api, { actions: [questions[0]] });
    const callId = await startCall(api, agent, receiver.url());
    (await api.put(`/v2/assistants/${agent}`, { actions: [inline(questions[1])] })).ok();
    const at = Date.now();
    const events = [
      { id: 'a', type: 'answered', at, by: 'human' },
      { id: 't', type: 'turn', at: at + 1, role: 'human', text: 'Please collect the bike in the morning.' },
      { id: 'e', type: 'ended', at: at + 2, status: 'completed' },
    ];
    (await api.post(`/v2/calls/${callId}/events`, events)).ok();
    const request = await receiver.forCall(callId);
    assert.deepEqual(Object.keys(request.json.executed_actions), [names[0]]);
  });
});

describe('the list of calls', () => {
  let agent;
  const ids = [];

  before(async () => {
    agent = await makeSilentAgent(api);
    const rows = [
      {
        status: 'completed',
        end_call_reason: 'human_goodbye',
        phone: '+15550134001',
        ended_at: '2026-03-11T14:20:17Z',
      },
      {
        status: 'completed',
        end_call_reason: 'agent_goodbye',
        phone: '+15550134002',
        ended_at: '2026-03-11T14:20:37Z',
      },
      { status: 'busy', phone: '+15550134003', answered_at: undefined, transcript: undefined },
      {
        status: 'failed',
        phone: '+15550134004',
        answered_at: undefined,
        transcript: undefined,
        error_message: 'Telephony - 404 - Not Found',
      },
      {
        status: 'no-answer',
        phone: '+15550134005',
        name: 'Casimir Lund',
        answered_at: undefined,
        transcript: undefined,
      },
    ];
    for (const row of rows) {
      ids.push(await reportCall(api, agent, receiver.url(), row));
      await sleep(5);
    }
    for (const id of ids) await receiver.forCall(id);
  });

  const list = async (query) => (await api.get(`/v2/calls?model_id=${agent}${query}`)).ok();
  const idsOf = (response) => response.calls.map((call) => call.call_id);

  it('is newest first, with paging by offset', async () => {
    const all = await list('');
    assert.deepEqual(all.pagination, { ...all.pagination, total_records: 5, limit: 20, offset: 0 });
    assert.deepEqual(idsOf(all), [...ids].reverse());
    const page = await list('&limit=2&offset=3');
    assert.deepEqual(idsOf(page), [ids[1], ids[0]]);
    assert.equal(page.pagination.total_records, 5);
  });

  it('pages by cursor once over each call, also when calls come in between', async () => {
    const seen = [];
    let cursor = '';
    for (let page = 0; page < 10; page++) {
      const response = await list(`&limit=2${cursor}`);
      seen.push(...idsOf(response));
      if (page === 0)
        await reportCall(api, agent, receiver.url(), {
          status: 'busy',
          phone: '+15550134099',
          transcript: undefined,
          answered_at: undefined,
        });
      const next = response.pagination.next_cursor;
      if (!next) break;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
    assert.deepEqual(seen, [...ids].reverse());
  });

  it('filters', async () => {
    assert.deepEqual(idsOf(await list('&call_status=failed')), [ids[3]]);
    assert.deepEqual(idsOf(await list('&end_call_reason=agent_goodbye')), [ids[1]]);
    assert.deepEqual(idsOf(await list('&lead_phone_number=%2B15550134003')), [ids[2]]);
    assert.deepEqual(idsOf(await list('&duration_min=10&duration_max=10')), [ids[0]]);
    assert.deepEqual(idsOf(await list('&duration_min=11')), [ids[1]]);
    assert.deepEqual(idsOf(await list('&search=Casimir')), [ids[4]]);
  });

  it('takes dates in three forms, the end exclusive', async () => {
    const day = Date.UTC(2026, 2, 11);
    for (const [from, to] of [
      [day, day + 86_400_000],
      ['2026-03-11', '2026-03-12'],
      ['2026-03-11T00:00:00Z', '2026-03-12T00:00:00Z'],
    ]) {
      assert.equal(
        (await list(`&from_date=${from}&to_date=${to}&lead_phone_number=%2B15550134001`)).pagination.total_records,
        1,
        `${from}`,
      );
      assert.equal(
        (await list(`&from_date=${to}&lead_phone_number=%2B15550134001`)).pagination.total_records,
        0,
        `${to}`,
      );
    }
    const start = Date.parse('2026-03-11T14:20:00Z');
    assert.equal((await list(`&to_date=${start}&lead_phone_number=%2B15550134001`)).pagination.total_records, 0);
    assert.equal((await list(`&to_date=${start + 1}&lead_phone_number=%2B15550134001`)).pagination.total_records, 1);
  });
});

describe('webhook logs', () => {
  it('filter by agent, status, method and type, and page by number', async () => {
    const agent = await makeSilentAgent(api);
    receiver.script('/logs-refused', [{ status: 410 }], { forever: true });
    for (let i = 0; i < 3; i++) await receiver.forCall(await reportCall(api, agent, receiver.url('/logs')));
    await receiver.forCall(await reportCall(api, agent, receiver.url('/logs-refused')));
    const list = async (query) => (await api.get(`/v2/logs?assistant_id=${agent}${query}`)).ok();
    await eventually('four rows', async () => (await list('')).total === 4);
    assert.equal((await list('&status=success')).total, 3);
    assert.equal((await list('&status=failed')).total, 1);
    assert.equal((await list('&http_method=post&webhook_type=external_webhook')).total, 4);
    assert.equal((await list('&webhook_type=inbound_webhook')).total, 0);
    const first = await list('&page_size=3&page_number=1');
    const second = await list('&page_size=3&page_number=2');
    assert.equal(first.items.length, 3);
    assert.equal(second.items.length, 1);
    assert.equal(new Set([...first.items, ...second.items].map((item) => item.webhook_log_id)).size, 4);
  });
});

describe('the service pages', () => {
  it('need no key', async () => {
    const open = api.as(null);
    assert.equal((await open.get('/healthz')).status, 200);
    assert.equal((await open.get('/readyz')).status, 200);
    assert.equal((await open.get('/metrics')).status, 200);
    assert.equal((await open.get('/v2/schemas/post-call-webhook.json')).status, 200);
    open.close();
  });

  it('count in /metrics what was delivered', async () => {
    const metrics = await api.get('/metrics');
    assert.match(metrics.headers['content-type'], /^text\/plain/);
    const sum = metrics.text
      .split('\n')
      .filter((line) => /^wrapup_\w*(deliver|attempt)\w*(_total|_count)\b/.test(line))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    assert.ok(
      sum >= receiver.got().length,
      `${sum} counted, ${receiver.got().length} received:\n${metrics.text.slice(0, 3000)}`,
    );
  });
});

describe('a call without a webhook URL', () => {
  it('is processed and recorded, and nothing is sent', async () => {
    const agent = await makeSilentAgent(api, { actions: questions });
    const reply = await api.post('/v2/calls/report', report(agent, undefined));
    const callId = reply.ok().call_id;
    const call = await eventually('the analysis', async () => {
      const record = await getCall(api, callId);
      return record.judge_results && record;
    });
    assert.equal(JSON.parse(call.executed_actions[names[0]].return_value).wants_pickup, true);
    assert.deepEqual(await logsOf(api, callId), []);
  });
});

describe('every webhook of this file', () => {
  it('was valid, and one webhook-id belongs to one body', () => {
    const bodies = new Map();
    for (const request of receiver.got()) {
      assertPayload(request.json);
      const digest = crypto.createHash('sha256').update(request.body).digest('hex');
      assert.equal(bodies.get(request.webhookId) ?? digest, digest);
      bodies.set(request.webhookId, digest);
    }
    assert.ok(bodies.size > 10);
  });
});
