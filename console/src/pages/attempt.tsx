// One attempt: what was sent, what came back, how long each phase took, and what to do when it failed.
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { RotateCw } from 'lucide-preact';
import { get, post } from '../api';
import { failureWords } from '../failures';
import { Foreign } from '../foreign';
import { bytes, count, span } from '../format';
import { useLive, useLoad } from '../hooks';
import { concerns } from '../live';
import { Body } from '../tree';
import type { Attempt, AttemptDetail } from '../types';
import { Badge, Card, Copy, Dialog, Facts, Id, LoadingRows, Notice, Page, Problem, TextField, Time, useAct } from '../ui';
import { AttemptStatus } from './deliveries';

const bodyText = (payload: AttemptDetail['request_payload']) => (typeof payload === 'string' ? payload : JSON.stringify(payload));

const quoted = (text: string) => `'${text.replace(/'/g, `'\\''`)}'`;

/** The same request by hand. The signature is of that moment: receivers refuse it once it is older than a few minutes. */
function asCurl(attempt: AttemptDetail): string {
  const headers = Object.entries(attempt.request_headers).map(([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`);
  return [`curl -X POST ${quoted(attempt.webhook_url)}`, ...headers, `  --data-binary ${quoted(bodyText(attempt.request_payload))}`].join(' \\\n');
}

