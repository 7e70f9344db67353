// One receiver: how it is, stopping and starting it, and its policy.
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { Pause, Play, Send, Trash2 } from 'lucide-preact';
import { get, post, put, remove } from '../api';
import { Foreign } from '../foreign';
import { count, span, toMs } from '../format';
import { useLive, useLoad } from '../hooks';
import { concerns } from '../live';
import type { Attempt, Endpoint } from '../types';
import { Card, Check2, Confirm, Dialog, Empty, Facts, Id, LoadingRows, Notice, Page, Problem, SelectField, tell, TextField, Time, useAct } from '../ui';
import { AttemptTable } from './deliveries';
import { EndpointState } from './endpoints';

const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);

interface Policy {
  name: string;
  preset: string;
  rate: string;
  per: string;
  concurrency: string;
  connect_timeout: string;
  timeout: string;
  disable_after: string;
  schedule: string;
  short_schedule: string;
  max_age: string;
  headers: { name: string; value: string; secret: boolean }[];
}

const policyOf = (endpoint: Endpoint): Policy => ({
  name: endpoint.name ?? '',
  preset: endpoint.preset ?? '',
  rate: endpoint.rate_limits?.[0] ? String(endpoint.rate_limits[0].count) : '',
  per: endpoint.rate_limits?.[0]?.per ?? '1s',
  concurrency: endpoint.concurrency ? String(endpoint.concurrency) : '',
  connect_timeout: endpoint.connect_timeout ?? '',
  timeout: endpoint.timeout ?? '',
  disable_after: endpoint.disable_after ?? '',
  schedule: (endpoint.retry?.schedule ?? []).join(', '),
  short_schedule: (endpoint.retry?.short_schedule ?? []).join(', '),
  max_age: endpoint.retry?.max_age ?? '',
  headers: endpoint.headers ?? [],
});

/** Only what differs from before, so that settings which this form does not have stay as they are. */
function changeOf(endpoint: Endpoint, policy: Policy): Record<string, unknown> {
  const before = policyOf(endpoint);
  const change: Record<string, unknown> = {};
  for (const name of ['name', 'preset', 'connect_timeout', 'timeout', 'disable_after'] as const) {
    if (policy[name] !== before[name]) change[name] = policy[name] || null;
  }
  if (policy.concurrency !== before.concurrency) change.concurrency = policy.concurrency ? Number(policy.concurrency) : null;
  if (policy.rate !== before.rate || (policy.rate && policy.per !== before.per)) change.rate_limits = policy.rate ? [{ count: Number(policy.rate), per: policy.per || '1s' }] : null;
  if (policy.schedule !== before.schedule || policy.short_schedule !== before.short_schedule || policy.max_age !== before.max_age) {
    const retry = { ...(policy.schedule && { schedule: list(policy.schedule) }), ...(policy.short_schedule && { short_schedule: list(policy.short_schedule) }), ...(policy.max_age && { max_age: policy.max_age }) };
    change.retry = Object.keys(retry).length ? retry : null;
  }
  if (JSON.stringify(policy.headers) !== JSON.stringify(before.headers)) change.headers = policy.headers.filter((header) => header.name);
  return change;
}

