// Making or changing an agent: a form for what wrapup reads, and the whole document for the rest.
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { Phone, Plus } from 'lucide-preact';
import { definitionOf, draftOf, emptyDraft, kindTitle, type Draft } from '../actions';
import { get, post, put, remove } from '../api';
import { Foreign } from '../foreign';
import { useLoad } from '../hooks';
import { reloadAgents } from '../names';
import type { Json } from '../types';
import { Badge, Card, Check2, Code, Confirm, Dialog, Empty, Id, LoadingRows, Page, Problem, SelectField, TabPanel, Tabs, tell, TextField, useAct } from '../ui';
import { DraftFields, TryIt } from './action-form';
import type { StoredAction } from './actions';
import type { StoredAgent } from './agents';

interface Form {
  name: string;
  type: string;
  url: string;
  engine: string;
  timezone: string;
  prompt: string;
  greeting: string;
  reasons: string;
  seconds: string;
  revisions: boolean;
  quiet: boolean;
  redacted: string[]; // kinds of personal data
  variables: { name: string; type: string; description: string }[];
  questions: Draft[];
}

/** Kinds of personal data, as docs/redaction.md has them. */
const piiKinds: [string, string][] = [
  ['card', 'Card numbers'],
  ['expiry', 'Expiry dates'],
  ['cvv', 'Security codes'],
  ['ssn', 'Social security numbers'],
  ['iban', 'IBANs'],
  ['name', 'Names'],
  ['email', 'E-mails'],
  ['phone', 'Phone numbers'],
  ['address', 'Addresses'],
];

const redactedOf = (choice: Json | undefined): string[] => {
  const kinds = choice && typeof choice === 'object' && !Array.isArray(choice) ? choice.kinds : choice === true ? piiKinds.map(([kind]) => kind) : [];
  return Array.isArray(kinds) ? piiKinds.map(([kind]) => kind).filter((kind) => kinds.includes(kind)) : [];
};

const reasonsOf = (agent: Record<string, Json>): string[] => {
  if (Array.isArray(agent.end_call_reasons_v2)) return agent.end_call_reasons_v2.map((one) => String((one as Record<string, Json>)?.reason ?? ''));
  return Array.isArray(agent.end_call_reasons) ? agent.end_call_reasons.map(String) : [];
};

function formOf(stored?: StoredAgent): Form {
  const agent = stored?.agent ?? {};
  const limit = stored?.max_duration as Record<string, Json> | undefined;
  return {
    name: stored?.name ?? '',
    type: stored?.type ?? 'outbound',
    url: stored?.external_webhook_url ?? '',
    engine: String(agent.engine ?? 'simulator'),
    timezone: String(agent.timezone ?? (stored ? '' : Intl.DateTimeFormat().resolvedOptions().timeZone || '')),
    prompt: String(agent.prompt ?? ''),
    greeting: String(agent.greeting_message ?? ''),
    reasons: reasonsOf(agent).join('\n'),
    seconds: limit?.is_enabled !== false && limit?.duration_seconds ? String(limit.duration_seconds) : '',
    revisions: agent.send_revisions === true,
    quiet: agent.is_transcript_disabled === true,
    redacted: redactedOf(agent.redact_pii),
    variables: Array.isArray(agent.variables) ? agent.variables.map((one) => { const v = one as Record<string, Json>; return { name: String(v.name ?? ''), type: String(v.type ?? 'string'), description: String(v.description ?? '') }; }) : [],
    questions: (stored?.actions ?? []).map((action) => draftOf(action)),
  };
}

