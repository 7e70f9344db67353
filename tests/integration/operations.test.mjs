// What the owner of a workspace is told of delivery itself, and the settings of a workspace.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Receiver } from './lib/receiver.mjs';
import { callIdSignature } from './lib/payload.mjs';
import { assertError } from './lib/errors.mjs';
import { devSecret, eventually, Server, tempDir } from './lib/server.mjs';
import { logDetail, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { endpointOf, endpointWhen, resume, setEndpoint, workspaceKey } from './lib/endpoints.mjs';

let server, api, other, otherSecret, agent, receiver;

before(async () => {
  receiver = await Receiver.start();
  const data = `${tempDir()}/data`;
  const made = await workspaceKey(data, 'other');
  server = await Server.start({ data });
  api = server.api;
  other = api.as(made.key);
  otherSecret = made.secret;
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
const setWorkspace = async (body, by = api) => (await by.put('/v2/workspace', body)).ok();

/** A report to a receiver that answers `status` until it is told otherwise, and gives up after one attempt. */
async function refusedCall(status, url = freshUrl(), by = api, model = agent) {
  receiver.script(pathOf(url), [{ status }], { forever: true });
  const { endpoint_id } = await setEndpoint(by, url, { retry: { schedule: [], short_schedule: [] } });
  return { url, endpoint_id, callId: await reportCall(by, model, url) };
}

/** The messages of that type at `path` that concern the endpoint, as soon as there are so many. */
const told = (path, type, endpoint_id, count = 1) =>
  receiver.wait((r) => r.path === path && r.json.type === type && r.json.data.endpoint_id === endpoint_id, count);

function assertMessage(request, type, secret = devSecret) {
  const { headers, body, json } = request;
  new Webhook(secret).verify(body.toString('utf8'), headers);
  assert.equal(headers['x-wrapup-event'], type);
  assert.match(headers['content-type'], /^application\/json\b/);
  assert.deepEqual(Object.keys(json), ['id', 'type', 'timestamp', 'workspace_id', 'data']);
  assert.equal(json.id, headers['webhook-id']);
  assert.equal(json.type, type);
  assert.ok(Math.abs(Date.parse(json.timestamp) - request.at) < 60_000);
  return json.data;
}

describe('the operations URL', () => {
  const path = '/operations';

  before(async () => {
    assert.equal((await setWorkspace({ operations_url: receiver.url(path) })).operations_url, receiver.url(path));
  });

  it('is told that an endpoint was disabled, and that it recovered', async () => {
    const { url, endpoint_id, callId } = await refusedCall(410);
    const [disabled] = await told(path, 'endpoint.disabled', endpoint_id);
    const data = assertMessage(disabled, 'endpoint.disabled');
    assert.ok(Date.parse(data.failing_since) <= disabled.at);
    assert.match(data.reason, /410/);
    assert.deepEqual(Object.keys(data), ['endpoint_id', 'url', 'state', 'reason', 'failing_since']);
    assert.deepEqual([data.endpoint_id, data.url, data.state], [endpoint_id, url, 'disabled']);
    assert.equal(disabled.json.workspace_id, 'default');
    assert.equal(disabled.headers['synthflow-signature'], undefined, 'it is of no call');

    receiver.script(pathOf(url), []);
    await resume(api, endpoint_id);
    await receiver.wait((r) => r.path === pathOf(url) && r.json.call.call_id === callId, 2);
    const [recovered] = await told(path, 'endpoint.recovered', endpoint_id);
    const after = assertMessage(recovered, 'endpoint.recovered');
    assert.deepEqual([after.url, after.state, after.reason], [url, 'active', '']);
    assert.notEqual(recovered.webhookId, disabled.webhookId);
  });

  it('is told once of a recovery, and never of a pause', async () => {
    const url = freshUrl();
    const { endpoint_id } = await setEndpoint(api, url);
    (await api.post(`/v2/endpoints/${endpoint_id}/pause`)).ok();
    await resume(api, endpoint_id);
    for (let i = 0; i < 3; i++) await receiver.forCall(await reportCall(api, agent, url));
    const later = await refusedCall(500);
    await told(path, 'delivery.exhausted', later.endpoint_id);
    assert.deepEqual(receiver.got((r) => r.path === path && r.json.data.endpoint_id === endpoint_id), []);
    const recovered = receiver.got((r) => r.path === path && r.json.type === 'endpoint.recovered');
    assert.equal(recovered.length, 1, 'that of the test before');
  });

  it('is told of a webhook that was given up', async () => {
    const { url, endpoint_id, callId } = await refusedCall(500);
    const [request] = await told(path, 'delivery.exhausted', endpoint_id);
    const webhook_id = `evt_${callId}_completed_1`;
    assert.deepEqual(assertMessage(request, 'delivery.exhausted'), {
      delivery_id: webhook_id,
      webhook_id,
      event_type: 'call.completed',
      call_id: callId,
      revision: 1,
      attempts: 1,
      failure: 'http_5xx',
      endpoint_id,
      url,
    });
    assert.equal(request.headers['synthflow-signature'], callIdSignature(callId, devSecret));
  });

  it('stands in the log like every webhook, and is retried', async () => {
    receiver.script(path, [{ status: 503 }]);
    await setEndpoint(api, receiver.url(path), { retry: { schedule: ['10ms', '10ms'] } });
    const { endpoint_id } = await refusedCall(410);
    const [first, second] = await told(path, 'endpoint.disabled', endpoint_id, 2);
    assert.deepEqual([first.webhookId, first.attempt], [second.webhookId, 1]);
    assert.equal(second.attempt, 2);
    const items = await eventually('two log entries', async () => {
      const found = (await api.get(`/v2/logs?event_type=endpoint.disabled&search=${first.webhookId}`)).ok().items;
      return found.length === 2 && found;
    });
    assert.deepEqual(items.map((item) => item.status), ['success', 'failed']);
    const detail = await logDetail(api, items[0].webhook_log_id);
    assert.equal(detail.request_payload, first.body.toString('utf8'));
  });

  it('is told nothing about itself', async () => {
    receiver.script(path, [{ status: 410 }]);
    const first = await refusedCall(500);
    await told(path, 'delivery.exhausted', first.endpoint_id);
    const own = await endpointOf(api, receiver.url(path));
    await endpointWhen(api, own.endpoint_id, 'disabled', (e) => e.state === 'disabled');
    const second = await refusedCall(500);
    await endpointWhen(api, own.endpoint_id, 'with the two that wait', (e) => e.pending === 2);
    await resume(api, own.endpoint_id);
    await told(path, 'delivery.exhausted', first.endpoint_id, 2);
    await told(path, 'delivery.exhausted', second.endpoint_id);
    const last = await refusedCall(500);
    await told(path, 'delivery.exhausted', last.endpoint_id);
    assert.deepEqual(receiver.got((r) => r.path === path && r.json.data.url === receiver.url(path)), []);
    await endpointWhen(api, own.endpoint_id, 'with nothing pending', (e) => e.pending === 0);
  });

  it('is told of its own workspace only, with its own secret', async () => {
    const elsewhere = '/operations-of-others';
    await setWorkspace({ operations_url: receiver.url(elsewhere) }, other);
    const theirs = await refusedCall(500, freshUrl(), other, await makeSilentAgent(other));
    const [request] = await told(elsewhere, 'delivery.exhausted', theirs.endpoint_id);
    assertMessage(request, 'delivery.exhausted', otherSecret);
    assert.equal(request.json.workspace_id, 'other');
    const mine = await refusedCall(500);
    await told(path, 'delivery.exhausted', mine.endpoint_id);
    const seen = (at) => receiver.got((r) => r.path === at).map((r) => r.json.workspace_id);
    assert.deepEqual([...new Set(seen(path))], ['default']);
    assert.deepEqual([...new Set(seen(elsewhere))], ['other']);
  });

  it('is told nothing any more once it is taken back', async () => {
    const before = receiver.got(path).length;
    assert.equal((await setWorkspace({ operations_url: null })).operations_url, null);
    const { endpoint_id } = await refusedCall(500);
    await endpointWhen(api, endpoint_id, 'after its failure', (e) => e.last_answers.length === 1);
    await setWorkspace({ operations_url: receiver.url(path) });
    const next = await refusedCall(500);
    await told(path, 'delivery.exhausted', next.endpoint_id);
    assert.equal(receiver.got(path).length, before + 1);
  });
});

describe('the settings of a workspace', () => {
  it('change only where something is sent', async () => {
    const operations_url = receiver.url('/operations');
    const set = await setWorkspace({ operations_url, signature_header_compat: true });
    assert.deepEqual(set, { workspace_id: 'default', operations_url, signature_header_compat: true, model: null, model_use_today: [] });
    assert.deepEqual(await setWorkspace({}), set);
    const half = await setWorkspace({ signature_header_compat: null });
    assert.deepEqual(half, { ...set, signature_header_compat: null });
    assert.deepEqual((await api.get('/v2/workspace')).ok(), half);
    assert.equal((await other.get('/v2/workspace')).ok().workspace_id, 'other');
  });

  it('signature_header_compat: the call-id signature goes under its old name too', async () => {
    await setWorkspace({ signature_header_compat: true });
    const request = await eventually('the header', async () => {
      const seen = await receiver.forCall(await reportCall(api, agent, freshUrl()));
      return seen.headers.http_synthflow_signature && seen;
    });
    assert.equal(request.headers.http_synthflow_signature, request.headers['synthflow-signature']);
    assert.equal(request.headers.http_synthflow_signature, callIdSignature(request.json.call.call_id, devSecret));
    await setWorkspace({ signature_header_compat: false });
    await eventually('its end', async () => {
      const seen = await receiver.forCall(await reportCall(api, agent, freshUrl()));
      return seen.headers.http_synthflow_signature === undefined;
    });
  });

  const wrong = [
    [{ operation_url: 'https://example.com/' }, '/operation_url', /did you mean "operations_url"/],
    [{ operations_url: 'example.com' }, '/operations_url', /./],
    [{ operations_url: 7 }, '/operations_url', /string/],
    [{ operations_url: 'https://169.254.169.254/' }, '/operations_url', /metadata|link-local/],
    [{ signature_header_compat: 'yes' }, '/signature_header_compat', /true or false/],
  ];
  for (const [body, path, says] of wrong) {
    it(`${JSON.stringify(body)} is refused`, async () => {
      const before = (await api.get('/v2/workspace')).ok();
      assertError(await api.put('/v2/workspace', body), 400, { path, says });
      assert.deepEqual((await api.get('/v2/workspace')).ok(), before);
    });
  }

  it('query parameters are refused, and a key is needed', async () => {
    assertError(await api.get('/v2/workspace?id=other'), 400, { path: 'id' });
    const nobody = api.as(null);
    assertError(await nobody.put('/v2/workspace', {}), 401);
    nobody.close();
  });
});
