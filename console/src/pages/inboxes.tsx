// Inboxes: URLs of this server that keep what is sent to them, for developing a receiver.
import { Link, useLocation } from 'wouter-preact';
import { Plus } from 'lucide-preact';
import { useState } from 'preact/hooks';
import { get, post } from '../api';
import { Line } from '../foreign';
import { bytes, count } from '../format';
import { useLive, useLoad } from '../hooks';
import type { Inbox } from '../types';
import { Badge, Card, Code, Copy, Empty, LoadingRows, Page, Pager, Problem, Time, useAct } from '../ui';

const kPage = 25;

export function Inboxes() {
  const { data, error, loading, reload } = useLoad('inboxes', () => get<{ inboxes: Inbox[]; total: number }>('/v2/inboxes'));
  useLive(['inbox'], reload);
  const [, go] = useLocation();
  const [words, setWords] = useState('');
  const [from, setFrom] = useState(0);
  const [make, making, makeError] = useAct(
    () => post<Inbox>('/v2/inboxes', {}),
    (made) => go(`/inboxes/${made.token}`),
  );
  const found = (data?.inboxes ?? []).filter((inbox) => `${inbox.name} ${inbox.token}`.toLowerCase().includes(words.toLowerCase()));
  const rows = found.slice(from, from + kPage);
  return (
    <Page
      title="Inboxes"
      about="A URL that shows what is sent to it and answers as you tell it: to look at webhooks before there is a receiver, and to see what retries do."
      acts={
        <button type="button" class="button primary" onClick={make} disabled={making} data-test="new-inbox">
          <Plus size={15} aria-hidden /> New inbox
        </button>
      }
    >
      <div class="stack">
        <Problem error={makeError} />
        <Card pad={false}>
          {error && (
            <div class="card-body">
              <Problem error={error} retry={reload} />
            </div>
          )}
          {!data && loading && <LoadingRows rows={3} />}
          {data && data.inboxes.length > 0 && (
            <>
              <div class="filters" role="group" aria-label="Filters">
                <input class="input search" type="search" aria-label="Filter inboxes" placeholder="Filter by name or token" value={words} onInput={(e) => setWords(e.currentTarget.value)} />
              </div>
              <div class="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Inbox</th>
                      <th scope="col" class="fit p2">
                        Answers
                      </th>
                      <th scope="col" class="fit right">
                        Requests
                      </th>
                      <th scope="col" class="fit right p3">
                        Size
                      </th>
                      <th scope="col" class="fit right p2">
                        Last
                      </th>
                      <th scope="col" class="fit">
                        <span class="sr-only">Copy</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((inbox) => (
                      <tr class="go" key={inbox.token}>
                        <td class="wide-text">
                          <Link class="row-link" href={`/inboxes/${inbox.token}`}>
                            <Line text={inbox.name || inbox.token} />
                          </Link>
                          <span class="cell-sub clip">{inbox.url}</span>
                        </td>
                        <td class="fit p2">{inbox.relayed ? <Badge tone="info">wrapup listen</Badge> : <AnswerBadge inbox={inbox} />}</td>
                        <td class="fit right num">{count(inbox.requests)}</td>
                        <td class="fit right p3 num muted">{bytes(inbox.bytes)}</td>
                        <td class="fit right p2 muted">
                          <Time at={inbox.last_at} />
                        </td>
                        <td class="fit right">
                          <Copy text={inbox.url} label="Copy its URL" />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager page={from / kPage + 1} total={found.length} shown={rows.length} next={from + kPage < found.length ? 'more' : null} previous={() => setFrom(from - kPage)} toNext={() => setFrom(from + kPage)} />
            </>
          )}
          {data && data.inboxes.length === 0 && (
            <Empty title="No inboxes yet">
              <p>Make one with the button above, and put its URL on an agent or a call. Nothing outside this server is needed: it always reaches its own inboxes. By the API:</p>
              <Code
                label="Make an inbox"
                text={`curl -X POST ${location.origin}/v2/inboxes \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" -d '{"name": "mine"}'`}
              />
            </Empty>
          )}
        </Card>
      </div>
    </Page>
  );
}

/** The status that the next request gets. */
export function AnswerBadge({ inbox }: { inbox: Inbox }) {
  const spent = inbox.answers_left === 0;
  const status = spent ? 200 : (inbox.answer?.status ?? 200);
  return (
    <Badge tone={status < 300 ? 'good' : 'bad'}>
      {status}
      {!spent && inbox.answers_left !== null && ` × ${inbox.answers_left}`}
    </Badge>
  );
}
