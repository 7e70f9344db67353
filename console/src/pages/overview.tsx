// What goes on, now and lately. A server without calls gets the first steps in place of empty charts.
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { get } from '../api';
import { Chart } from '../chart';
import { Line } from '../foreign';
import { count, hostOf, percent, span, toMs, words } from '../format';
import { useLive, useLoad } from '../hooks';
import type { Activity, Attempt, Call, Endpoint, Pagination } from '../types';
import { Badge, CallStatus, Card, Empty, LoadingRows, Page, Problem, Segments, Time } from '../ui';
import { FirstSteps } from './first-steps';

type Range = 'hour' | 'day' | 'week';
const ranges: Record<Range, { title: string; seconds: number; step: number }> = {
  hour: { title: 'Last hour', seconds: 3600, step: 60 },
  day: { title: '24 hours', seconds: 86_400, step: 900 },
  week: { title: '7 days', seconds: 604_800, step: 7200 },
};

interface Seen {
  activity: Activity;
  endpoints: Endpoint[];
  failing: Endpoint[];
  calls: Call[];
  failures: Attempt[];
  anyCall: boolean;
  took: number; // ms
}

async function load(range: Range): Promise<Seen> {
  const { seconds, step } = ranges[range];
  const began = performance.now();
  const to = Math.ceil(Date.now() / 1000 / step) * step;
  const [activity, open, inactive, calls, failures] = await Promise.all([
    get<Activity>('/v2/analytics/activity', { from_date: (to - seconds) * 1000, to_date: to * 1000, step }),
    get<{ endpoints: Endpoint[] }>('/v2/endpoints', { circuit: 'open', limit: 20 }),
    get<{ endpoints: Endpoint[] }>('/v2/endpoints', { limit: 100 }),
    get<{ calls: Call[]; pagination: Pagination }>('/v2/calls', { limit: 8 }),
    get<{ items: Attempt[] }>('/v2/logs', { status: 'failed', page_size: 6 }),
  ]);
  const failing = new Map(open.endpoints.map((endpoint) => [endpoint.endpoint_id, endpoint]));
  for (const endpoint of inactive.endpoints) {
    if (endpoint.state !== 'active' || endpoint.circuit.failures_in_a_row > 0) failing.set(endpoint.endpoint_id, endpoint);
  }
  return { activity, endpoints: inactive.endpoints, failing: [...failing.values()], calls: calls.calls, failures: failures.items, anyCall: calls.calls.length > 0, took: performance.now() - began };
}

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

