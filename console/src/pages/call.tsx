// One call: what was said, what was found in it, and what became of it.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Play } from 'lucide-preact';
import { get, getOrNull } from '../api';
import { Foreign, Line, pieces } from '../foreign';
import { clock, exactTime, span, toMs, words } from '../format';
import { useLive, useLoad } from '../hooks';
import { concerns } from '../live';
import { agentName, useAgents } from '../names';
import type { ActionResult, Attempt, Call, CallEvent, Json, Revision } from '../types';
import { Badge, CallStatus, Card, Empty, Facts, Id, LoadingRows, Notice, Page, Problem, TabPanel, Tabs, Time } from '../ui';
import { AttemptTable } from './deliveries';
import { AnalyzeAgain, Revisions, Stages } from './revisions';

interface Turn {
  role: string;
  text: string;
}

interface Mark {
  turn: number;
  quote: string;
  times: number; // a second click on the same evidence scrolls there again
}

export function turnsOf(transcript: string): Turn[] {
  const turns: Turn[] = [];
  for (const line of transcript.split('\n')) {
    const match = /^(bot|human): ?(.*)$/s.exec(line);
    if (match) turns.push({ role: match[1], text: match[2] });
    else if (turns.length && line) turns[turns.length - 1].text += ` ${line}`;
  }
  return turns;
}

const kTurns = 200;

export function Transcript({ turns, mark }: { turns: Turn[]; mark?: Mark }) {
  const [shown, setShown] = useState(kTurns);
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    if (!mark) return;
    if (mark.turn >= shown) setShown(mark.turn + kTurns);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const turn = list.current?.querySelector<HTMLElement>(`[data-turn="${mark.turn}"]`);
      turn?.scrollIntoView({ block: 'center', behavior: 'smooth' });
      turn?.focus({ preventScroll: true });
    }));
  }, [mark]);
  if (!turns.length) return <p class="muted">Nothing was said, or the agent keeps no transcript.</p>;
  return (
    <>
      <ol class="turns" ref={list}>
        {turns.slice(0, shown).map((turn, i) => (
          <li class={`turn ${turn.role} ${mark?.turn === i ? 'marked' : ''}`} data-turn={i} tabIndex={-1} key={i}>
            <span class="n" aria-label={`Turn ${i}`}>
              {i}
            </span>
            <div class="bubble">
              <span class="who">{turn.role === 'bot' ? 'Agent' : 'Customer'}</span>
              {mark?.turn === i ? <Marked text={turn.text} quote={mark.quote} /> : <Foreign text={turn.text} max={2000} />}
            </div>
          </li>
        ))}
      </ol>
      {turns.length > shown && (
        <p class="row">
          <button type="button" class="button" onClick={() => setShown(shown + 5 * kTurns)}>
            Show more of {turns.length.toLocaleString()} turns
          </button>
        </p>
      )}
    </>
  );
}

/** The turn with the quote marked; the quote is looked for without regard to case and spaces. */
function Marked({ text, quote }: { text: string; quote: string }) {
  const at = text.toLowerCase().indexOf(quote.toLowerCase());
  if (at < 0 || !quote) return <Foreign text={text} max={2000} />;
  const before = text.slice(Math.max(0, at - 2000), at);
  return (
    <span class="foreign" dir="auto">
      {at > 2000 && '… '}
      {pieces(before)}
      <mark>{pieces(text.slice(at, at + quote.length))}</mark>
      {pieces(text.slice(at + quote.length, at + quote.length + 2000))}
      {text.length > at + quote.length + 2000 && ' …'}
    </span>
  );
}

const asObject = (value: string | Record<string, Json>): Record<string, Json> => {
  if (typeof value !== 'string') return value ?? {};
  try {
    return JSON.parse(value) ?? {};
  } catch {
    return {};
  }
};

export function AnswerValue({ value }: { value: Json | undefined }) {
  if (value === null || value === undefined) return <span class="muted">The call does not say</span>;
  if (value === true) return <Badge tone="good">Yes</Badge>;
  if (value === false) return <Badge tone="bad">No</Badge>;
  return <Foreign text={typeof value === 'string' ? value : JSON.stringify(value)} max={400} />;
}

