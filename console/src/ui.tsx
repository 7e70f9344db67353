// The parts that pages are made of.
import type { ComponentChildren, JSX } from 'preact';
import { signal } from '@preact/signals';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Check, ChevronLeft, CircleAlert, CircleCheck, Copy as CopyIcon, Info, TriangleAlert, X } from 'lucide-preact';
import { ApiError } from './api';
import { exactTime, shortTime, toMs } from './format';

export type Tone = 'good' | 'bad' | 'warn' | 'info' | '';

/** The time in the viewer's zone; the exact one on hover. */
export function Time({ at }: { at: string | number | null | undefined }) {
  if (at === null || at === undefined || at === '') return <span class="muted">–</span>;
  const ms = toMs(at);
  if (!Number.isFinite(ms)) return <span class="muted">–</span>;
  return (
    <time class="num nowrap" dateTime={new Date(ms).toISOString()} title={exactTime(ms)}>
      {shortTime(ms)}
    </time>
  );
}

export const Badge = ({ tone = '', children }: { tone?: Tone; children: ComponentChildren }) => <span class={`badge ${tone}`}>{children}</span>;

const goodCalls = ['completed'];
const badCalls = ['failed', 'spam'];
const quietCalls = ['no-answer', 'busy', 'canceled', 'user-canceled'];

export function CallStatus({ status }: { status: string }) {
  const live = ['ringing', 'in-progress', 'pending', 'registered', 'paused'].includes(status);
  const tone: Tone = goodCalls.includes(status) ? 'good' : badCalls.includes(status) ? 'bad' : live ? 'info' : quietCalls.includes(status) ? 'warn' : '';
  return <Badge tone={tone}>{status.replace(/_/g, ' ')}</Badge>;
}

export function Copy({ text, label = 'Copy', children, small = true }: { text: string; label?: string; children?: ComponentChildren; small?: boolean }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setDone(true);
    setTimeout(() => setDone(false), 1200);
  };
  const Icon = done ? Check : CopyIcon;
  return (
    <button type="button" class={`button ${small ? 'small' : ''} ${children ? '' : 'plain icon'} copy`} onClick={copy} title={label} aria-label={children ? undefined : label}>
      <Icon size={14} aria-hidden />
      {children && <span>{done ? 'Copied' : children}</span>}
    </button>
  );
}

/** An id with a way to copy it. `short`: only its end, where the row is narrow. */
export const Id = ({ id, short = false }: { id: string; short?: boolean }) => (
  <span class="id">
    <span class="clip" title={id}>
      {short && id.length > 14 ? `…${id.slice(-8)}` : id}
    </span>
    <Copy text={id} label={`Copy ${id}`} />
  </span>
);

export function Code({ text, copy = text, lines = false, label }: { text: string; copy?: string; lines?: boolean; label?: string }) {
  return (
    <div class={`code ${lines ? 'lines' : ''}`}>
      <pre tabIndex={0} aria-label={label ?? 'Code'}>
        {text}
      </pre>
      <Copy text={copy} />
    </div>
  );
}

const noticeIcons = { bad: CircleAlert, warn: TriangleAlert, good: CircleCheck, info: Info, '': Info };

export function Notice({ tone = 'info', children, role }: { tone?: Tone; children: ComponentChildren; role?: 'alert' | 'status' }) {
  const Icon = noticeIcons[tone];
  return (
    <div class={`notice ${tone}`} role={role}>
      <Icon size={17} aria-hidden />
      <div>{children}</div>
    </div>
  );
}

