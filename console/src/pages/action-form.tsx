// The form of an extractor or evaluation, and trying it on a past call or a pasted transcript before it is saved.
import { useState } from 'preact/hooks';
import { FlaskConical } from 'lucide-preact';
import { get, post } from '../api';
import { categories, definitionOf, kinds, type Draft, type Kind } from '../actions';
import { useLoad } from '../hooks';
import type { ActionResult, Call } from '../types';
import { Card, Notice, Problem, Segments, SelectField, TextField, useAct } from '../ui';
import { Answer, Transcript, turnsOf } from './call';

export function DraftFields({ draft, set }: { draft: Draft; set: (draft: Draft) => void }) {
  const text = (name: 'identifier' | 'description' | 'expected') => (value: string) => set({ ...draft, [name]: value });
  const lines = (value: string) => value.split('\n');
  const evaluation = draft.kind === 'CUSTOM_EVAL';
  return (
    <div class="form-grid">
      <SelectField label="Kind" value={draft.kind} set={(kind) => set({ ...draft, kind: kind as Kind })} options={kinds} />
      <TextField label="Identifier" value={draft.identifier} set={text('identifier')} required hint={`Its answer stands in the webhook as ${evaluation ? 'custom_eval' : 'info_extractor'}_${draft.identifier || '…'}`} />
      <TextField wide label="Question" value={draft.description} set={text('description')} lines={2} placeholder={evaluation ? 'Was the agent polite?' : 'Does the customer want the bike to be collected?'} />
      {draft.kind === 'SINGLE_CHOICE' && <TextField wide label="Choices" value={draft.choices.join('\n')} set={(value) => set({ ...draft, choices: lines(value) })} lines={3} hint="One a line; the answer is one of them, letter for letter, or null" />}
      {draft.kind === 'OPEN_QUESTION' && <TextField wide label="Examples" value={draft.examples.join('\n')} set={(value) => set({ ...draft, examples: lines(value) })} lines={3} hint="One a line; what answers may look like" />}
      {evaluation && (
        <>
          <SelectField label="Answer" value={draft.category} set={(category) => set({ ...draft, category, expected: '' })} options={categories} />
          {draft.category === 'pass_fail' ? (
            <SelectField
              label="Expected"
              value={draft.expected}
              set={text('expected')}
              options={[
                ['', 'Nothing in particular'],
                ['true', 'Passed'],
                ['false', 'Not passed'],
              ]}
            />
          ) : draft.category === 'likert_scale' ? (
            <SelectField label="Expected" value={draft.expected} set={text('expected')} options={[['', 'Nothing in particular'], ...['strongly_disagree', 'disagree', 'neutral', 'agree', 'strongly_agree'].map((one) => [one, one.replace('_', ' ')] as [string, string])]} />
          ) : (
            <TextField label="Expected" value={draft.expected} set={text('expected')} type={draft.category === 'numeric' ? 'number' : 'text'} hint="May be left out" />
          )}
        </>
      )}
    </div>
  );
}

const sample = `bot: Hello, this is Mika from Northlight Cycles. Is this a good moment?
human: Yes, go ahead.
bot: Would you like us to collect your bike for its service? Tuesday 3 pm or Thursday 10 am would be free.
human: Yes please, Thursday at 10 works. The rear brake squeals.`;

interface Tried {
  result: ActionResult;
  transcript: string; // the turns that the evidence counts
}

export function TryIt({ draft, modelId }: { draft: Draft; modelId?: string }) {
  const [on, setOn] = useState<'transcript' | 'call'>('transcript');
  const [transcript, setTranscript] = useState(sample);
  const [callId, setCallId] = useState('');
  const [shown, setShown] = useState<Tried>();
  const [mark, setMark] = useState<{ turn: number; quote: string; times: number }>();
  const calls = useLoad(`calls to try ${modelId}`, () => get<{ calls: Call[] }>('/v2/calls', { model_id: modelId, call_status: 'completed', limit: 25 }));
  const past = (calls.data?.calls ?? []).filter((call) => call.transcript);
  const chosen = callId || past[0]?.call_id || '';
  const [run, busy, error] = useAct(
    () => post<Tried>('/v2/actions/try', { action: definitionOf(draft), ...(on === 'call' ? { call_id: chosen } : { transcript }) }),
    (answer) => {
      setShown(answer);
      const evidence = answer.result.evidence;
      setMark(evidence ? { ...evidence, times: 0 } : undefined);
    },
  );
  return (
    <Card title="Try it" note="nothing is saved or sent">
      <div class="stack">
        <Segments
          label="Try it on"
          options={[
            ['transcript', 'A transcript'],
            ['call', 'A past call'],
          ]}
          chosen={on}
          choose={setOn}
        />
        {on === 'transcript' ? (
          <TextField label="Transcript" value={transcript} set={setTranscript} lines={6} hint="Lines that begin with bot: or human:" />
        ) : past.length ? (
          <SelectField label="Call" value={chosen} set={setCallId} options={past.map((call) => [call.call_id, `${call.name || call.lead_phone_number} · ${new Date(Number(call.start_time)).toLocaleString()}`])} />
        ) : (
          <Notice>There is no completed call with a transcript yet; paste one instead.</Notice>
        )}
        <div>
          <button type="button" class="button" disabled={busy || !draft.identifier || (on === 'call' && !chosen)} onClick={run} data-test="try">
            <FlaskConical size={15} aria-hidden /> {busy ? 'Asking…' : 'Try it'}
          </button>
          {!draft.identifier && <span class="muted small"> Give it an identifier first.</span>}
        </div>
        <Problem error={error} />
        {shown && (
          <div data-test="tried" class="stack">
            <ul class="answers card">
              <Answer action={shown.result} show={(turn, quote) => setMark((before) => ({ turn, quote, times: (before?.times ?? 0) + 1 }))} />
            </ul>
            {shown.transcript && <Transcript turns={turnsOf(shown.transcript)} mark={mark} />}
            {!shown.result.evidence && <p class="muted small">No words of the call were given as evidence.</p>}
          </div>
        )}
      </div>
    </Card>
  );
}