export function Answer({ action, show }: { action: ActionResult; show?: (turn: number, quote: string) => void }) {
  const parameters = asObject(action.parameters_hard_coded);
  const values = asObject(action.return_value);
  const evidence = action.evidence;
  return (
    <li data-answer={action.name}>
      <div class="row spread">
        <span class="muted small">
          <Foreign text={String(parameters.identifier ?? action.name)} max={120} />
        </span>
        <span class="row">
          {action.passed !== null && action.passed !== undefined && <Badge tone={action.passed ? 'good' : 'bad'}>{action.passed ? 'passed' : 'not passed'}</Badge>}
          {action.confidence !== null && action.confidence !== undefined && <span class="muted small num">{Math.round(action.confidence * 100)} % sure</span>}
          {action.evaluator && <Badge>{action.evaluator}</Badge>}
        </span>
      </div>
      {Object.entries(values).map(([key, value]) => (
        <div class="value" key={key}>
          <AnswerValue value={value} />
        </div>
      ))}
      {Boolean(parameters.condition) && (
        <p class="muted small">
          <Foreign text={String(parameters.condition)} max={200} />
        </p>
      )}
      {action.error_message && <Notice tone="warn">No answer: <Foreign text={action.error_message} max={300} /></Notice>}
      {evidence && show && (
        <button type="button" class="evidence" onClick={() => show(evidence.turn, evidence.quote)} title="Show where this was said">
          Turn {evidence.turn}: “<Foreign text={evidence.quote.slice(0, 240)} />”
        </button>
      )}
    </li>
  );
}

const scored = ['persona', 'style', 'steps', 'no_repetition', 'objections', 'objection_not_defined', 'knowledge', 'goal', 'appointment', 'user_sentiment', 'agent_sentiment', 'call_completion', 'answered_by_human', 'opted_in', 'no_opt_out'];
const marks: Record<string, ['good' | 'bad' | 'warn' | '', string]> = { true: ['good', 'Yes'], false: ['bad', 'No'], partial: ['warn', 'Partly'], not_applicable: ['', 'Does not apply'] };

function Scorecard({ judged }: { judged: Record<string, string | null> | null }) {
  if (!judged) return <Empty title="Not judged"><p>Calls that never connected, and calls without a transcript, are not judged.</p></Empty>;
  const answered = scored.filter((name) => judged[name] !== null && judged[name] !== undefined);
  const rest = scored.filter((name) => !answered.includes(name));
  return (
    <>
      {judged.call_summary_feedback && (
        <div class="card-body">
          <h3>Summary</h3>
          <Foreign text={judged.call_summary_feedback} max={1500} />
        </div>
      )}
      <ul class="score">
        {answered.map((name) => {
          const [tone, title] = marks[judged[name]!] ?? ['', judged[name]!];
          return (
            <li key={name}>
              <span>{words(name)}</span>
              <Badge tone={tone}>{title}</Badge>
              {judged[`${name}_feedback`] && (
                <p>
                  <Foreign text={judged[`${name}_feedback`]} max={500} />
                </p>
              )}
            </li>
          );
        })}
      </ul>
      {rest.length > 0 && (
        <p class="card-body muted small">Not evaluated: {rest.map((name) => words(name).toLowerCase()).join(', ')}. {rest.length > 5 && 'Most of these need a model.'}</p>
      )}
    </>
  );
}

interface Moment {
  at: number;
  tone: '' | 'good' | 'bad' | 'accent';
  title: string;
  text?: string;
  href?: string;
}

function eventMoment(event: CallEvent): Moment {
  const at = toMs(event.at);
  const text = (name: string) => (typeof event[name] === 'string' ? (event[name] as string) : undefined);
  switch (event.type) {
    case 'turn':
      return { at, tone: '', title: text('role') === 'bot' ? 'Agent' : 'Customer', text: text('text') };
    case 'answered':
      return { at, tone: 'good', title: `Answered${text('by') ? ` by a ${text('by')}` : ''}` };
    case 'variable':
      return { at, tone: 'accent', title: `Variable ${String(event.name).slice(0, 80)}`, text: JSON.stringify(event.value) };
    case 'action':
      return { at, tone: 'accent', title: `Action ${String(event.name).slice(0, 80)}` };
    case 'ended':
      return { at, tone: 'good', title: 'Ended', text: [text('status'), text('reason'), text('hung_up_by') && `hung up by ${text('hung_up_by')}`, text('error_message')].filter(Boolean).join(' · ') };
    default:
      return { at, tone: '', title: words(event.type), text: text('text') ?? text('url') };
  }
}

/** Of a call that came in as one report, or has not ended yet. */
function factMoments(call: Call): Moment[] {
  const moments: Moment[] = [{ at: toMs(call.start_time), tone: '', title: 'Started' }];
  if (call.telephony_start) moments.push({ at: toMs(call.telephony_start), tone: 'good', title: 'Answered' });
  if (call.telephony_end) moments.push({ at: toMs(call.telephony_end), tone: 'good', title: 'Ended', text: [call.status, words(call.end_call_reason || '')].filter(Boolean).join(' · ') });
  moments.push({ at: toMs(call.created_at), tone: 'accent', title: 'Taken in by wrapup' });
  return moments;
}