/** What went wrong, in the server's words, and a way to go on. */
export function Problem({ error, retry }: { error: Error | undefined; retry?: () => void }) {
  if (!error) return null;
  const api = error instanceof ApiError ? error : undefined;
  return (
    <Notice tone="bad" role="alert">
      <strong>{error.message}</strong>
      {api && api.errors.length > 1 && (
        <ul>
          {api.errors.map((wrong) => (
            <li>
              <code>{wrong.path}</code> {wrong.message}
            </li>
          ))}
        </ul>
      )}
      {api?.requestId && api.status >= 500 && (
        <p class="small">
          The server's log has more under the request id <code>{api.requestId}</code>.
        </p>
      )}
      {retry && (
        <p>
          <button type="button" class="link" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </Notice>
  );
}

export function Page({ title, children, about, acts, back }: { title: ComponentChildren; children: ComponentChildren; about?: ComponentChildren; acts?: ComponentChildren; back?: [string, string] }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${heading.current?.textContent ?? ''} · wrapup`;
  });
  return (
    <main class="page" id="main" tabIndex={-1}>
      <header class="page-head">
        <div class="titles">
          {back && (
            <Link class="crumb" href={back[0]}>
              <ChevronLeft size={14} aria-hidden /> {back[1]}
            </Link>
          )}
          <h1 ref={heading}>{title}</h1>
          {about && <p>{about}</p>}
        </div>
        {acts && <div class="acts">{acts}</div>}
      </header>
      {children}
    </main>
  );
}

export function Card({ title, note, acts, children, pad = true, id }: { title?: ComponentChildren; note?: ComponentChildren; acts?: ComponentChildren; children: ComponentChildren; pad?: boolean; id?: string }) {
  return (
    <section class="card" id={id}>
      {title && (
        <header class="card-head">
          <h2>{title}</h2>
          {note && <span class="muted">{note}</span>}
          {acts && <div class="acts">{acts}</div>}
        </header>
      )}
      {pad ? <div class="card-body">{children}</div> : children}
    </section>
  );
}

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <h2>{title}</h2>
    {children}
  </div>
);

/** Keeps the place of rows that are on their way. */
export const LoadingRows = ({ rows = 6 }: { rows?: number }) => (
  <div class="loading-rows" role="status" aria-label="Loading">
    {Array.from({ length: rows }, (_, i) => (
      <span key={i} />
    ))}
  </div>
);

export const Facts = ({ facts, one = false }: { facts: [string, ComponentChildren][]; one?: boolean }) => (
  <dl class={`facts ${one ? 'one' : ''}`}>
    {facts.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value === null || value === undefined || value === '' ? <span class="muted">–</span> : value}</dd>
      </div>
    ))}
  </dl>
);

export function Tabs<T extends string>({ tabs, chosen, choose, label }: { tabs: { id: T; title: string; count?: number }[]; chosen: T; choose: (id: T) => void; label: string }) {
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    const at = tabs.findIndex((tab) => tab.id === chosen);
    const next = (at + step + tabs.length) % tabs.length;
    choose(tabs[next].id);
    bar.current?.querySelectorAll<HTMLButtonElement>('button')[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={bar} onKeyDown={onKeyDown}>
      {tabs.map((tab) => (
        <button type="button" role="tab" id={`tab-${tab.id}`} aria-controls="tab-panel" aria-selected={tab.id === chosen} tabIndex={tab.id === chosen ? 0 : -1} onClick={() => choose(tab.id)}>
          {tab.title}{' '}
          {tab.count !== undefined && <span class="count">{tab.count}</span>}
        </button>
      ))}
    </div>
  );
}

export const TabPanel = ({ id, children }: { id: string; children: ComponentChildren }) => (
  <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${id}`} tabIndex={0}>
    {children}
  </div>
);

export function Segments<T extends string>({ options, chosen, choose, label }: { options: [T, string][]; chosen: T; choose: (value: T) => void; label: string }) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([value, title]) => (
        <button type="button" aria-pressed={value === chosen} onClick={() => choose(value)}>
          {title}
        </button>
      ))}
    </div>
  );
}

export function Field({ label, hint, wrong, children, wide }: { label: string; hint?: ComponentChildren; wrong?: string; children: (props: { id: string; 'aria-describedby': string }) => JSX.Element; wide?: boolean }) {
  const id = useId();
  return (
    <div class={`field ${wide ? 'span-2' : ''}`}>
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': `${id}-hint` })}
      <span id={`${id}-hint`} class={wrong ? 'wrong' : 'hint'}>
        {wrong ?? hint}
      </span>
    </div>
  );
}

export function TextField({ label, value, set, hint, wrong, type = 'text', wide, placeholder, required, lines }: { label: string; value: string; set: (value: string) => void; hint?: ComponentChildren; wrong?: string; type?: string; wide?: boolean; placeholder?: string; required?: boolean; lines?: number }) {
  return (
    <Field label={label} hint={hint} wrong={wrong} wide={wide}>
      {(props) =>
        lines ? (
          <textarea {...props} class="input" rows={lines} value={value} placeholder={placeholder} required={required} onInput={(e) => set(e.currentTarget.value)} />
        ) : (
          <input {...props} class="input" type={type} value={value} placeholder={placeholder} required={required} autoComplete="off" spellcheck={false} onInput={(e) => set(e.currentTarget.value)} />
        )
      }
    </Field>
  );
}