function PolicyForm({ endpoint, saved }: { endpoint: Endpoint; saved: () => void }) {
  const [policy, setPolicy] = useState(policyOf(endpoint));
  const set = (name: keyof Policy) => (value: string) => setPolicy({ ...policy, [name]: value });
  const [save, busy, error] = useAct(
    () => put(`/v2/endpoints/${endpoint.endpoint_id}`, changeOf(endpoint, policy)),
    () => {
      tell('The policy is saved and in effect.');
      saved();
    },
  );
  const header = (i: number, change: Partial<Policy['headers'][number]>) => setPolicy({ ...policy, headers: policy.headers.map((one, at) => (at === i ? { ...one, ...change } : one)) });
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="form-grid">
        <TextField label="Name" value={policy.name} set={set('name')} hint="For people" />
        <SelectField
          label="Preset"
          value={policy.preset}
          set={set('preset')}
          options={[
            ['', 'None'],
            ['zapier', 'Zapier: 30 a second, 10,000 in 5 min'],
            ['make', 'Make: 20 a second'],
            ['n8n', 'n8n: 20 a second'],
            ['workato', 'Workato: 20 a second'],
          ]}
          hint="What the vendor lets in"
        />
        <TextField label="At most" type="number" value={policy.rate} set={set('rate')} hint="Requests in each span below; wins over the preset" />
        <TextField label="In each" value={policy.per} set={set('per')} hint="Such as 1s, 1m" />
        <TextField label="At once" type="number" value={policy.concurrency} set={set('concurrency')} placeholder="8" hint="1 to 1000 attempts under way" />
        <TextField label="Disable after failures for" value={policy.disable_after} set={set('disable_after')} placeholder="5d" />
        <TextField label="Connect within" value={policy.connect_timeout} set={set('connect_timeout')} placeholder="5s" />
        <TextField label="Answer within" value={policy.timeout} set={set('timeout')} placeholder="15s" />
        <TextField wide label="Waits between attempts" value={policy.schedule} set={set('schedule')} placeholder="5s, 30s, 2m, 10m, 30m, 1h, 2h, 4h, 8h, 12h, 24h, 24h" hint="Each is drawn between 0 and this; empty: as the configuration says" />
        <TextField label="Waits after another 4xx" value={policy.short_schedule} set={set('short_schedule')} placeholder="5s, 30s, 2m, 10m" />
        <TextField label="Give up at the age of" value={policy.max_age} set={set('max_age')} placeholder="30d" />
      </div>
      <fieldset class="stack tight">
        <legend>Headers of yours</legend>
        {policy.headers.map((one, i) => (
          <div class="row" key={i}>
            <input class="input" aria-label="Name of the header" placeholder="Authorization" value={one.name} onInput={(e) => header(i, { name: e.currentTarget.value })} />
            <input class="input" aria-label="Value of the header" placeholder="Value" type={one.secret ? 'password' : 'text'} autoComplete="off" value={one.value} onInput={(e) => header(i, { value: e.currentTarget.value })} />
            <Check2 label="Secret" checked={one.secret} set={(secret) => header(i, { secret })} />
            <button type="button" class="button plain small" onClick={() => setPolicy({ ...policy, headers: policy.headers.filter((_, at) => at !== i) })}>
              Remove
            </button>
          </div>
        ))}
        <div>
          <button type="button" class="button small" onClick={() => setPolicy({ ...policy, headers: [...policy.headers, { name: '', value: '', secret: true }] })}>
            Add a header
          </button>
        </div>
      </fieldset>
      <Problem error={error} />
      <div>
        <button class="button primary" disabled={busy}>
          Save the policy
        </button>
      </div>
    </form>
  );
}

function Sample({ url, close }: { url: string; close: () => void }) {
  const [status, setStatus] = useState('completed');
  const [run, busy, error] = useAct(
    () => post('/v2/webhooks/test', { url, status }),
    () => {
      tell('The sample is on its way; its attempt appears below.');
      close();
    },
  );
  return (
    <Dialog title="Send a sample" close={close}>
      <p class="muted">The webhook of a call that never was, signed and retried like any other; its metadata says {'{"test": true}'}.</p>
      <SelectField label="Status of the call" value={status} set={setStatus} options={['completed', 'no-answer', 'busy', 'failed', 'canceled', 'user-canceled', 'hangup_on_voicemail', 'left_voicemail', 'spam'].map((one) => [one, one])} />
      <Problem error={error} />
      <div class="dialog-acts">
        <button type="button" class="button primary" onClick={run} disabled={busy}>
          Send
        </button>
      </div>
    </Dialog>
  );
}

