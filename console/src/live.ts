// The live stream: one connection for the whole console, opened at login. The browser reconnects by itself and says what it saw last.
import { signal } from '@preact/signals';

export interface LiveEvent {
  kind: string;
  data: Record<string, unknown>;
  /** More happened than was told: anything may have changed. */
  gap?: boolean;
}

/** Whether something of these is about what has that id. */
export const concerns = (events: LiveEvent[], id: string | undefined) => events.some((event) => event.gap || Object.values(event.data).includes(id));

export type LiveState = 'connecting' | 'on' | 'off';
export const liveState = signal<LiveState>('connecting');

const listeners = new Set<(event: LiveEvent) => void>();
let source: EventSource | undefined;

export function onLive(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const kinds = ['call', 'attempt', 'inbox'];

export function openLive() {
  if (source) return;
  source = new EventSource('/v2/stream');
  source.onopen = () => (liveState.value = 'on');
  source.onerror = () => (liveState.value = 'off');
  source.addEventListener('gap', () => {
    for (const kind of kinds) for (const listener of listeners) listener({ kind, data: {}, gap: true });
  });
  for (const kind of kinds) {
    source.addEventListener(kind, (message) => {
      let data: Record<string, unknown> = {};
      try {
        data = JSON.parse((message as MessageEvent<string>).data);
      } catch {
        return;
      }
      for (const listener of listeners) listener({ kind, data });
    });
  }
}

export function closeLive() {
  source?.close();
  source = undefined;
  liveState.value = 'connecting';
}
