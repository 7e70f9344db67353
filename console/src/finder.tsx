// The search box: any id leads to its page; other words search the calls.
import { useEffect, useRef, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { Search } from 'lucide-preact';
import { get, getOrNull } from './api';
import type { Attempt } from './types';
import { tell } from './ui';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;

/** Where a pasted text leads. */
async function placeOf(text: string): Promise<string | null> {
  const found = text.match(uuid)?.[0];
  if (!found) {
    const token = text.match(/\/in\/([A-Za-z0-9_-]+)/)?.[1] ?? (/^[A-Za-z0-9_-]{16,}$/.test(text) ? text : '');
    if (token && (await getOrNull(`/v2/inboxes/${token}`).catch(() => null))) return `/inboxes/${token}`;
    return `/calls?search=${encodeURIComponent(text)}`;
  }
  const id = found.toLowerCase();
  const pages: [string, string][] = [
    ['/v2/calls/', '/calls/'],
    ['/v2/logs/', '/deliveries/'],
    ['/v2/endpoints/', '/endpoints/'],
    ['/v2/assistants/', '/agents/'],
    ['/v2/actions/', '/actions/'],
    ['/v2/inboxes/', '/inboxes/'],
  ];
  const answers = await Promise.all(pages.map(([api]) => getOrNull(api + id).catch(() => null)));
  const hit = answers.findIndex((answer) => answer !== null);
  if (hit >= 0) return pages[hit][1] + id;
  const logs = await get<{ items: Attempt[] }>('/v2/logs', { search: text, page_size: 1 });
  if (logs.items.length) return `/deliveries?search=${encodeURIComponent(text)}`;
  const calls = await get<{ calls: unknown[] }>('/v2/calls', { search: text, limit: 1 });
  return calls.calls.length ? `/calls?search=${encodeURIComponent(text)}` : null;
}

export function Finder() {
  const [, go] = useLocation();
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
      if ((event.key === 'k' && (event.metaKey || event.ctrlKey)) || (event.key === '/' && !typing)) {
        event.preventDefault();
        box.current?.focus();
        box.current?.select();
      }
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  const find = async (event: Event) => {
    event.preventDefault();
    const wanted = text.trim();
    if (!wanted || busy) return;
    setBusy(true);
    try {
      const place = await placeOf(wanted);
      if (place) {
        go(place);
        setText('');
        box.current?.blur();
      } else {
        tell('Nothing here has that id. It may be of another workspace, or older than what is kept.');
      }
    } catch (error) {
      tell((error as Error).message);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form class="finder" role="search" onSubmit={find}>
      <Search size={16} aria-hidden />
      <input ref={box} type="search" aria-label="Find anything by its id, or calls by name or number" placeholder="Paste any id, or a name or number" value={text} autoComplete="off" spellcheck={false} disabled={busy} onInput={(e) => setText(e.currentTarget.value)} />
      <kbd aria-hidden>/</kbd>
    </form>
  );
}