function Figures({ activity, endpoints }: { activity: Activity; endpoints: Endpoint[] }) {
  const delivered = sum(activity.delivered);
  const failed = sum(activity.failed);
  const waiting = endpoints.reduce((total, endpoint) => total + endpoint.pending, 0);
  const { p50, p95, count: waits } = activity.hang_up_to_delivered_ms;
  const parts = (ms: number | null): [string, string] => {
    const text = ms === null ? '–' : span(ms);
    const space = text.indexOf(' ');
    return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space + 1)];
  };
  const figures: [string, string, string, string][] = [
    ['Calls', count(sum(activity.calls)), '', `${count(activity.call_status_stat.completed ?? 0)} completed`],
    ['Delivered', count(delivered), '', waiting ? `${count(waiting)} waiting` : 'nothing waits'],
    ['Attempts that succeeded', delivered + failed ? percent(delivered / (delivered + failed)) : '–', delivered + failed ? '%' : '', failed ? `${count(failed)} failed` : 'none failed'],
    ['Hang-up to delivered, p50', ...parts(p50), waits ? `of ${count(waits)} webhooks` : 'no webhook yet'],
    ['Hang-up to delivered, p95', ...parts(p95), waits ? 'replays left out' : 'no webhook yet'],
  ];
  return (
    <dl class="figures" data-test="figures">
      {figures.map(([name, value, unit, note]) => (
        <div class="figure" key={name}>
          <dt>{name}</dt>
          <dd>
            {value} <span class="unit">{unit}</span>
            <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Bars({ counts, filter }: { counts: Record<string, number>; filter: string }) {
  const entries = Object.entries(counts).sort((a, b) => b[1] - a[1]);
  const most = entries[0]?.[1] ?? 1;
  if (!entries.length) return <p class="muted">None in this time.</p>;
  return (
    <ul class="bars">
      {entries.slice(0, 8).map(([name, value]) => (
        <li key={name}>
          <Link href={`/calls?${filter}=${encodeURIComponent(name)}`}>{words(name)}</Link>
          <span class="num">{count(value)}</span>
          <span class="track" aria-hidden>
            <i style={{ width: `${(100 * value) / most}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Failing({ endpoints }: { endpoints: Endpoint[] }) {
  if (!endpoints.length) return <p class="muted">Every receiver takes what it is sent.</p>;
  return (
    <ul class="stack tight">
      {endpoints.slice(0, 6).map((endpoint) => (
        <li class="row spread" key={endpoint.endpoint_id}>
          <Link href={`/endpoints/${endpoint.endpoint_id}`} title={endpoint.url}>
            {endpoint.name ? <Line text={endpoint.name} /> : <Line text={hostOf(endpoint.url)} />}
          </Link>
          <span class="row">
            {endpoint.pending > 0 && <span class="muted small num">{count(endpoint.pending)} waiting</span>}
            {endpoint.state !== 'active' ? (
              <Badge tone="warn">{endpoint.state}</Badge>
            ) : (
              <Badge tone="bad">{endpoint.circuit.state === 'closed' ? `${count(endpoint.circuit.failures_in_a_row)} failures in a row` : 'circuit open'}</Badge>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

export function Overview() {
  const [range, setRange] = useState<Range>('hour');
  const { data, error, reload } = useLoad(`overview ${range}`, () => load(range));
  // A long range over many calls takes the server a while: it is asked for a tenth of the time at most.
  useLive(['call', 'attempt'], reload, Math.max(2500, 10 * (data?.took ?? 0)));
  if (data && !data.anyCall) return <FirstSteps />;
  const activity = data?.activity;
  const times = activity ? activity.calls.map((_, i) => toMs(activity.from_date) / 1000 + i * activity.step) : [];
  return (
    <Page title="Overview" acts={<Segments label="Time" options={Object.entries(ranges).map(([id, one]) => [id as Range, one.title])} chosen={range} choose={setRange} />}>
      <div class="stack">
        <Problem error={error} retry={reload} />
        {!data && !error && <LoadingRows rows={10} />}
        {data && activity && (
          <>
            <Figures activity={activity} endpoints={data.endpoints} />
            <div class="grid-2">
              <Card title="Calls" acts={<Legend entries={[['calls', 'by start']]} />}>
                <Chart label="Calls" times={times} series={[{ label: 'Calls', colour: '--accent', values: activity.calls, kind: 'area' }]} />
              </Card>
              <Card title="Deliveries" acts={<Legend entries={[['delivered', 'delivered'], ['failed', 'failed attempts']]} />}>
                <Chart
                  label="Deliveries"
                  times={times}
                  series={[
                    { label: 'Delivered', colour: '--good', values: activity.delivered, kind: 'area' },
                    { label: 'Failed', colour: '--bad', values: activity.failed, kind: 'area' },
                  ]}
                />
              </Card>
            </div>
            <div class="grid-3">
              <Card title="How calls ended">
                <Bars counts={activity.call_status_stat} filter="call_status" />
              </Card>
              <Card title="Why they ended">
                <Bars counts={activity.end_call_reason_stat} filter="end_call_reason" />
              </Card>
              <Card title="Receivers in trouble" acts={<Link href="/endpoints">All endpoints</Link>}>
                <Failing endpoints={data.failing} />
              </Card>
            </div>
            <div class="grid-2">
              <Card title="Newest calls" pad={false} acts={<Link href="/calls">All calls</Link>}>
                <table>
                  <tbody>
                    {data.calls.map((call) => (
                      <tr class="go" key={call.call_id}>
                        <td class="wide-text">
                          <Link class="row-link" href={`/calls/${call.call_id}`}>
                            <Line text={call.name || call.lead_phone_number} />
                          </Link>
                        </td>
                        <td class="fit">
                          <CallStatus status={call.status} />
                        </td>
                        <td class="fit right muted">
                          <Time at={call.start_time} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Card>
              <Card title="Newest failures" pad={false} acts={<Link href="/deliveries?status=failed">All failures</Link>}>
                {data.failures.length ? (
                  <table>
                    <tbody>
                      {data.failures.map((attempt) => (
                        <tr class="go" key={attempt.webhook_log_id}>
                          <td class="wide-text">
                            <Link class="row-link" href={`/deliveries/${attempt.webhook_log_id}`}>
                              <Line text={hostOf(attempt.webhook_url)} />
                            </Link>
                          </td>
                          <td class="fit">
                            <Badge tone="bad">{attempt.response_status_code ?? words(attempt.error_class)}</Badge>
                          </td>
                          <td class="fit right muted">
                            <Time at={attempt.request_timestamp} />
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                ) : (
                  <Empty title="No failed attempt">
                    <p>What a receiver does not take shows up here, with what to do about it.</p>
                  </Empty>
                )}
              </Card>
            </div>
          </>
        )}
      </div>
    </Page>
  );
}

const Legend = ({ entries }: { entries: [string, string][] }) => (
  <div class="legend">
    {entries.map(([name, title]) => (
      <span class={name} key={name}>
        <i aria-hidden />
        {title}
      </span>
    ))}
  </div>
);