/** What the form says; of the stored agent only what the form changed, so that an engine's own members stay. */
function bodyOf(form: Form, stored?: StoredAgent): Record<string, unknown> {
  const before = formOf(stored);
  const changed = <K extends keyof Form>(name: K) => !stored || JSON.stringify(form[name]) !== JSON.stringify(before[name]);
  const agent: Record<string, Json> = {};
  if (changed('engine')) agent.engine = form.engine;
  if (changed('timezone') && (form.timezone || stored)) agent.timezone = form.timezone || null;
  if (changed('prompt') && (form.prompt || stored)) agent.prompt = form.prompt || null;
  if (changed('greeting') && (form.greeting || stored)) agent.greeting_message = form.greeting || null;
  if (changed('revisions')) agent.send_revisions = form.revisions;
  if (changed('quiet')) agent.is_transcript_disabled = form.quiet;
  if (changed('redacted') && (form.redacted.length || stored)) agent.redact_pii = form.redacted.length === piiKinds.length ? true : form.redacted.length ? { kinds: form.redacted } : false;
  if (changed('reasons')) {
    const reasons = form.reasons.split('\n').map((one) => one.trim()).filter(Boolean);
    if (reasons.length || stored) {
      agent.end_call_reasons = reasons;
      if (stored?.agent?.end_call_reasons_v2) agent.end_call_reasons_v2 = null;
    }
  }
  if (changed('variables')) {
    const old = Array.isArray(stored?.agent?.variables) ? (stored.agent.variables as Record<string, Json>[]) : [];
    agent.variables = form.variables.filter((one) => one.name).map((one) => ({ ...old.find((other) => other.name === one.name), ...one }));
  }
  const body: Record<string, unknown> = {};
  if (changed('name')) body.name = form.name;
  if (changed('type')) body.type = form.type;
  if (changed('url') && (form.url || stored)) body.external_webhook_url = form.url || null;
  if (changed('seconds') && (form.seconds || stored)) body.max_duration = form.seconds ? { duration_seconds: Number(form.seconds), is_enabled: true } : null;
  if (changed('questions')) body.actions = form.questions.map((one) => ({ ...definitionOf(one), ...(one.action_id && { action_id: one.action_id }) }));
  if (Object.keys(agent).length || !stored) body.agent = agent;
  return body;
}

/** Questions that other agents may have too, and that were changed here. */
const changedActions = (form: Form, stored?: StoredAgent) =>
  form.questions.filter((draft) => {
    const before = formOf(stored).questions.find((one) => one.action_id === draft.action_id);
    return draft.action_id && before && JSON.stringify(before) !== JSON.stringify(draft);
  });

function Question({ draft, save, close, modelId }: { draft: Draft; save: (draft: Draft) => void; close: () => void; modelId?: string }) {
  const [now, setNow] = useState(draft);
  return (
    <Dialog title={draft.identifier ? 'Change the question' : 'New question'} close={close}>
      <form
        id="question-form"
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          save(now);
        }}
      >
        <DraftFields draft={now} set={setNow} />
        {draft.action_id && <p class="muted small">Other agents that have this question ask it the new way too.</p>}
      </form>
      <TryIt draft={now} modelId={modelId} />
      <div class="dialog-acts">
        <button type="button" class="button" onClick={close}>
          Leave it
        </button>
        <button class="button primary" form="question-form" disabled={!now.identifier} data-test="keep-question">
          Keep it
        </button>
      </div>
    </Dialog>
  );
}