export function EndpointPage({ id }: { id: string }) {
  const { data: endpoint, error, reload } = useLoad(`endpoint ${id}`, () => get<Endpoint>(`/v2/endpoints/${id}`));
  const logs = useLoad(`logs of endpoint ${id}`, () => get<{ items: Attempt[]; total: number }>('/v2/logs', { endpoint_id: id, page_size: 10 }));
  const [asking, setAsking] = useState<'delete' | 'sample'>();
  const [, go] = useLocation();
  const refresh = () => {
    reload();
    logs.reload();
  };
  useLive(['attempt'], (events) => concerns(events, id) && refresh(), 1000);
  const [turn, turning, turnError] = useAct(
    (act: 'pause' | 'resume') => post(`/v2/endpoints/${id}/${act}`),
    () => {
      tell('Done.');
      refresh();
    },
  );
  if (!endpoint) return <Page title="Endpoint" back={['/endpoints', 'Endpoints']}>{error ? <Problem error={error} retry={reload} /> : <LoadingRows rows={12} />}</Page>;
  const idle = endpoint.state !== 'active';
  const open = endpoint.circuit.state !== 'closed';
  const held = endpoint.held_until !== null && toMs(endpoint.held_until) > Date.now();
  return (
    <Page
      title={<Foreign text={endpoint.name || endpoint.url} max={120} />}
      back={['/endpoints', 'Endpoints']}
      acts={
        <>
          <button type="button" class="button" onClick={() => setAsking('sample')}>
            <Send size={15} aria-hidden /> Send a sample
          </button>
          {(idle || open || held) && (
            <button type="button" class="button primary" disabled={turning} onClick={() => turn('resume')}>
              <Play size={15} aria-hidden /> {idle ? 'Resume and drain' : 'Send now'}
            </button>
          )}
          {!idle && (
            <button type="button" class="button" disabled={turning} onClick={() => turn('pause')}>
              <Pause size={15} aria-hidden /> Pause
            </button>
          )}
          <button type="button" class="button danger icon" aria-label="Forget this endpoint" title="Forget this endpoint" onClick={() => setAsking('delete')}>
            <Trash2 size={15} aria-hidden />
          </button>
        </>
      }
    >
      <div class="stack">
        <Problem error={turnError} />
        {endpoint.state === 'disabled' && <Notice tone="bad">Disabled: <Foreign text={endpoint.state_reason || 'nothing but failures came back'} max={200} />. Webhooks are built and wait here. When the receiver is well, resume it.</Notice>}
        {endpoint.state === 'paused' && <Notice tone="warn">Paused: webhooks are built and wait here until you resume; then they drain, oldest first.</Notice>}
        {endpoint.state === 'active' && open && <Notice tone="bad">The circuit is open after {count(endpoint.circuit.failures_in_a_row)} failures in a row: one probe at a time is sent, the next <Time at={endpoint.circuit.next_probe_at} />. The first success closes it.</Notice>}
        {held && <Notice tone="warn">The receiver asked for a pause with Retry-After: nothing goes there before <Time at={endpoint.held_until} />.</Notice>}
        <Card>
          <Facts
            facts={[
              ['State', <EndpointState endpoint={endpoint} />],
              ['Waiting', <span class="num">{count(endpoint.pending)}</span>],
              ['Longest wait', endpoint.oldest_due_at && endpoint.pending > 0 ? <span class="num">{span(Math.max(0, Date.now() - toMs(endpoint.oldest_due_at)))}</span> : 'none'],
              ['Circuit', endpoint.circuit.state.replace('_', ' ')],
              ['Failures in a row', <span class="num">{count(endpoint.circuit.failures_in_a_row)}</span>],
              ['Failing since', endpoint.circuit.failing_since ? <Time at={endpoint.circuit.failing_since} /> : 'not failing'],
              ['Rate', endpoint.rate_limits?.length ? endpoint.rate_limits.map((limit) => `${count(limit.count)} per ${limit.per}`).join(', ') : endpoint.preset ? `as ${endpoint.preset} lets in` : 'not limited'],
              ['At once', endpoint.concurrency ?? 'as configured'],
              ['URL', <Foreign text={endpoint.url} max={300} />],
              ['Endpoint id', <Id id={endpoint.endpoint_id} />],
            ]}
          />
        </Card>
        <Card title="Last answers" pad={false} acts={<Link href={`/deliveries?endpoint_id=${id}`}>All {count(logs.data?.total ?? 0)}</Link>}>
          {logs.data?.items.length ? <AttemptTable attempts={logs.data.items} /> : <Empty title="Nothing was sent here yet"><p>Send a sample to see whether the receiver takes it.</p></Empty>}
        </Card>
        <Card title="Policy" note="empty fields are as the configuration says">
          <PolicyForm endpoint={endpoint} saved={reload} key={JSON.stringify(policyOf(endpoint))} />
        </Card>
      </div>
      {asking === 'sample' && <Sample url={endpoint.url} close={() => setAsking(undefined)} />}
      {asking === 'delete' && (
        <Confirm
          title="Forget this endpoint?"
          words={`Its settings go, and what waits for it (${count(endpoint.pending)}) is canceled. The log stays.`}
          label="Forget it"
          act={() => remove(`/v2/endpoints/${id}`)}
          done={() => go('/endpoints')}
          close={() => setAsking(undefined)}
        />
      )}
    </Page>
  );
}
