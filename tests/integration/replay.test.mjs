// Sending once more: one attempt of the log, or many by filter as a job.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { devSecret, eventually, Server, tempDir } from './lib/server.mjs';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { endpointOf, endpointWhen, pause, resume, setEndpoint, workspaceKey } from './lib/endpoints.mjs';
import { countReplay, getReplay, moveReplay, replayOver, replayWhen, startReplay } from './lib/replays.mjs';

let server, api, other, agent, receiver;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const { key } = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(key);
  agent = await makeSilentAgent(api);
});

after(async () => {
  other?.close();
  await server?.stop();
  await receiver?.close();
});

let paths = 0;
const freshUrl = () => receiver.url(`/own-${++paths}`);
const pathOf = (url) => new URL(url).pathname;
const idsOf = (requests) => requests.map((r) => r.webhookId).sort();

describe('one log entry', () => {
  let url, callId, first, log;

  before(async () => {
    url = freshUrl();
    callId = await reportCall(api, agent, url, { metadata: { text: 'Zoë "quoted" \u2028' } });
    first = await receiver.forCall(callId);
    [log] = await logsOf(api, callId);
  });

  const replay = (id, body, options) => api.post(`/v2/logs/${id}/replay`, body, options);
  const arrivals = (path = pathOf(url)) => receiver.got((r) => r.path === path && r.json.call.call_id === callId);

  /** The same webhook once more, as a receiver sees it. */
  function assertSameAgain(request) {
    assertDelivered(request, devSecret);
    assert.equal(request.webhookId, first.webhookId);
    assert.ok(request.body.equals(first.body), 'the same bytes');
    assert.equal(request.attempt, 1, 'a delivery of its own');
  }

  it('goes to the same URL: same id and bytes, fresh timestamp and signature', async () => {
    const sentAt = Number(first.headers['webhook-timestamp']);
    await eventually('the next second', () => Math.floor(Date.now() / 1000) > sentAt);
    const answer = (await replay(log.webhook_log_id)).ok();
    const { delivery_id, ...rest } = answer;
    const endpoint = await endpointOf(api, url);
    assert.deepEqual(rest, {
      webhook_id: first.webhookId,
      call_id: callId,
      endpoint_id: endpoint.endpoint_id,
      url,
      endpoint_state: 'active',
    });
    const again = (await receiver.wait((r) => arrivals().includes(r), 2))[1];
    assertSameAgain(again);
    assert.ok(Number(again.headers['webhook-timestamp']) > sentAt);
    assert.notEqual(again.headers['webhook-signature'], first.headers['webhook-signature']);
    const logs = await eventually('the second entry', async () => {
      const found = await logsOf(api, callId, 2);
      return found.length === 2 && found;
    });
    const entry = logs.find((each) => each.delivery_id === delivery_id);
    assert.deepEqual([entry.webhook_id, entry.attempt_number, entry.status], [first.webhookId, 1, 'success']);
  });

  it('goes to another URL, whose endpoint is made', async () => {
    const elsewhere = freshUrl();
    const answer = (await replay(log.webhook_log_id, { url: elsewhere })).ok();
    assert.equal(answer.url, elsewhere);
    const [request] = await receiver.wait(pathOf(elsewhere), 1);
    assertSameAgain(request);
    assert.equal((await endpointOf(api, elsewhere)).endpoint_id, answer.endpoint_id);
  });

  it('is named by the id of its webhook or delivery too', async () => {
    const elsewhere = freshUrl();
    (await replay(log.webhook_id, { url: elsewhere })).ok();
    (await replay(log.delivery_id, { url: elsewhere })).ok();
    for (const request of await receiver.wait(pathOf(elsewhere), 2)) assertSameAgain(request);
  });

  it('has the whole schedule before it', async () => {
    const elsewhere = freshUrl();
    receiver.script(pathOf(elsewhere), [{ status: 500 }, { status: 500 }]);
    await setEndpoint(api, elsewhere, { retry: { schedule: ['10ms', '10ms'] } });
    (await replay(log.webhook_log_id, { url: elsewhere })).ok();
    const attempts = await receiver.wait(pathOf(elsewhere), 3);
    assert.deepEqual(attempts.map((r) => [r.webhookId, r.attempt]), [1, 2, 3].map((n) => [first.webhookId, n]));
  });

  it('waits where its endpoint is paused, and the answer says so', async () => {
    const elsewhere = freshUrl();
    const { endpoint_id } = await setEndpoint(api, elsewhere);
    await pause(api, endpoint_id);
    assert.equal((await replay(log.webhook_log_id, { url: elsewhere })).ok().endpoint_state, 'paused');
    await endpointWhen(api, endpoint_id, 'with one waiting', (e) => e.pending === 1);
    assert.equal(receiver.got(pathOf(elsewhere)).length, 0);
    await resume(api, endpoint_id);
    assertSameAgain((await receiver.wait(pathOf(elsewhere), 1))[0]);
  });

  it('honours an Idempotency-Key', async () => {
    const elsewhere = freshUrl();
    const { endpoint_id } = await setEndpoint(api, elsewhere);
    await pause(api, endpoint_id);
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push(await replay(log.webhook_log_id, { url: elsewhere }, { headers }));
    assert.equal(answers[1].ok().delivery_id, answers[0].ok().delivery_id);
    assert.equal(answers[1].headers['idempotent-replayed'], 'true');
    assert.equal((await endpointOf(api, elsewhere)).pending, 1);
  });

  it('is refused when it is unknown, of another workspace, or asked for wrongly', async () => {
    for (const id of [crypto.randomUUID(), 'evt_none_completed_1', 'x'])
      assertError(await replay(id), 404, { code: 'log_not_found' });
    assertError(await other.post(`/v2/logs/${log.webhook_log_id}/replay`), 404, { code: 'log_not_found' });
    assertError(await other.post(`/v2/logs/${log.webhook_id}/replay`), 404, { code: 'log_not_found' });
    const bad = [
      [{ uri: url }, '/uri', /did you mean "url"/],
      [{ url: 7 }, '/url', /string/],
      [{ url: 'ftp://example.com/' }, '/url', /http/],
      [{ url: 'https://192.168.0.1/hook' }, '/url', /private/],
      [[], '/', /object/],
    ];
    for (const [body, path, says] of bad) assertError(await replay(log.webhook_log_id, body), 400, { path, says });
  });
});