function Headers({ headers, name }: { headers: Record<string, string>; name: string }) {
  const rows = Object.entries(headers);
  if (!rows.length) return <p class="card-body muted">{name}: none.</p>;
  return (
    <table class="pairs mono" aria-label={name}>
      <tbody>
        {rows.slice(0, 300).map(([key, value]) => (
          <tr key={key}>
            <th scope="row">
              <Foreign text={key} max={200} />
            </th>
            <td>
              <Foreign text={value} max={400} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Waterfall({ attempt }: { attempt: AttemptDetail }) {
  const { dns = 0, connect = 0, tls = 0, first_byte = 0, total = 0 } = attempt.timings_us;
  const phases: [string, number, number, string][] = [];
  let from = 0;
  const add = (title: string, to: number, kind = '') => {
    if (to <= 0 || to < from) return;
    phases.push([title, from, to, kind]);
    from = to;
  };
  add('Name', dns);
  add('Connect', connect);
  add('TLS', tls);
  add('Wait for the answer', first_byte, 'wait');
  add(first_byte > 0 ? 'Read the answer' : 'Until it failed', total);
  const whole = Math.max(total, from, 1);
  return (
    <div class="waterfall">
      {phases.map(([title, start, end, kind]) => (
        <>
          <span>{title}</span>
          <span class={`lane ${kind}`} aria-hidden>
            <i style={{ left: `${Math.min((100 * start) / whole, 99)}%`, width: `${(100 * (end - start)) / whole}%` }} />
          </span>
          <span class="num right">{span((end - start) / 1000)}</span>
        </>
      ))}
      <strong>Total</strong>
      <span />
      <strong class="num right">{span(total / 1000)}</strong>
    </div>
  );
}

interface Replayed {
  delivery_id: string;
  endpoint_state: string;
}

function Replay({ attempt, close }: { attempt: AttemptDetail; close: () => void }) {
  const [url, setUrl] = useState(attempt.webhook_url);
  const [done, setDone] = useState<Replayed>();
  const [, go] = useLocation();
  const [run, busy, error] = useAct(() => post<Replayed>(`/v2/logs/${attempt.webhook_log_id}/replay`, url === attempt.webhook_url ? {} : { url }), setDone);
  const sent = useLoad(`replay ${done?.delivery_id}`, () => (done ? get<{ items: Attempt[] }>('/v2/logs', { search: done.delivery_id, page_size: 1 }) : Promise.resolve({ items: [] })));
  useLive(['attempt'], sent.reload, 300);
  const first = sent.data?.items[0];
  return (
    <Dialog title="Send it once more" close={close}>
      {!done ? (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <p class="muted">The same bytes under the same webhook id, with a fresh timestamp and signature, and the whole retry schedule before it.</p>
          <TextField label="To" value={url} set={setUrl} required hint={url === attempt.webhook_url ? 'The same URL as before' : 'Another URL; only this one delivery goes there'} />
          <Problem error={error} />
          <div class="dialog-acts">
            <button type="button" class="button" onClick={close}>
              Not now
            </button>
            <button class="button primary" disabled={busy} data-test="replay-send">
              {busy ? 'Sending…' : 'Send'}
            </button>
          </div>
        </form>
      ) : (
        <div class="stack" data-test="replay-result">
          {first ? (
            <>
              <p class="row">
                The receiver answered: <AttemptStatus attempt={first} />
              </p>
              <div class="dialog-acts">
                <button type="button" class="button primary" onClick={() => go(`/deliveries/${first.webhook_log_id}`)}>
                  Show that attempt
                </button>
              </div>
            </>
          ) : done.endpoint_state !== 'active' ? (
            <Notice tone="warn">The endpoint is {done.endpoint_state}: the webhook waits there until the endpoint is resumed.</Notice>
          ) : (
            <p class="muted">On its way; the answer appears here…</p>
          )}
        </div>
      )}
    </Dialog>
  );
}

export function AttemptPage({ id }: { id: string }) {
  const { data: attempt, error, reload } = useLoad(`attempt ${id}`, () => get<AttemptDetail>(`/v2/logs/${id}`));
  const siblings = useLoad(`attempts of ${attempt?.webhook_id}`, () => (attempt ? get<{ items: Attempt[] }>('/v2/logs', { search: attempt.webhook_id, page_size: 50 }) : Promise.resolve({ items: [] })));
  useLive(['attempt'], (events) => concerns(events, attempt?.webhook_id) && siblings.reload(), 700);
  const [replaying, setReplaying] = useState(false);
  if (!attempt) return <Page title="Attempt" back={['/deliveries', 'Deliveries']}>{error ? <Problem error={error} retry={reload} /> : <LoadingRows rows={12} />}</Page>;
  const failed = attempt.status !== 'success';
  const why = failureWords(attempt.error_class, attempt.response_status_code);
  const others = (siblings.data?.items ?? []).filter((one) => one.webhook_log_id !== id);
  return (
    <Page
      title={<>Attempt {attempt.attempt_number} <AttemptStatus attempt={attempt} /></>}
      back={['/deliveries', 'Deliveries']}
      acts={
        <>
          <Copy text={asCurl(attempt)} small={false} label="Copy as curl">
            Copy as curl
          </Copy>
          <button type="button" class="button primary" onClick={() => setReplaying(true)} data-test="replay">
            <RotateCw size={15} aria-hidden /> Replay
          </button>
        </>
      }
    >
      <div class="stack">
        {failed && (
          <Notice tone="bad">
            <div class="explain" data-test="explain">
              <h2>{why.what}</h2>
              <p>{why.next}</p>
              {attempt.error_message && (
                <p class="small">
                  <Foreign text={attempt.error_message} max={400} />
                </p>
              )}
              {attempt.maybe_delivered && <p class="small">The receiver may have it all the same: the request was written before it failed.</p>}
              <p class="small">
                <Link href={`/endpoints/${attempt.endpoint_id}`}>The endpoint</Link> has its state and its policy.
              </p>
            </div>
          </Notice>
        )}
        <Card>
          <Facts
            facts={[
              ['To', <Foreign text={attempt.webhook_url} max={300} />],
              ['Sent', <Time at={attempt.request_timestamp} />],
              ['Took', <span class="num">{span(attempt.duration_ms)}</span>],
              ['Event', <>{attempt.event_type} {attempt.revision > 1 && <Badge>revision {attempt.revision}</Badge>}{attempt.delivery_id !== attempt.webhook_id && <Badge tone="info">replay</Badge>}</>],
              ['Address dialled', <Foreign text={attempt.address} max={80} />],
              ['TLS', attempt.tls_version || 'none'],
              ['Call', attempt.call_id && <Link href={`/calls/${attempt.call_id}`}>Open the call</Link>],
              ['Endpoint', <Link href={`/endpoints/${attempt.endpoint_id}`}>Open the endpoint</Link>],
              ['Webhook id', <Id id={attempt.webhook_id} />],
              ['Log id', <Id id={attempt.webhook_log_id} />],
            ]}
          />
        </Card>
        <div class="split">
          <div class="stack">
            <Card title="Answer" note={attempt.response_status_code ? `${attempt.response_status_code} · ${bytes(attempt.response_size_body)}` : 'none came'} pad={false}>
              {attempt.response_status_code !== null && <Headers headers={attempt.response_headers} name="Headers of the answer" />}
              {attempt.response_status_code !== null && (
                <div class="card-body">
                  <Body text={attempt.response_payload} name="Body of the answer" note={attempt.response_truncated ? 'cut at the cap' : undefined} />
                </div>
              )}
              {attempt.response_status_code === null && <p class="card-body muted">No status line came back.</p>}
            </Card>
            <Card title="Request" note="POST" pad={false}>
              <Headers headers={attempt.request_headers} name="Headers of the request" />
              <div class="card-body">
                <Body text={bodyText(attempt.request_payload)} name="Body of the request" />
              </div>
            </Card>
          </div>
          <div class="stack">
            <Card title="Phases">
              <Waterfall attempt={attempt} />
            </Card>
            <Card title="Other attempts" note={count(others.length)} pad={false}>
              {others.length ? (
                <table>
                  <tbody>
                    {others.slice(0, 20).map((one) => (
                      <tr class="go" key={one.webhook_log_id}>
                        <td class="fit">
                          <AttemptStatus attempt={one} />
                        </td>
                        <td>
                          <Link class="row-link" href={`/deliveries/${one.webhook_log_id}`}>
                            Attempt {one.attempt_number}
                          </Link>{' '}
                          {one.delivery_id !== one.webhook_id && <Badge tone="info">replay</Badge>}
                        </td>
                        <td class="fit right muted">
                          <Time at={one.request_timestamp} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              ) : (
                <p class="card-body muted">This was the only one for this webhook so far.</p>
              )}
            </Card>
          </div>
        </div>
      </div>
      {replaying && (
        <Replay
          attempt={attempt}
          close={() => {
            setReplaying(false);
            siblings.reload();
          }}
        />
      )}
    </Page>
  );
}

