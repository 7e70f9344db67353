// The webhook of a call: each revision exactly as it is sent, and what changed from one to the next.
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { Foreign } from '../foreign';
import { span, words } from '../format';
import { useLoad } from '../hooks';
import { Body } from '../tree';
import type { Attempt, AttemptDetail, Call, Change, Json, Revision, StageRun } from '../types';
import { Badge, Card, Dialog, Empty, LoadingRows, Problem, Segments, SelectField, tell, TextField, Time, useAct } from '../ui';

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
              <td class={change.old === undefined || change.old === null ? '' : 'removed'}>
                <Foreign text={text(change.old)} max={300} />
              </td>
              <td class={change.new === undefined || change.new === null ? '' : 'added'}>
                <Foreign text={text(change.new)} max={300} />
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

/** How long each stage took, and what it says when it could not do its work. */
export function Stages({ stages }: { stages: StageRun[] }) {
  const most = Math.max(...stages.map((one) => one.micros), 1);
  return (
    <ul class="bars">
      {stages.map((one) => (
        <li key={one.stage}>
          <span>
            {words(one.stage)} {one.error && <Badge tone="bad">could not</Badge>} {typeof one.model === 'string' && one.model && <Badge>{one.model.slice(0, 60)}</Badge>}
          </span>
          <span class="num muted">{span(one.micros / 1000)}</span>
          <span class="track" aria-hidden>
            <i style={{ width: `${Math.max(1, (100 * one.micros) / most)}%` }} />
          </span>
          {one.error && (
            <span class="muted small">
              <Foreign text={one.error} max={300} />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

/** Asks for the next revision: by whom, and by which words, when not as usual. */
export function AnalyzeAgain({ callId, close }: { callId: string; close: () => void }) {
  const [by, setBy] = useState('');
  const [named, setNamed] = useState('');
  const [words, setWords] = useState('');
  const model = by === 'named' ? named.trim() : by;
  const [run, busy, error] = useAct(
    () => post(`/v2/calls/${callId}/reanalyze`, { ...(model && { model }), ...(words && by !== 'rules' && { prompt_version: words }) }),
    () => {
      close();
      tell('Asked for; the new revision appears here.');
    },
  );
  return (
    <Dialog title="Analyze this call again?" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <p class="muted">The stages run once more over what was said. The result goes out as the next revision, to the same URL.</p>
        <SelectField
          label="Who answers"
          value={by}
          set={setBy}
          options={[
            ['', 'As usual: what the agent or the workspace names'],
            ['rules', 'The rules, without a model'],
            ['named', 'Another model of the same server'],
          ]}
        />
        {by === 'named' && <TextField label="Name of the model" value={named} set={setNamed} required placeholder="as its server calls it" />}
        {by !== 'rules' && (
          <SelectField
            label="Prompts"
            value={words}
            set={setWords}
            options={[
              ['', 'As usual'],
              ['1', 'Version 1, built in'],
              ['workspace', 'The workspace’s own'],
            ]}
          />
        )}
        <Problem error={error} />
        <div class="dialog-acts">
          <button type="button" class="button" onClick={close}>
            Keep it
          </button>
          <button class="button primary" disabled={busy} data-test="analyze-again">
            Analyze again
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function Revisions({ call, attempts, revisions }: { call: Call; attempts: Attempt[]; revisions: Revision[] }) {
  const [chosen, setChosen] = useState(0);
  const revision = chosen || call.revision;
  const body = useLoad(`body ${call.call_id} ${revision} ${attempts.length > 0}`, () => (revision ? bodyOf(attempts, call.call_id, revision) : Promise.resolve(null)));
  if (!call.revision) return <Card><Empty title="Not built yet"><p>The webhook is built once the call has ended and its stages ran.</p></Empty></Card>;
  const numbers = Array.from({ length: Math.min(call.revision, 20) }, (_, i) => call.revision - i);
  const here = revisions.find((one) => one.revision === revision);
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
      {here?.changes && (
        <Card title={`What changed since revision ${revision - 1}`} note={<Badge>{here.changes.length}</Badge>} pad={false}>
          <Changes changes={here.changes} />
        </Card>
      )}
      {here && here.stages.length > 0 && (
        <Card title="Stages" note={here.complete === false ? <Badge tone="warn">not complete</Badge> : `of revision ${revision}`}>
          <Stages stages={here.stages} />
        </Card>
      )}
    </div>
  );
}