function Questions({ form, set, modelId }: { form: Form; set: (form: Form) => void; modelId?: string }) {
  const [at, setAt] = useState<number>();
  const [sharing, setSharing] = useState(false);
  const shared = useLoad('shared actions', async () => (await get<{ actions: StoredAction[] }>('/v2/actions', { limit: 100 })).actions);
  const others = (shared.data ?? []).filter((action) => !form.questions.some((draft) => draft.action_id === action.action_id));
  const keep = (draft: Draft) => {
    const questions = [...form.questions];
    questions[at!] = draft;
    set({ ...form, questions });
    setAt(undefined);
  };
  return (
    <Card
      title="Questions asked of every call"
      pad={false}
      acts={
        <>
          {others.length > 0 && (
            <button type="button" class="button small" onClick={() => setSharing(true)}>
              Add one that exists
            </button>
          )}
          <button type="button" class="button small" onClick={() => setAt(form.questions.length)} data-test="add-question">
            <Plus size={14} aria-hidden /> Add a question
          </button>
        </>
      }
    >
      {form.questions.length ? (
        <div class="table-wrap">
          <table>
            <tbody>
              {form.questions.map((draft, i) => (
                <tr key={i}>
                  <td>
                    <strong>
                      <Foreign text={draft.identifier} max={80} />
                    </strong>
                    <span class="cell-sub">
                      <Foreign text={draft.description} max={160} />
                    </span>
                  </td>
                  <td class="fit p2">
                    <Badge>{kindTitle(draft.kind)}</Badge>
                  </td>
                  <td class="fit right">
                    <button type="button" class="button small" onClick={() => setAt(i)}>
                      Change
                    </button>{' '}
                    <button type="button" class="button small danger" onClick={() => set({ ...form, questions: form.questions.filter((_, other) => other !== i) })}>
                      Take away
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : (
        <Empty title="Nothing is asked yet">
          <p>Add an extractor: its answer stands in every webhook, with the words of the call that show it.</p>
        </Empty>
      )}
      {sharing && (
        <Dialog title="Add a question that exists" close={() => setSharing(false)}>
          <ul class="stack tight">
            {others.map((action) => {
              const draft = draftOf(action);
              return (
                <li class="row spread" key={action.action_id}>
                  <span>
                    <strong>
                      <Foreign text={draft.identifier} max={80} />
                    </strong>
                    <span class="cell-sub">
                      <Foreign text={draft.description} max={120} />
                    </span>
                  </span>
                  <button type="button" class="button small" onClick={() => set({ ...form, questions: [...form.questions, draft] })}>
                    Add
                  </button>
                </li>
              );
            })}
          </ul>
          {!others.length && <p class="muted">The agent has all of them.</p>}
        </Dialog>
      )}
      {at !== undefined && <Question draft={form.questions[at] ?? emptyDraft()} save={keep} close={() => setAt(undefined)} modelId={modelId} />}
    </Card>
  );
}

function Redaction({ chosen, set }: { chosen: string[]; set: (kinds: string[]) => void }) {
  const all = piiKinds.map(([kind]) => kind);
  return (
    <fieldset class="span-2 stack tight">
      <legend>Personal data</legend>
      <Check2 label="Take personal data out of its calls before anything is stored; nobody can bring it back" checked={chosen.length > 0} set={(on) => set(on ? all : [])} />
      {chosen.length > 0 && (
        <div class="row">
          {piiKinds.map(([kind, title]) => (
            <Check2 key={kind} label={title} checked={chosen.includes(kind)} set={(on) => set(all.filter((one) => (one === kind ? on : chosen.includes(one))))} />
          ))}
        </div>
      )}
    </fieldset>
  );
}

function Fields({ form, set }: { form: Form; set: (form: Form) => void }) {
  const text = (name: keyof Form) => (value: string) => set({ ...form, [name]: value });
  const variable = (i: number, change: Partial<Form['variables'][number]>) => set({ ...form, variables: form.variables.map((one, at) => (at === i ? { ...one, ...change } : one)) });
  return (
    <Card title="The agent">
      <div class="form-grid">
        <TextField label="Name" value={form.name} set={text('name')} required />
        <TextField label="Webhook URL" value={form.url} set={text('url')} placeholder="https://receiver.example.com/hook" hint="For calls that name none themselves" />
        <SelectField
          label="Who makes its calls"
          value={form.engine}
          set={text('engine')}
          options={[
            ['simulator', 'The simulator: calls are acted out here'],
            ['none', 'A voice engine of yours, which reports them'],
          ]}
        />
        <SelectField label="Type" value={form.type} set={text('type')} options={['outbound', 'inbound', 'widget'].map((one) => [one, one])} />
        <TextField label="Time zone" value={form.timezone} set={text('timezone')} placeholder="Europe/Berlin" hint="IANA name; times in its webhooks are in it" />
        <TextField label="Longest call, in seconds" type="number" value={form.seconds} set={text('seconds')} placeholder="no limit" />
        <TextField wide label="Prompt" value={form.prompt} set={text('prompt')} lines={4} hint="What the agent was told; the scorecard is judged against it" />
        <TextField label="First words" value={form.greeting} set={text('greeting')} lines={2} />
        <TextField label="Custom end-call reasons" value={form.reasons} set={text('reasons')} lines={2} hint="One a line" />
        <fieldset class="span-2 stack tight">
          <legend>Variables to collect</legend>
          {form.variables.map((one, i) => (
            <div class="row" key={i}>
              <input class="input" aria-label="Name of the variable" placeholder="pickup_day" value={one.name} onInput={(e) => variable(i, { name: e.currentTarget.value })} />
              <select class="select" aria-label="Type of the variable" value={one.type} onChange={(e) => variable(i, { type: e.currentTarget.value })}>
                {['string', 'number', 'boolean'].map((type) => (
                  <option>{type}</option>
                ))}
              </select>
              <input class="input" aria-label="What the variable holds" placeholder="The day the bike is collected" value={one.description} onInput={(e) => variable(i, { description: e.currentTarget.value })} />
              <button type="button" class="button plain small" onClick={() => set({ ...form, variables: form.variables.filter((_, at) => at !== i) })}>
                Take away
              </button>
            </div>
          ))}
          <div>
            <button type="button" class="button small" onClick={() => set({ ...form, variables: [...form.variables, { name: '', type: 'string', description: '' }] })}>
              Add a variable
            </button>
          </div>
        </fieldset>
        <div class="span-2 stack tight">
          <Check2 label="Send another webhook when later reports change the result" checked={form.revisions} set={(revisions) => set({ ...form, revisions })} />
          <Check2 label="Keep no transcript; then nothing is asked or judged" checked={form.quiet} set={(quiet) => set({ ...form, quiet })} />
        </div>
        <Redaction chosen={form.redacted} set={(redacted) => set({ ...form, redacted })} />
      </div>
    </Card>
  );
}

function PlaceCall({ modelId, url, close }: { modelId: string; url: string; close: () => void }) {
  const [name, setName] = useState('Ilse Varga');
  const [phone, setPhone] = useState('+15550100123');
  const [to, setTo] = useState('');
  const [, go] = useLocation();
  const [run, busy, error] = useAct(
    () => post<{ call_id: string }>('/v2/calls', { model_id: modelId, name, phone, ...(to && { external_webhook_url: to }) }),
    (made) => go(`/calls/${made.call_id}`),
  );
  return (
    <Dialog title="Place a simulated call" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <TextField label="Customer’s name" value={name} set={setName} required />
        <TextField label="Number" value={phone} set={setPhone} required hint="+15005550001 is busy, …0002 does not answer, …0003 fails, …0004 is a machine; any other has a conversation" />
        <TextField label="Webhook URL" value={to} set={setTo} placeholder={url || 'https://receiver.example.com/hook'} hint={url ? 'Empty: the agent’s' : 'The agent has none; without one nothing is sent'} />
        <Problem error={error} />
        <div class="dialog-acts">
          <button class="button primary" disabled={busy} data-test="place-call">
            Call
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Document({ stored, saved }: { stored: StoredAgent; saved: () => void }) {
  const { model_id, version, ...document } = stored;
  const [text, setText] = useState(JSON.stringify(document, null, 2));
  const [save, busy, error] = useAct(async () => {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch (problem) {
      throw new Error(`This is no JSON yet: ${(problem as Error).message}`);
    }
    return put(`/v2/assistants/${model_id}`, body);
  }, saved);
  return (
    <Card title="The whole document" note={`version ${version}`}>
      <div class="stack">
        <p class="muted">An agent is your voice engine’s document too: members that wrapup does not know are kept and given back. A member set to null goes.</p>
        <textarea class="input mono" aria-label="The agent as JSON" rows={24} spellcheck={false} value={text} onInput={(e) => setText(e.currentTarget.value)} />
        <Problem error={error} />
        <div>
          <button type="button" class="button primary" disabled={busy} onClick={save}>
            Save the document
          </button>
        </div>
      </div>
    </Card>
  );
}

type Tab = 'form' | 'document';

function Edit({ stored, reload, tab, setTab }: { stored?: StoredAgent; reload: () => void; tab: Tab; setTab: (tab: Tab) => void }) {
  const [form, setForm] = useState(formOf(stored));
  const [asking, setAsking] = useState<'call' | 'delete'>();
  const [, go] = useLocation();
  const id = stored?.model_id;
  const [save, busy, error] = useAct(
    async () => {
      if (!id) return post<{ model_id: string }>('/v2/assistants', bodyOf(form));
      for (const draft of changedActions(form, stored)) await put(`/v2/actions/${draft.action_id}`, definitionOf(draft));
      return put<{ model_id: string }>(`/v2/assistants/${id}`, bodyOf(form, stored));
    },
    (made) => {
      tell('Saved. Calls that begin from now on have it.');
      void reloadAgents();
      if (id) reload();
      else go(`/agents/${made.model_id}`);
    },
  );
  return (
    <Page
      title={stored ? <Foreign text={stored.name || 'Agent'} max={80} /> : 'New agent'}
      back={['/agents', 'Agents']}
      about={id && <Id id={id} />}
      acts={
        id && (
          <>
            {form.engine !== 'none' && (
              <button type="button" class="button primary" onClick={() => setAsking('call')} data-test="call">
                <Phone size={15} aria-hidden /> Place a call
              </button>
            )}
            <button type="button" class="button danger" onClick={() => setAsking('delete')}>
              Remove
            </button>
          </>
        )
      }
    >
      {stored && (
        <Tabs
          label="How to see the agent"
          chosen={tab}
          choose={setTab}
          tabs={[
            { id: 'form', title: 'Form' },
            { id: 'document', title: 'Document' },
          ]}
        />
      )}
      <TabPanel id={tab}>
        {tab === 'document' && stored ? (
          <Document
            stored={stored}
            saved={() => {
              tell('Saved.');
              reload();
            }}
          />
        ) : (
          <div class="stack">
            <form
              id="agent-form"
              onSubmit={(event) => {
                event.preventDefault();
                save();
              }}
            >
              <Fields form={form} set={setForm} />
            </form>
            <Questions form={form} set={setForm} modelId={id} />
            <Problem error={error} />
            <div>
              <button class="button primary" form="agent-form" disabled={busy || !form.name} data-test="save-agent">
                {id ? 'Save' : 'Make the agent'}
              </button>
            </div>
            {id && form.engine === 'none' && (
              <Card title="Report its calls">
                <Code
                  label="Report a call"
                  text={`curl -X POST ${location.origin}/v2/calls/report \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"model_id": "${id}", "phone": "+15550100123", "status": "completed",
       "started_at": "2026-01-20T10:00:00Z", "ended_at": "2026-01-20T10:01:20Z",
       "transcript": "bot: Hello!\\nhuman: Please collect my bike on Thursday."}'`}
                />
              </Card>
            )}
          </div>
        )}
      </TabPanel>
      {asking === 'call' && id && <PlaceCall modelId={id} url={form.url} close={() => setAsking(undefined)} />}
      {asking === 'delete' && id && <Confirm title="Remove this agent?" words="Its calls stay, and calls under way go on." label="Remove it" act={() => remove(`/v2/assistants/${id}`)} done={() => { void reloadAgents(); go('/agents'); }} close={() => setAsking(undefined)} />}
    </Page>
  );
}

export function AgentPage({ id }: { id: string }) {
  const made = id === 'new';
  const [tab, setTab] = useState<Tab>('form'); // outlives the form, which begins anew with each version
  const { data, error, reload } = useLoad<StoredAgent | 'new'>(`agent ${id}`, async () => (made ? 'new' : (await get<{ assistants: StoredAgent[] }>(`/v2/assistants/${id}`)).assistants[0]));
  if (!data) return <Page title="Agent" back={['/agents', 'Agents']}>{error ? <Problem error={error} retry={reload} /> : <LoadingRows />}</Page>;
  const stored = data === 'new' ? undefined : data;
  return <Edit stored={stored} reload={reload} tab={tab} setTab={setTab} key={stored?.version ?? 0} />;
}