function Timeline({ call, attempts, revisions }: { call: Call; attempts: Attempt[]; revisions: Revision[] }) {
  const [all, setAll] = useState(false);
  const moments = useMemo(() => {
    const events = (call.timeline ?? []).map(eventMoment);
    if (!call.timeline?.some((event) => event.type === 'ended')) events.push(...factMoments(call));
    const sent = attempts.flatMap((attempt): Moment[] => {
      const at = toMs(attempt.request_timestamp);
      return [{ at, tone: attempt.status === 'success' ? 'good' : 'bad', title: `Webhook, attempt ${attempt.attempt_number}`, text: `${attempt.response_status_code ?? words(attempt.error_class)} after ${span(attempt.duration_ms)}`, href: `/deliveries/${attempt.webhook_log_id}` }];
    });
    const built = revisions.map((one): Moment => ({ at: toMs(one.created_at), tone: 'accent', title: `Webhook built, revision ${one.revision}`, text: `${one.stages.length} stages in ${span(one.stages.reduce((sum, stage) => sum + stage.micros, 0) / 1000)}` }));
    return [...events, ...built, ...sent].sort((a, b) => a.at - b.at);
  }, [call, attempts, revisions]);
  const begin = Math.min(toMs(call.start_time), moments[0].at);
  const shown = all ? moments.slice(0, 2000) : moments.slice(0, 60);
  return (
    <>
      <ol class="timeline">
        {shown.map((moment, i) => {
          const pause = i > 0 ? moment.at - shown[i - 1].at : 0;
          return (
            <li class={moment.tone} key={i}>
              <span class="at" title={exactTime(moment.at)}>
                +{span(moment.at - begin)}
              </span>
              <span class="dot" aria-hidden />
              <div>
                {moment.href ? <Link href={moment.href}>{moment.title}</Link> : <strong>{moment.title}</strong>}
                {pause >= 1 && <span class="muted small num"> · {span(pause)} later</span>}
                {moment.text && (
                  <div class="muted small">
                    <Foreign text={moment.text} max={200} />
                  </div>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      {moments.length > shown.length && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          Show all {moments.length.toLocaleString()} entries
        </button>
      )}
    </>
  );
}

function Variables({ call }: { call: Call }) {
  const collected = Object.entries(call.collected_variables ?? {});
  const given = Object.entries(call.prompt_variables ?? {});
  const metadata = Object.entries(call.metadata ?? {});
  if (!collected.length && !given.length && !metadata.length) {
    return <Empty title="No variables"><p>Variables that the agent declares or the engine reports, those given with the call, and its metadata stand here.</p></Empty>;
  }
  const table = (title: string, rows: [string, Json, string?][]) =>
    rows.length > 0 && (
      <Card title={title} pad={false}>
        <table class="pairs">
          <tbody>
            {rows.slice(0, 500).map(([name, value, note]) => (
              <tr key={name}>
                <th scope="row">
                  <Foreign text={name} max={200} />
                </th>
                <td>
                  {value === null ? <span class="muted">null</span> : <Foreign text={typeof value === 'string' ? value : JSON.stringify(value)} max={600} />} {note && <Badge>{note}</Badge>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Card>
    );
  return (
    <div class="stack">
      {table('Collected', collected.map(([name, entry]) => [name, entry.value, entry.collected ? undefined : 'not collected']))}
      {table('Given with the call', given.map(([name, value]) => [name, value]))}
      {table('Metadata', metadata.map(([name, value]) => [name, value]))}
    </div>
  );
}

function Header({ call, agents }: { call: Call; agents: Map<string, string> }) {
  return (
    <Card>
      <Facts
        facts={[
          ['Status', <CallStatus status={call.status} />],
          ['Ended by', call.custom_end_call_reason ? <Foreign text={call.custom_end_call_reason} max={120} /> : words(call.end_call_reason || '')],
          ['Agent', <Link href={`/agents/${call.model_id}`}>{agentName(agents, call.model_id)}</Link>],
          ['Started', <Time at={call.start_time} />],
          ['Duration', <span class="num">{clock(call.duration)}</span>],
          ['Rang', <span class="num">{span(call.telephony_ringing_duration)}</span>],
          ['Direction', call.type_of_call],
          ['From', call.phone_number_from],
          ['To', call.phone_number_to],
          ['Call id', <Id id={call.call_id} />],
          ['External id', call.external_id && <Foreign text={call.external_id} max={80} />],
          ['Recording', call.recording_url && (/^https?:/.test(call.recording_url) ? <a href={call.recording_url} target="_blank" rel="noreferrer noopener"><Play size={13} aria-hidden /> Listen</a> : <Foreign text={call.recording_url} max={80} />)],
        ]}
      />
    </Card>
  );
}

type Tab = 'conversation' | 'score' | 'variables' | 'payload' | 'deliveries' | 'timeline';

export function CallPage({ id }: { id: string }) {
  const { data: call, error, reload } = useLoad(`call ${id}`, async () => (await get<{ calls: Call[] }>(`/v2/calls/${id}`)).calls[0]);
  const logs = useLoad(`logs of ${id}`, () => get<{ items: Attempt[]; total: number }>('/v2/logs', { call_id: id, page_size: 100 }));
  useLive(
    ['call', 'attempt'],
    (events) => {
      if (!concerns(events, id)) return;
      reload();
      logs.reload();
    },
    700,
  );
  const history = useLoad(`revisions ${id} ${call?.revision ?? 0}`, async () => (call?.revision ? ((await getOrNull<{ revisions: Revision[] }>(`/v2/calls/${id}/revisions`, { limit: 100 }))?.revisions ?? []) : []));
  const revisions = history.data ?? [];
  const newest = revisions.at(-1);
  const agents = useAgents();
  const [tab, setTab] = useState<Tab>('conversation');
  const [mark, setMark] = useState<Mark>();
  const [asking, setAsking] = useState(false);
  const turns = useMemo(() => turnsOf(call?.transcript ?? ''), [call?.transcript]);
  if (!call) return <Page title="Call" back={['/calls', 'Calls']}>{error ? <Problem error={error} retry={reload} /> : <LoadingRows rows={12} />}</Page>;
  const answers = Object.values(call.executed_actions ?? {});
  const attempts = logs.data?.items ?? [];
  const show = (turn: number, quote: string) => {
    setTab('conversation');
    setMark((before) => ({ turn, quote, times: (before?.times ?? 0) + 1 }));
  };
  const ended = call.revision > 0;
  return (
    <Page
      title={<Line text={call.name || call.lead_phone_number || 'Call'} />}
      back={['/calls', 'Calls']}
      acts={
        ended && (
          <button type="button" class="button" onClick={() => setAsking(true)}>
            Analyze again
          </button>
        )
      }
    >
      <div class="stack">
        {call.error_message && <Notice tone="bad"><Foreign text={call.error_message} max={600} /></Notice>}
        {call.warnings.slice(0, 20).map((warning) => (
          <Notice tone="warn" key={warning}>
            <Foreign text={warning} max={400} />
          </Notice>
        ))}
        <Header call={call} agents={agents} />
        <div>
          <Tabs<Tab>
            label="Parts of the call"
            chosen={tab}
            choose={setTab}
            tabs={[
              { id: 'conversation', title: 'Conversation', count: turns.length },
              { id: 'score', title: 'Scorecard' },
              { id: 'variables', title: 'Variables', count: Object.keys(call.collected_variables ?? {}).length },
              { id: 'payload', title: 'Webhook', count: call.revision },
              { id: 'deliveries', title: 'Deliveries', count: logs.data?.total },
              { id: 'timeline', title: 'Timeline' },
            ]}
          />
          <TabPanel id={tab}>
            {tab === 'conversation' && (
              <div class="split">
                <Card title="Conversation">
                  <Transcript turns={turns} mark={mark} />
                </Card>
                <Card title="Answers" pad={false}>
                  {answers.length ? (
                    <ul class="answers">
                      {answers.map((action) => (
                        <Answer action={action} show={show} key={action.name} />
                      ))}
                    </ul>
                  ) : (
                    <Empty title="No questions were asked">
                      <p>
                        Give <Link href={`/agents/${call.model_id}`}>the agent</Link> extractors: their answers stand here, each with the words that show it.
                      </p>
                    </Empty>
                  )}
                </Card>
              </div>
            )}
            {tab === 'score' && (
              <Card title="Scorecard" pad={false}>
                <Scorecard judged={call.judge_results} />
              </Card>
            )}
            {tab === 'variables' && <Variables call={call} />}
            {tab === 'payload' && <Revisions call={call} attempts={attempts} revisions={revisions} />}
            {tab === 'deliveries' && (
              <Card pad={false}>
                <Problem error={logs.error} retry={logs.reload} />
                {attempts.length ? <AttemptTable attempts={attempts} ofCall /> : <Empty title="Nothing was sent yet"><p>{call.external_webhook_url ? 'The webhook is sent once the call has ended and its stages ran.' : 'Neither the call nor its agent has a webhook URL.'}</p></Empty>}
              </Card>
            )}
            {tab === 'timeline' && (
              <div class={newest?.stages.length ? 'split' : ''}>
                <Card title="Timeline">
                  <Timeline call={call} attempts={attempts} revisions={revisions} />
                </Card>
                {newest && newest.stages.length > 0 && (
                  <Card title="Stages" note={`of revision ${newest.revision}`}>
                    <Stages stages={newest.stages} />
                  </Card>
                )}
              </div>
            )}
          </TabPanel>
        </div>
      </div>
      {asking && (
        <AnalyzeAgain callId={id} close={() => setAsking(false)} />
      )}
    </Page>
  );
}
