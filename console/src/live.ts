// The live stream: one connection for the whole console, opened at login. The browser reconnects by itself and says what it saw last.
import { signal } from '@preact/signals';
import { get } from './api';

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

const kinds = ['call', 'attempt', 'inbox'];
const listeners = new Set<(event: LiveEvent) => void>();
let wanted = false;
let source: EventSource | undefined;
let retry: number | undefined;

export function onLive(listener: (event: LiveEvent) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const tellAll = (event: LiveEvent) => {
  for (const listener of listeners) listener(event);
};

function told(kind: string, message: Event) {
  try {
    tellAll({ kind, data: JSON.parse((message as MessageEvent<string>).data) });
  } catch {
    tellAll({ kind, data: {}, gap: true });
  }
}

function connect() {
  if (!wanted) return;
  source = new EventSource('/v2/stream');
  source.onopen = () => (liveState.value = 'on');
  source.onerror = () => {
    liveState.value = 'off';
    if (source?.readyState === EventSource.CLOSED) again();
  };
  source.addEventListener('gap', () => kinds.forEach((kind) => tellAll({ kind, data: {}, gap: true })));
  for (const kind of kinds) source.addEventListener(kind, (message) => told(kind, message));
}

// The browser gives up when it was answered anything but a stream: too many streams, or a session that has ended. Asking for
// something small tells which; a session that has ended leads to the login.
function again() {
  source?.close();
  if (wanted) retry = window.setTimeout(() => get('/v2/calls', { limit: 1 }).then(connect, again), 5000);
}

export function openLive() {
  if (wanted) return;
  wanted = true;
  connect();
}

export function closeLive() {
  wanted = false;
  clearTimeout(retry);
  source?.close();
  liveState.value = 'connecting';
}
