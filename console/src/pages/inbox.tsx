// One inbox: what came, live, each with its headers, body and signature; and what the next request is answered.
import { useEffect, useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { Download, Trash2 } from 'lucide-preact';
import { get, put, remove } from '../api';
import { Foreign, Line } from '../foreign';
import { bytes, count } from '../format';
import { useLive, useLoad, usePages } from '../hooks';
import { concerns } from '../live';
import { Body } from '../tree';
import type { Inbox, InboxAnswer, InboxRequest } from '../types';
import { Badge, Card, Code, Confirm, Copy, Facts, LoadingRows, Notice, Page, Pager, Problem, tell, TextField, Time, useAct, type Tone } from '../ui';
import { AnswerBadge } from './inboxes';

const verdicts: Record<string, [Tone, string]> = { valid: ['good', 'signature valid'], invalid: ['bad', 'signature invalid'], missing: ['', 'not signed'] };

function Verdict({ request }: { request: InboxRequest }) {
  const [tone, title] = verdicts[request.signature?.verdict ?? 'missing'] ?? ['', String(request.signature?.verdict)];
  return <Badge tone={tone}>{title}</Badge>;
}

const headerLines = (headers: Record<string, string> | undefined) => Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`).join('\n');

function headersOf(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    if (at > 0) headers[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    else if (line.trim()) throw new Error(`“${line.trim().slice(0, 60)}” is no header: write Name: value, one a line`);
  }
  return headers;
}

function AnswerForm({ inbox, saved }: { inbox: Inbox; saved: () => void }) {
  const answer = inbox.answer ?? {};
  const [status, setStatus] = useState(String(answer.status ?? 200));
  const [times, setTimes] = useState(answer.times ? String(answer.times) : '');
  const [delay, setDelay] = useState(answer.delay_ms ? String(answer.delay_ms) : '');
  const [headers, setHeaders] = useState(headerLines(answer.headers));
  const [body, setBody] = useState(answer.body ?? '');
  const [save, busy, error] = useAct(
    async (change?: InboxAnswer | null) => {
      const given = headersOf(headers);
      const wanted = change !== undefined ? change : { status: Number(status), ...(delay && { delay_ms: Number(delay) }), ...(times && { times: Number(times) }), ...(Object.keys(given).length > 0 && { headers: given }), ...(body && { body }) };
      return put(`/v2/inboxes/${inbox.token}`, { answer: wanted });
    },
    () => {
      tell('The next request gets that answer.');
      saved();
    },
  );
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div class="row">
        <button type="button" class="button small" onClick={() => save({ status: 500, times: 2 })} data-test="fail-twice">
          500 twice
        </button>
        <button type="button" class="button small" onClick={() => save({ status: 429, headers: { 'Retry-After': '5' }, times: 1 })}>
          429 once, wait 5 s
        </button>
        <button type="button" class="button small" onClick={() => save(null)}>
          Always 200
        </button>
      </div>
      <div class="form-grid">
        <TextField label="Status" type="number" value={status} set={setStatus} required />
        <TextField label="So many times" type="number" value={times} set={setTimes} placeholder="always" hint="Then 200 again" />
        <TextField label="After, in ms" type="number" value={delay} set={setDelay} placeholder="at once" />
        <TextField wide label="Headers" value={headers} set={setHeaders} lines={2} hint="Name: value, one a line; such as Retry-After: 5" />
        <TextField wide label="Body" value={body} set={setBody} lines={2} />
      </div>
      <Problem error={error} />
      <div>
        <button class="button" disabled={busy} data-test="set-answer">
          Answer so
        </button>
      </div>
    </form>
  );
}

function download(name: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function Detail({ inbox, request }: { inbox: Inbox; request: InboxRequest }) {
  const base = `/v2/inboxes/${inbox.token}/requests/${request.id}`;
  const [copyCurl, , curlError] = useAct(async () => {
    const reply = await fetch(`${base}/curl`, { credentials: 'same-origin' });
    if (!reply.ok) throw new Error(`The server answered ${reply.status}.`);
    await navigator.clipboard.writeText(await reply.text());
    tell('Copied.');
  });
  const { data } = useLoad(request.id, async () => (request.body_truncated ? (await get<{ request: InboxRequest }>(base)).request : request));
  const whole = data ?? request;
  const signature = request.signature;
  return (
    <div class="stack">
      <Card
        title={<>{request.method} <Time at={request.at} /></>}
        acts={
          <button type="button" class="button small" onClick={copyCurl}>
            Copy as curl
          </button>
        }
      >
        <div class="stack">
          <Problem error={curlError} />
          {signature?.verdict === 'invalid' && <Notice tone="warn">No live secret of this workspace made this signature{signature.webhook_signature === 'expired' ? '; it fits, but its time is more than five minutes off' : ''}. Whoever sent it has another secret, or the body was changed on the way.</Notice>}
          <Facts
            facts={[
              ['Answered', request.answered === null ? 'not yet' : <Badge tone={request.answered < 300 ? 'good' : 'bad'}>{request.answered}</Badge>],
              ['Signature', <Verdict request={request} />],
              ['From', <Foreign text={request.peer} max={80} />],
              ['Size', bytes(request.size)],
              ['Path', <Foreign text={(request.path || '/') + (request.query && `?${request.query}`)} max={200} />],
            ]}
          />
        </div>
      </Card>
      <Card title="Headers" note={count(Object.keys(request.headers).length)} pad={false}>
        <table class="pairs mono">
          <tbody>
            {Object.entries(request.headers)
              .slice(0, 300)
              .map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">
                    <Foreign text={name} max={200} />
                  </th>
                  <td>
                    <Foreign text={value} max={400} />
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </Card>
      <Card title="Body">
        {whole.body_encoding === 'base64' && <p class="muted small">It is no text; shown in base64.</p>}
        <Body text={whole.body} name="The body that came" note={whole.body_truncated ? 'not all of it' : undefined} />
      </Card>
    </div>
  );
}

interface Answer {
  requests: InboxRequest[];
  total: number;
  next_cursor: string | null;
}

export function InboxPage({ token }: { token: string }) {
  const inbox = useLoad(`inbox ${token}`, () => get<Inbox>(`/v2/inboxes/${token}`));
  const pages = usePages(token);
  const list = useLoad(`requests ${token} ${pages.cursor}`, () => get<Answer>(`/v2/inboxes/${token}/requests`, { limit: 25, cursor: pages.cursor }));
  const [chosen, setChosen] = useState('');
  const [asking, setAsking] = useState<'clear' | 'delete'>();
  const [, go] = useLocation();
  const refresh = () => {
    inbox.reload();
    if (pages.page === 1) list.reload();
  };
  useLive(['inbox'], (events) => concerns(events, token) && refresh(), 400);
  useEffect(() => setChosen(''), [pages.cursor]);
  const [saveHar, , harError] = useAct(async () => {
    const reply = await fetch(`/v2/inboxes/${token}/requests.har`, { credentials: 'same-origin' });
    if (!reply.ok) throw new Error(`The server answered ${reply.status}.`);
    download(`inbox-${token.slice(0, 8)}.har`, await reply.text());
  });
  if (!inbox.data) return <Page title="Inbox" back={['/inboxes', 'Inboxes']}>{inbox.error ? <Problem error={inbox.error} retry={inbox.reload} /> : <LoadingRows rows={8} />}</Page>;
  const { data } = inbox;
  const requests = list.data?.requests ?? [];
  const request = requests.find((one) => one.id === chosen) ?? requests[0];
  return (
    <Page
      title={data.name ? <Foreign text={data.name} max={80} /> : 'Inbox'}
      back={['/inboxes', 'Inboxes']}
      acts={
        <>
          <button type="button" class="button" onClick={saveHar} disabled={!requests.length}>
            <Download size={15} aria-hidden /> HAR
          </button>
          <button type="button" class="button" onClick={() => setAsking('clear')} disabled={!requests.length}>
            Empty it
          </button>
          <button type="button" class="button danger icon" aria-label="Delete this inbox" title="Delete this inbox" onClick={() => setAsking('delete')}>
            <Trash2 size={15} aria-hidden />
          </button>
        </>
      }
    >
      <div class="stack">
        <Problem error={harError ?? list.error} retry={list.error && list.reload} />
        <Card>
          <div class="row">
            <code class="inbox-url" data-test="inbox-url">
              {data.url}
            </code>
            <Copy text={data.url}>Copy</Copy>
            <span class="muted small">
              {data.relayed ? (
                'wrapup listen answers'
              ) : (
                <>
                  The next request gets <AnswerBadge inbox={data} />
                </>
              )}
            </span>
          </div>
        </Card>
        <div class="inbox">
          <div class="stack">
            <Card title="Requests" note={count(list.data?.total ?? 0)} pad={false}>
              {requests.length ? (
                <>
                  <div class="picks" data-test="requests">
                    {requests.map((one) => (
                      <button type="button" key={one.id} aria-current={one.id === request?.id} onClick={() => setChosen(one.id)}>
                        <span class="row spread">
                          <span class="row">
                            <strong>{one.method}</strong>
                            {one.answered !== null && <Badge tone={one.answered < 300 ? 'good' : 'bad'}>{one.answered}</Badge>}
                          </span>
                          <span class="muted small">
                            <Time at={one.at} />
                          </span>
                        </span>
                        <span class="row spread small muted">
                          <span>{verdicts[one.signature?.verdict ?? 'missing']?.[1]}</span>
                          <span class="num">{bytes(one.size)}</span>
                        </span>
                        {one.path && one.path !== '/' && (
                          <span class="small">
                            <Line text={one.path} />
                          </span>
                        )}
                      </button>
                    ))}
                  </div>
                  <Pager page={pages.page} shown={requests.length} next={list.data?.next_cursor} previous={pages.previous} toNext={pages.next} />
                </>
              ) : list.data ? (
                <p class="card-body muted">Nothing came yet; what comes appears here by itself.</p>
              ) : (
                <LoadingRows rows={3} />
              )}
            </Card>
            <Card title="What it answers">
              <AnswerForm inbox={data} saved={inbox.reload} key={JSON.stringify(data.answer)} />
            </Card>
          </div>
          {request ? (
            <Detail inbox={data} request={request} key={request.id} />
          ) : (
            <Card title="Send something here">
              <div class="stack">
                <p class="muted">Name this URL as external_webhook_url of an agent or a call; or send to it by hand:</p>
                <Code label="Send a request" text={`curl -X POST ${data.url} -H "Content-Type: application/json" -d '{"hello": "inbox"}'`} />
                <p class="muted">To have your own program on this machine answer, wherever the server is:</p>
                <Code label="Listen" text={`wrapup listen --to http://127.0.0.1:3000/hook`} />
                <p class="muted">A sample webhook comes with:</p>
                <Code
                  label="Send a sample webhook"
                  text={`curl -X POST ${location.origin}/v2/webhooks/test \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"url": "${data.url}"}'`}
                />
              </div>
            </Card>
          )}
        </div>
      </div>
      {asking === 'clear' && <Confirm title="Empty this inbox?" words="What came to it goes; its URL and its answer stay." label="Empty it" act={() => remove(`/v2/inboxes/${token}/requests`)} done={refresh} close={() => setAsking(undefined)} />}
      {asking === 'delete' && <Confirm title="Delete this inbox?" words="It goes with what is in it, and its URL answers 404 from then on." label="Delete it" act={() => remove(`/v2/inboxes/${token}`)} done={() => go('/inboxes')} close={() => setAsking(undefined)} />}
    </Page>
  );
}
