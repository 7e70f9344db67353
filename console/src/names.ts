// Names of agents by id, loaded once and again when an id is not among them.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from './api';
import { plain } from './foreign';

interface Named {
  model_id: string;
  name?: string;
}

const names = signal<Map<string, string>>(new Map());
let loadedAt = 0;

export async function reloadAgents() {
  loadedAt = Date.now();
  const answer = await get<{ assistants: Named[] }>('/v2/assistants', { limit: 100 }).catch(() => null);
  if (answer) names.value = new Map(answer.assistants.map((agent) => [agent.model_id, plain((agent.name ?? '').slice(0, 80)) || agent.model_id]));
}

export function useAgents(): Map<string, string> {
  useEffect(() => {
    if (Date.now() - loadedAt > 30_000) void reloadAgents();
  }, []);
  return names.value;
}

export const agentName = (agents: Map<string, string>, id: string) => agents.get(id) ?? `…${id.slice(-8)}`;
