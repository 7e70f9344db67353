// Endpoints as their owner sees them, and workspaces beside the first one.
import assert from 'node:assert/strict';
import { reportCall } from './calls.mjs';
import { eventually, run } from './server.mjs';

/** Makes or changes the endpoint of a URL; returns it as the answer shows it. */
export const setEndpoint = async (api, url, settings = {}) => (await api.post('/v2/endpoints', { url, ...settings })).ok();

export const getEndpoint = async (api, id) => (await api.get(`/v2/endpoints/${id}`)).ok();

/** The endpoint of a URL, once there is one. */
export async function endpointOf(api, url) {
  return eventually(`an endpoint for ${url}`, async () => {
    const page = (await api.get(`/v2/endpoints?search=${encodeURIComponent(url)}`)).ok();
    return page.endpoints.find((endpoint) => endpoint.url === url);
  });
}

/** The endpoint as soon as `holds(endpoint)`. */
export async function endpointWhen(api, id, what, holds, timeout = 15_000) {
  let last;
  const probe = async () => {
    last = await getEndpoint(api, id);
    return holds(last) && last;
  };
  return eventually(`the endpoint ${what}`, probe, timeout).catch((error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
}

/** Reports calls to an endpoint that sends nothing, each when the webhook of the one before is there; returns their ids. */
export async function gather(api, agent, { endpoint_id, url }, count) {
  const { pending } = await getEndpoint(api, endpoint_id);
  const ids = [];
  while (ids.length < count) {
    ids.push(await reportCall(api, agent, url));
    await endpointWhen(api, endpoint_id, 'with all waiting', (e) => e.pending === pending + ids.length);
  }
  return ids;
}

export const pause = async (api, id) => (await api.post(`/v2/endpoints/${id}/pause`)).ok();
export const resume = async (api, id) => (await api.post(`/v2/endpoints/${id}/resume`)).ok();

/** A key of a workspace of its own in the data folder; call it before the server runs or while it does. */
export async function workspaceKey(data, workspace) {
  const made = await run(['key', 'create', '--data', data, '--workspace', workspace]);
  assert.equal(made.code, 0, made.text);
  return { key: made.stdout.match(/\bwk_\w+/)[0], secret: made.stderr.match(/\bwhsec_[\w+/=]+/)?.[0] };
}
