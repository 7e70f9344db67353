// Loading, paging and being told of what is new.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { useLocation, useSearch } from 'wouter-preact';
import { onLive, type LiveEvent } from './live';

export interface Loaded<T> {
  data: T | undefined;
  error: Error | undefined;
  loading: boolean;
  reload: () => void;
}

/** Loads when `key` changes. What was loaded stays on the page until the next is there; an answer that was overtaken is dropped. */
export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: Error; loading: boolean }>({ key, loading: true });
  const newest = useRef(0);
  const loader = useRef(load);
  loader.current = load;
  const reload = useCallback(() => {
    const mine = ++newest.current;
    loader.current().then(
      (data) => mine === newest.current && setState({ key, data, loading: false }),
      (error: Error) => mine === newest.current && setState((before) => ({ key, data: before.key === key ? before.data : undefined, error, loading: false })),
    );
  }, [key]);
  useEffect(() => {
    setState((before) => ({ ...before, loading: true, error: undefined }));
    reload();
    return () => void ++newest.current;
  }, [reload]);
  return { data: state.data, error: state.error, loading: state.loading, reload };
}

/**
 * Calls `act` when something of these kinds has happened: at once, then at most every `pause` ms while more comes, and not while the
 * page is hidden.
 */
export function useLive(kinds: string[], act: (events: LiveEvent[]) => void, pause = 1000) {
  const latest = useRef(act);
  latest.current = act;
  const wanted = kinds.join();
  useEffect(() => {
    let gathered: LiveEvent[] = [];
    let timer: number | undefined;
    let last = 0;
    const run = () => {
      timer = undefined;
      if (document.hidden) return;
      last = performance.now();
      const events = gathered;
      gathered = [];
      if (events.length) requestAnimationFrame(() => latest.current(events));
    };
    const schedule = () => {
      if (timer === undefined && gathered.length) timer = window.setTimeout(run, Math.max(0, last + pause - performance.now()));
    };
    const shown = () => !document.hidden && schedule();
    document.addEventListener('visibilitychange', shown);
    const stop = onLive((event) => {
      if (!wanted.split(',').includes(event.kind)) return;
      if (gathered.length < 1000) gathered.push(event);
      schedule();
    });
    return () => {
      stop();
      document.removeEventListener('visibilitychange', shown);
      clearTimeout(timer);
    };
  }, [wanted, pause]);
}

/** The query of the address bar as an object, and a way to change it. */
export function useFilters(): [Record<string, string>, (change: Record<string, string>) => void] {
  const search = useSearch();
  const [path, go] = useLocation();
  const current = Object.fromEntries(new URLSearchParams(search));
  const change = (wanted: Record<string, string>) => {
    const next = Object.entries({ ...current, ...wanted }).filter(([, value]) => value !== '');
    const query = new URLSearchParams(next).toString();
    go(path + (query ? `?${query}` : ''), { replace: true });
  };
  return [current, change];
}

/** Pages of a list by cursor: forward by what the last answer gave, back by what was kept. Starts over when `key` changes. */
export function usePages(key: string) {
  const [state, setState] = useState<{ key: string; cursors: string[] }>({ key, cursors: [] });
  const cursors = state.key === key ? state.cursors : [];
  return {
    cursor: cursors.at(-1) ?? '',
    page: cursors.length + 1,
    next: (cursor: string) => setState({ key, cursors: [...cursors, cursor] }),
    previous: () => setState({ key, cursors: cursors.slice(0, -1) }),
  };
}

/** The value, once it has stood still for `ms`. */
export function useSettled<T>(value: T, ms = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
