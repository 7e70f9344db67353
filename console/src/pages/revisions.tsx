// The webhook of a call: each revision exactly as it is sent, and what changed from one to the next.
import { useState } from 'preact/hooks';
import { get, getOrNull } from '../api';
import { Foreign } from '../foreign';
import { useLoad } from '../hooks';
import { Body } from '../tree';
import type { Attempt, AttemptDetail, Call, Json } from '../types';
import { Badge, Card, Empty, LoadingRows, Problem, Segments, Time } from '../ui';

interface Change {
  path: string;
  before?: Json;
  after?: Json;
}

interface Revision {
  revision: number;
  created_at: string;
  [key: string]: unknown;
}

const text = (value: Json | undefined) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

function Changes({ changes }: { changes: Change[] }) {
  if (!changes.length) return <p class="card-body muted">Nothing but the time and the number of the revision changed.</p>;
  return (
    <div class="table-wrap">
      <table class="pairs diff" data-test="diff">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, 300).map((change) => (
            <tr key={change.path}>
              <th scope="row">
                <Foreign text={change.path} max={200} />
              </th>
              <td class={change.before === undefined ? '' : 'removed'}>
                <Foreign text={text(change.before)} max={300} />
              </td>
              <td class={change.after === undefined ? '' : 'added'}>
                <Foreign text={text(change.after)} max={300} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The body of a revision as it was sent: the log of any of its attempts has it. */
async function bodyOf(attempts: Attempt[], callId: string, revision: number): Promise<string | null> {
  const id = `evt_${callId}_completed_${revision}`;
  const sent = attempts.find((attempt) => attempt.webhook_id === id) ?? (await get<{ items: Attempt[] }>('/v2/logs', { search: id, page_size: 1 })).items[0];
  if (!sent) return null;
  const detail = await get<AttemptDetail>(`/v2/logs/${sent.webhook_log_id}`);
  return typeof detail.request_payload === 'string' ? detail.request_payload : JSON.stringify(detail.request_payload);
}

export function Revisions({ call, attempts }: { call: Call; attempts: Attempt[] }) {
  const [chosen, setChosen] = useState(0);
  const revision = chosen || call.revision;
  const list = useLoad(`revisions ${call.call_id} ${call.revision}`, async () => (await getOrNull<{ revisions: Revision[] }>(`/v2/calls/${call.call_id}/revisions`))?.revisions ?? []);
  const body = useLoad(`body ${call.call_id} ${revision} ${attempts.length > 0}`, () => (revision ? bodyOf(attempts, call.call_id, revision) : Promise.resolve(null)));
  if (!call.revision) return <Card><Empty title="Not built yet"><p>The webhook is built once the call has ended and its stages ran.</p></Empty></Card>;
  const numbers = Array.from({ length: Math.min(call.revision, 20) }, (_, i) => call.revision - i);
  const here = list.data?.find((one) => one.revision === revision);
  const changes = (here?.changes ?? here?.diff) as Change[] | undefined;
  return (
    <div class="stack">
      <Card
        title="Exactly what is sent"
        note={<>revision {revision} {here && <Time at={here.created_at} />}</>}
        acts={numbers.length > 1 && <Segments label="Revision" options={numbers.map((n) => [String(n), `Revision ${n}`])} chosen={String(revision)} choose={(value) => setChosen(Number(value))} />}
      >
        <Problem error={body.error} retry={body.reload} />
        {body.data && <Body text={body.data} name="The webhook’s body" />}
        {body.data === null && <p class="muted">This revision was not sent yet; its body shows once there is an attempt.</p>}
        {!body.data && body.loading && <LoadingRows rows={10} />}
      </Card>
      {changes && revision > 1 && (
        <Card title={`What changed since revision ${revision - 1}`} note={<Badge>{changes.length}</Badge>} pad={false}>
          <Changes changes={changes} />
        </Card>
      )}
    </div>
  );
}