describe('many by filter', () => {
  let bulk, mine, second, ok, broken, missing, waiting, middle;
  const calls = { delivered: [], second: [], broken: [], missing: [], waiting: [], canceled: [] };
  const count = (filter) => countReplay(bulk, filter);

  before(async () => {
    bulk = api.as((await workspaceKey(server.data, 'bulk')).key);
    mine = await makeSilentAgent(bulk);
    second = await makeSilentAgent(bulk);
    [ok, broken, missing, waiting] = [freshUrl(), freshUrl(), freshUrl(), freshUrl()];
    const canceled = freshUrl();
    receiver.script(pathOf(broken), Array(3).fill({ status: 500 }));
    receiver.script(pathOf(missing), Array(2).fill({ status: 404 }));
    const once = { retry: { schedule: [], short_schedule: [] } };
    for (const url of [broken, missing]) await setEndpoint(bulk, url, once);
    for (const url of [waiting, canceled]) await pause(bulk, (await setEndpoint(bulk, url)).endpoint_id);
    const make = async (name, number, url, model = mine) => {
      for (let i = 0; i < number; i++) calls[name].push(await reportCall(bulk, model, url));
    };
    await make('delivered', 5, ok);
    await eventually('those delivered', async () => (await count({ status: 'delivered' })) === 5);
    middle = Date.now() + 1;
    await eventually('the next millisecond', () => Date.now() > middle);
    await make('second', 2, ok, second);
    await make('broken', 3, broken);
    await make('missing', 2, missing);
    await make('waiting', 2, waiting);
    await make('canceled', 1, canceled);
    await eventually('the rest', async () => (await count({ all: true })) === 15);
    await eventually('those given up', async () => (await count({ status: 'exhausted' })) === 5);
    await eventually('those delivered', async () => (await count({ status: 'delivered' })) === 7);
    (await bulk.delete(`/v2/endpoints/${(await endpointOf(bulk, canceled)).endpoint_id}`)).ok();
  });

  after(() => bulk?.close());

  it('a dry run counts, by each filter and by several, and starts nothing', async () => {
    const endpoint_id = (await endpointOf(bulk, broken)).endpoint_id;
    const expected = [
      [{ all: true }, 15],
      [{ status: 'delivered' }, 7],
      [{ status: 'success' }, 7],
      [{ status: 'exhausted' }, 5],
      [{ status: 'failed' }, 5],
      [{ status: 'pending' }, 2],
      [{ status: 'canceled' }, 1],
      [{ error_class: 'http_5xx' }, 3],
      [{ error_class: 'http_4xx' }, 2],
      [{ error_class: 'dns' }, 0],
      [{ endpoint_id }, 3],
      [{ assistant_id: second }, 2],
      [{ call_id: calls.missing[0] }, 1],
      [{ to_date: middle }, 5],
      [{ from_date: middle }, 10],
      [{ from_date: new Date(middle).toISOString(), status: 'delivered' }, 2],
      [{ assistant_id: mine, status: 'delivered' }, 5],
      [{ endpoint_id, status: 'delivered' }, 0],
    ];
    for (const [filter, number] of expected) assert.equal(await count(filter), number, JSON.stringify(filter));
    const answer = await startReplay(bulk, { status: 'failed', assistant_id: mine, dry_run: true });
    assert.deepEqual(answer, { dry_run: true, count: 5, filter: { assistant_id: mine, status: 'exhausted' } });
    assert.equal((await bulk.get('/v2/logs/replay')).ok().pagination.total_records, 0);
  });

  it('is a job that tells its progress to the end, and sends each once', async () => {
    const url = freshUrl();
    const made = await startReplay(bulk, { status: 'delivered', to_date: middle, url, rate: 1000 });
    assert.match(made.state, /^(running|completed)$/);
    assert.deepEqual([made.progress.total, made.rate, made.url], [5, 1000, url]);
    assert.deepEqual(made.filter, { status: 'delivered', to_date: new Date(middle).toISOString() });
    const over = await replayOver(bulk, made.replay_id);
    assert.deepEqual(over.progress, { total: 5, queued: 5, delivered: 5, exhausted: 0, canceled: 0, waiting: 0 });
    const firsts = receiver.got((r) => r.path === pathOf(ok) && calls.delivered.includes(r.json.call.call_id));
    const seconds = receiver.got(pathOf(url));
    assert.deepEqual(idsOf(seconds), idsOf(firsts));
    for (const request of seconds)
      assert.ok(request.body.equals(firsts.find((r) => r.webhookId === request.webhookId).body));
    const listed = (await bulk.get('/v2/logs/replay')).ok();
    assert.deepEqual(listed.replays[0], over);
    assertError(await other.get(`/v2/logs/replay/${made.replay_id}`), 404, { code: 'replay_not_found' });
  });

  it('does not repeat what a replay has sent, only what was sent first', async () => {
    assert.equal(await count({ status: 'delivered' }), 7);
  });

  it('counts what is given up again, and what was canceled goes to a URL that is there', async () => {
    const url = freshUrl();
    receiver.script(pathOf(url), [{ status: 500 }], { forever: true });
    await setEndpoint(bulk, url, { retry: { schedule: [] } });
    const failed = await startReplay(bulk, { assistant_id: second, url, rate: 1000 });
    const { progress } = await replayOver(bulk, failed.replay_id);
    assert.deepEqual([progress.total, progress.exhausted, progress.delivered], [2, 2, 0]);
    const own = await startReplay(bulk, { status: 'canceled', rate: 1000 });
    const nowhere = await replayOver(bulk, own.replay_id);
    assert.deepEqual([nowhere.progress.total, nowhere.progress.queued], [1, 0], 'its own endpoint was deleted');
    const elsewhere = freshUrl();
    await startReplay(bulk, { status: 'canceled', url: elsewhere, rate: 1000 });
    const [request] = await receiver.wait(pathOf(elsewhere), 1);
    assert.equal(request.json.call.call_id, calls.canceled[0]);
  });

  it('can be paused and resumed', async () => {
    const [url, beside] = [freshUrl(), freshUrl()];
    const { replay_id } = await startReplay(bulk, { status: 'delivered', url, rate: 3 });
    await receiver.wait(pathOf(url), 1);
    const paused = (await moveReplay(bulk, replay_id, 'pause')).ok();
    assert.equal(paused.state, 'paused');
    assert.ok(paused.progress.queued >= 1 && paused.progress.queued < 7, JSON.stringify(paused.progress));
    assert.equal((await moveReplay(bulk, replay_id, 'pause')).ok().state, 'paused', 'once more changes nothing');
    const other_job = await startReplay(bulk, { status: 'delivered', url: beside, rate: 3 });
    await replayOver(bulk, other_job.replay_id);
    assert.equal((await getReplay(bulk, replay_id)).progress.queued, paused.progress.queued);
    assert.equal((await moveReplay(bulk, replay_id, 'resume')).ok().state, 'running');
    await replayOver(bulk, replay_id);
    assert.deepEqual(idsOf(receiver.got(pathOf(url))), idsOf(receiver.got(pathOf(beside))));
    for (const verb of ['pause', 'resume'])
      assertError(await moveReplay(bulk, replay_id, verb), 409, { code: 'illegal_transition', says: /completed/ });
  });

  it('can be canceled, and then takes back what was not sent', async () => {
    const url = freshUrl();
    const { endpoint_id } = await setEndpoint(bulk, url);
    await pause(bulk, endpoint_id);
    const { replay_id } = await startReplay(bulk, { status: 'delivered', url, rate: 1000 });
    await replayWhen(bulk, replay_id, 'with all made', (r) => r.progress.waiting === 7);
    const canceled = (await moveReplay(bulk, replay_id, 'cancel')).ok();
    assert.equal(canceled.state, 'canceled');
    assert.deepEqual([canceled.progress.canceled, canceled.progress.waiting], [7, 0]);
    assert.deepEqual((await moveReplay(bulk, replay_id, 'cancel')).ok().progress, canceled.progress);
    assertError(await moveReplay(bulk, replay_id, 'resume'), 409, { says: /canceled/ });
    await resume(bulk, endpoint_id);
    const callId = await reportCall(bulk, mine, url);
    await receiver.forCall(callId);
    assert.deepEqual(receiver.got(pathOf(url)).map((r) => r.json.call.call_id), [callId]);
    calls.delivered.push(callId);
  });

  it('canceled in the middle makes no more', async () => {
    const [url, beside] = [freshUrl(), freshUrl()];
    const { replay_id } = await startReplay(bulk, { to_date: middle, url, rate: 2 });
    await receiver.wait(pathOf(url), 1);
    const { progress } = (await moveReplay(bulk, replay_id, 'cancel')).ok();
    assert.ok(progress.queued < 5, JSON.stringify(progress));
    await replayOver(bulk, (await startReplay(bulk, { to_date: middle, url: beside, rate: 2 })).replay_id);
    assert.equal((await getReplay(bulk, replay_id)).progress.queued, progress.queued);
    assert.ok(receiver.got(pathOf(url)).length <= progress.queued);
  });

  it('of exhausted ones leaves out what an earlier one has delivered', async () => {
    receiver.script(pathOf(broken), [{ status: 200 }, { status: 200 }, { status: 500 }]);
    receiver.script(pathOf(missing), []);
    const before = receiver.got(pathOf(broken)).length;
    const { replay_id } = await startReplay(bulk, { status: 'exhausted', rate: 1000 });
    const { progress } = await replayOver(bulk, replay_id);
    assert.deepEqual([progress.total, progress.delivered, progress.exhausted], [5, 4, 1]);
    const left = receiver.got(pathOf(broken)).find((r, i) => i >= before && r.step.status === 500);
    assert.equal(await count({ status: 'exhausted' }), 1);
    const again = await startReplay(bulk, { status: 'exhausted', rate: 1000 });
    const over = await replayOver(bulk, again.replay_id);
    assert.deepEqual([over.progress.total, over.progress.delivered], [1, 1]);
    assert.deepEqual(idsOf(receiver.got(pathOf(broken)).slice(before + 3)), [left.webhookId]);
    assert.equal(await count({ status: 'exhausted' }), 0);
  });

  it('honours an Idempotency-Key', async () => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    const wish = { assistant_id: second, url: freshUrl(), rate: 1000 };
    const answers = [];
    for (let i = 0; i < 2; i++) answers.push((await bulk.post('/v2/logs/replay', wish, { headers })).ok());
    assert.equal(answers[1].replay_id, answers[0].replay_id);
    await replayOver(bulk, answers[0].replay_id);
    assert.equal(receiver.got(pathOf(wish.url)).length, 2);
  });

  it('lists newest first', async () => {
    const all = (await bulk.get('/v2/logs/replay?limit=100')).ok();
    assert.equal(all.pagination.total_records, all.replays.length);
    const times = all.replays.map((r) => r.created_at);
    assert.deepEqual(times, [...times].sort().reverse());
    const page = (await bulk.get('/v2/logs/replay?limit=2&offset=1')).ok();
    assert.deepEqual(page.replays, all.replays.slice(1, 3));
    assert.equal((await other.get('/v2/logs/replay')).ok().pagination.total_records, 0);
  });

  const wrong = [
    ['no filter at all', {}, '/', /"all": true/],
    ['a filter that is not known', { statuses: 'failed' }, '/statuses', /did you mean "status"/],
    ['a status that is none', { status: 'broken' }, '/status', /delivered, exhausted, canceled, pending/],
    ['a rate of none', { all: true, rate: 0 }, '/rate', /1 to 1000/],
    ['a rate that is too high', { all: true, rate: 1001 }, '/rate', /1 to 1000/],
    ['a time that is none', { from_date: 'yesterday' }, '/from_date', /ISO 8601/],
    ['a URL that is none', { all: true, url: 'hook' }, '/url', /./],
    ['a private address', { all: true, url: 'https://10.1.2.3/' }, '/url', /private/],
    ['all as text', { all: 'yes' }, '/all', /true or false/],
  ];
  for (const [what, wish, path, says] of wrong) {
    it(`refuses ${what}`, async () => {
      for (const dry_run of [false, true])
        assertError(await bulk.post('/v2/logs/replay', { ...wish, dry_run }), 400, { path, says });
    });
  }

  it('an unknown job is 404', async () => {
    const id = crypto.randomUUID();
    assertError(await bulk.get(`/v2/logs/replay/${id}`), 404, { code: 'replay_not_found' });
    for (const verb of ['pause', 'resume', 'cancel'])
      assertError(await moveReplay(bulk, id, verb), 404, { code: 'replay_not_found' });
  });
});