export function SelectField({ label, value, set, options, hint, wide }: { label: string; value: string; set: (value: string) => void; options: [string, string][]; hint?: ComponentChildren; wide?: boolean }) {
  return (
    <Field label={label} hint={hint} wide={wide}>
      {(props) => (
        <select {...props} class="select" value={value} onChange={(e) => set(e.currentTarget.value)}>
          {options.map(([id, title]) => (
            <option value={id}>{title}</option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Check2({ label, checked, set }: { label: string; checked: boolean; set: (value: boolean) => void }) {
  return (
    <label class="checks">
      <input type="checkbox" checked={checked} onChange={(e) => set(e.currentTarget.checked)} />
      {label}
    </label>
  );
}

/** A select among a list's filters; its first entry means: all. */
export function Filter({ label, value, set, options, all }: { label: string; value: string | undefined; set: (value: string) => void; options: string[] | [string, string][]; all: string }) {
  return (
    <select class="select" aria-label={label} value={value ?? ''} onChange={(e) => set(e.currentTarget.value)}>
      <option value="">{all}</option>
      {options.map((option) => {
        const [id, title] = Array.isArray(option) ? option : [option, option.replace(/_/g, ' ')];
        return <option value={id}>{title}</option>;
      })}
    </select>
  );
}

/** From one day on, and before another. */
export const Dates = ({ filters, change }: { filters: Record<string, string>; change: (wanted: Record<string, string>) => void }) => (
  <span class="dates">
    <input class="input" type="date" aria-label="On or after" title="On or after" value={filters.from_date ?? ''} onInput={(e) => change({ from_date: e.currentTarget.value })} />
    –
    <input class="input" type="date" aria-label="Before" title="Before" value={filters.to_date ?? ''} onInput={(e) => change({ to_date: e.currentTarget.value })} />
  </span>
);

/** The native dialog: keeps the focus inside, closes with Escape, gives the focus back. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ComponentChildren }) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={close} onClick={(e) => e.target === element.current && close()}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button plain icon small" aria-label="Close" onClick={close}>
          <X size={16} aria-hidden />
        </button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

export function Confirm({ title, words, act, label, close, done }: { title: string; words: ComponentChildren; act: () => Promise<unknown>; label: string; close: () => void; done?: () => void }) {
  const [run, busy, error] = useAct(act, () => {
    close();
    done?.();
  });
  return (
    <Dialog title={title} close={close}>
      <p class="muted">{words}</p>
      <Problem error={error} />
      <div class="dialog-acts">
        <button type="button" class="button" onClick={close}>
          Keep it
        </button>
        <button type="button" class="button danger primary" disabled={busy} onClick={run}>
          {label}
        </button>
      </div>
    </Dialog>
  );
}

/** Runs something once at a time: [run, busy, what went wrong]. */
export function useAct<A extends unknown[], T>(act: (...args: A) => Promise<T>, done?: (result: T) => void): [(...args: A) => void, boolean, Error | undefined] {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const run = (...args: A) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    act(...args).then(
      (result) => {
        setBusy(false);
        done?.(result);
      },
      (problem: Error) => {
        setBusy(false);
        setError(problem);
      },
    );
  };
  return [run, busy, error];
}

export function Pager({ page, total, exact = true, shown, next, previous, toNext }: { page: number; total?: number; exact?: boolean; shown: number; next: string | null | undefined; previous: () => void; toNext: (cursor: string) => void }) {
  return (
    <div class="pager">
      <span class="num">{total !== undefined ? `${total.toLocaleString()}${exact ? '' : ' or more'} in all · page ${page}` : `page ${page} · ${shown} shown`}</span>
      <div class="acts">
        <button type="button" class="button small" disabled={page === 1} onClick={previous}>
          Previous
        </button>
        <button type="button" class="button small" disabled={!next} onClick={() => next && toNext(next)}>
          Next
        </button>
      </div>
    </div>
  );
}

const toasts = signal<{ id: number; words: string }[]>([]);
let toastId = 0;

/** A short word that something was done. */
export function tell(words: string) {
  const id = ++toastId;
  toasts.value = [...toasts.value, { id, words }];
  setTimeout(() => (toasts.value = toasts.value.filter((toast) => toast.id !== id)), 4000);
}

export const Toasts = () => (
  <div class="toasts" role="status" aria-live="polite">
    {toasts.value.map((toast) => (
      <div key={toast.id}>{toast.words}</div>
    ))}
  </div>
);
