// Bulk replays as their owner sees them.
import { eventually } from './server.mjs';

export const startReplay = async (api, wish) => (await api.post('/v2/logs/replay', wish)).ok();
export const getReplay = async (api, id) => (await api.get(`/v2/logs/replay/${id}`)).ok();
export const moveReplay = (api, id, verb) => api.post(`/v2/logs/replay/${id}/${verb}`);

/** How many deliveries a replay would take. */
export const countReplay = async (api, filter) => (await startReplay(api, { ...filter, dry_run: true })).count;

/** The replay as soon as `holds(replay)`. */
export async function replayWhen(api, id, what, holds, timeout = 20_000) {
  let last;
  const probe = async () => {
    last = await getReplay(api, id);
    return holds(last) && last;
  };
  return eventually(`the replay ${what}`, probe, timeout).catch((error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
}

/** When all that it took is made, and nothing of that waits any more. */
export const replayOver = (api, id, timeout) =>
  replayWhen(api, id, 'over', (r) => r.state === 'completed' && r.progress.waiting === 0, timeout);
