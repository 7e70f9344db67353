// The log of attempts.
import { useEffect, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { get, post } from '../api';
import { errorClasses } from '../failures';
import { Line } from '../foreign';
import { count, hostOf, span, words } from '../format';
import { useFilters, useLive, useLoad, usePages, useSettled } from '../hooks';
import { useAgents } from '../names';
import type { Attempt } from '../types';
import { Badge, Card, Check2, Code, Dates, Dialog, Empty, Filter, LoadingRows, Notice, Page, Pager, Problem, SelectField, tell, TextField, Time, useAct } from '../ui';

export function AttemptStatus({ attempt }: { attempt: Attempt }) {
  const good = attempt.status === 'success';
  return <Badge tone={good ? 'good' : 'bad'}>{attempt.response_status_code ?? words(attempt.error_class || attempt.status)}</Badge>;
}

const pathOf = (url: string) => {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    return '';
  }
};

export function AttemptTable({ attempts, ofCall = false }: { attempts: Attempt[]; ofCall?: boolean }) {
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col" class="fit">
              Answer
            </th>
            <th scope="col">Receiver</th>
            <th scope="col" class="p2">
              What
            </th>
            <th scope="col" class="fit right p2">
              Attempt
            </th>
            <th scope="col" class="fit right p3">
              Took
            </th>
            <th scope="col" class="fit right">
              Sent
            </th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((attempt) => (
            <tr class="go" key={attempt.webhook_log_id} data-id={attempt.webhook_log_id}>
              <td class="fit">
                <AttemptStatus attempt={attempt} />
              </td>
              <td class="wide-text">
                <Link class="row-link" href={`/deliveries/${attempt.webhook_log_id}`}>
                  <Line text={hostOf(attempt.webhook_url)} />
                </Link>
                <span class="cell-sub">
                  <Line text={pathOf(attempt.webhook_url)} />
                </span>
              </td>
              <td class="p2 wide-text">
                <span class="row nowrap">
                  {attempt.delivery_id !== attempt.webhook_id && <Badge tone="info">replay</Badge>}
                  {attempt.maybe_delivered && attempt.status !== 'success' && <Badge tone="warn">maybe delivered</Badge>}
                  {attempt.event_type !== 'call.completed' && <Badge>{attempt.event_type}</Badge>}
                  {!ofCall && attempt.call_id && <Link href={`/calls/${attempt.call_id}`} class="mono">…{attempt.call_id.slice(-8)}</Link>}
                </span>
              </td>
              <td class="fit right p2 num">{attempt.attempt_number}</td>
              <td class="fit right p3 num">{span(attempt.duration_ms)}</td>
              <td class="fit right muted">
                <Time at={attempt.request_timestamp} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Answer {
  items: Attempt[];
  total: number;
  next_cursor: string | null;
}

function NoDeliveries({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="No attempt is like that">
        <p>Take a filter away, or look at another time. The search finds ids, and parts of a URL.</p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing was sent yet">
      <p>Every attempt to deliver a webhook is logged here. A sample of any status goes to a URL of yours with:</p>
      <Code
        label="Send a sample"
        text={`curl -X POST ${location.origin}/v2/webhooks/test \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"url": "https://receiver.example.com/hook", "status": "completed"}'`}
      />
    </Empty>
  );
}

/** Replaying many: what is chosen is counted before anything is sent. */
function ReplayMany({ close, filters }: { close: () => void; filters: Record<string, string> }) {
  const [status, setStatus] = useState('exhausted');
  const [url, setUrl] = useState('');
  const [rate, setRate] = useState('10');
  const [since, setSince] = useState(filters.from_date ?? '');
  const [until, setUntil] = useState(filters.to_date ?? '');
  const [all, setAll] = useState(false);
  const [counted, setCounted] = useState<number>();
  const body = { status: all ? undefined : status, assistant_id: filters.assistant_id, endpoint_id: filters.endpoint_id, error_class: filters.error_class, from_date: since || undefined, to_date: until || undefined, url: url || undefined, rate: Number(rate) || 10, ...(all && { all: true }) };
  const [look, looking, lookError] = useAct(
    () => post<{ count: number }>('/v2/logs/replay', { ...body, dry_run: true }),
    (answer) => setCounted(answer.count),
  );
  const [start, starting, startError] = useAct(
    () => post('/v2/logs/replay', body),
    () => {
      tell('The replay runs; its attempts appear in the log.');
      close();
    },
  );
  return (
    <Dialog title="Replay many" close={close}>
      <p class="muted">The same bytes go out again under the same webhook id. The agent, endpoint and failure chosen in the list count here too.</p>
      <SelectField label="Deliveries that are" value={status} set={(value) => { setStatus(value); setCounted(undefined); }} options={[['exhausted', 'given up'], ['delivered', 'delivered'], ['canceled', 'canceled'], ['pending', 'still waiting']]} />
      <div class="form-grid">
        <TextField label="Made on or after" type="date" value={since} set={setSince} />
        <TextField label="Made before" type="date" value={until} set={setUntil} />
        <TextField label="To another URL" value={url} set={setUrl} placeholder="the same as before" />
        <TextField label="A second, at most" type="number" value={rate} set={setRate} />
      </div>
      <Check2 label="All deliveries, whatever their state" checked={all} set={setAll} />
      <Problem error={lookError ?? startError} />
      {counted !== undefined && <Notice tone="info">{count(counted)} {counted === 1 ? 'delivery' : 'deliveries'} would be sent again.</Notice>}
      <div class="dialog-acts">
        <button type="button" class="button" onClick={look} disabled={looking}>
          Count first
        </button>
        <button type="button" class="button primary" onClick={start} disabled={starting || !counted}>
          Replay
        </button>
      </div>
    </Dialog>
  );
}

interface ReplayJob {
  replay_id: string;
  state: 'running' | 'paused' | 'canceled' | 'completed';
  url: string | null;
  created_at: string;
  progress: { total: number; queued: number; delivered: number; exhausted: number; canceled: number; waiting: number };
}

/** Replays of many: how far each is, and stopping it. */
function ReplayJobs({ version }: { version: number }) {
  const { data, reload } = useLoad(`replays ${version}`, () => get<{ replays: ReplayJob[] }>('/v2/logs/replay', { limit: 5 }));
  // The end of a job is told by no event: while one runs it is asked for.
  const running = data?.replays.some((job) => job.state === 'running') ?? false;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(reload, 1000);
    return () => clearInterval(timer);
  }, [running, reload]);
  const [turn, turning, error] = useAct((id: string, act: 'pause' | 'resume' | 'cancel') => post(`/v2/logs/replay/${id}/${act}`), reload);
  if (!data?.replays.length) return null;
  return (
    <Card title="Replays" note="the newest five" pad={false}>
      {error && (
        <div class="card-body">
          <Problem error={error} />
        </div>
      )}
      <div class="table-wrap">
        <table data-test="replays">
          <tbody>
            {data.replays.map((job) => (
              <tr key={job.replay_id}>
                <td class="fit">
                  <Badge tone={job.state === 'completed' ? 'good' : job.state === 'running' ? 'info' : 'warn'}>{job.state}</Badge>
                </td>
                <td class="wide-text">
                  <span class="num">
                    {count(job.progress.delivered)} of {count(job.progress.total)} delivered
                  </span>
                  <span class="cell-sub">
                    {job.progress.exhausted > 0 && `${count(job.progress.exhausted)} given up · `}
                    <Line text={job.url ? `to ${job.url}` : 'to the same URLs'} />
                  </span>
                </td>
                <td class="fit right muted">
                  <Time at={job.created_at} />
                </td>
                <td class="fit right">
                  {job.state === 'running' && (
                    <button type="button" class="button small" disabled={turning} onClick={() => turn(job.replay_id, 'pause')}>
                      Pause
                    </button>
                  )}
                  {job.state === 'paused' && (
                    <button type="button" class="button small" disabled={turning} onClick={() => turn(job.replay_id, 'resume')}>
                      Resume
                    </button>
                  )}{' '}
                  {(job.state === 'running' || job.state === 'paused') && (
                    <button type="button" class="button small danger" disabled={turning} onClick={() => turn(job.replay_id, 'cancel')}>
                      Cancel
                    </button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}

export function Deliveries() {
  const [filters, change] = useFilters();
  const search = useSettled(filters.search ?? '');
  const wanted = { ...filters, search };
  const key = JSON.stringify(wanted);
  const pages = usePages(key);
  const { data, error, loading, reload } = useLoad(`logs ${key} ${pages.cursor}`, () => get<Answer>('/v2/logs', { ...wanted, page_size: 25, cursor: pages.cursor }));
  useLive(['attempt'], () => pages.page === 1 && reload(), 1000);
  const agents = useAgents();
  const [replaying, setReplaying] = useState(false);
  const [started, setStarted] = useState(0);
  return (
    <Page
      title="Deliveries"
      acts={
        <button type="button" class="button" onClick={() => setReplaying(true)}>
          Replay many…
        </button>
      }
    >
      <div class="stack">
        <ReplayJobs version={started} />
        <Card pad={false}>
          <div class="filters" role="group" aria-label="Filters">
            <input class="input search" type="search" aria-label="Search attempts" placeholder="Id, or part of a URL" value={filters.search ?? ''} onInput={(e) => change({ search: e.currentTarget.value })} />
            <Filter label="Outcome" all="Any outcome" value={filters.status} options={['success', 'failed']} set={(value) => change({ status: value })} />
            <Filter label="Failure" all="Any failure" value={filters.error_class} options={errorClasses} set={(value) => change({ error_class: value })} />
            <Filter label="Event" all="Any event" value={filters.event_type} options={['call.completed', 'endpoint.disabled', 'endpoint.recovered', 'delivery.exhausted']} set={(value) => change({ event_type: value })} />
            <Filter label="Agent" all="Any agent" value={filters.assistant_id} options={[...agents]} set={(value) => change({ assistant_id: value })} />
            <Dates filters={filters} change={change} />
            {Object.keys(filters).length > 0 && (
              <button type="button" class="button plain small" onClick={() => change(Object.fromEntries(Object.keys(filters).map((name) => [name, ''])))}>
                Clear
              </button>
            )}
          </div>
          {filters.endpoint_id && (
            <div class="card-body">
              <Notice>
                Attempts of one <Link href={`/endpoints/${filters.endpoint_id}`}>endpoint</Link> only.
              </Notice>
            </div>
          )}
          {error && (
            <div class="card-body">
              <Problem error={error} retry={reload} />
            </div>
          )}
          {!data && loading && <LoadingRows rows={12} />}
          {data && (data.items.length ? <AttemptTable attempts={data.items} /> : <NoDeliveries filtered={Object.keys(filters).length > 0} />)}
          {data && data.items.length > 0 && <Pager page={pages.page} total={data.total} shown={data.items.length} next={data.next_cursor} previous={pages.previous} toNext={pages.next} />}
        </Card>
      </div>
      {replaying && (
        <ReplayMany
          filters={filters}
          close={() => {
            setReplaying(false);
            setStarted(started + 1);
          }}
        />
      )}
    </Page>
  );
}
