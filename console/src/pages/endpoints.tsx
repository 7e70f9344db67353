// Every receiver by its URL: how it is, and what waits for it.
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { Plus } from 'lucide-preact';
import { get, post } from '../api';
import { Line } from '../foreign';
import { count, span, toMs, words } from '../format';
import { useFilters, useLive, useLoad, usePages, useSettled } from '../hooks';
import type { Endpoint, Pagination } from '../types';
import { Badge, Card, Code, Dialog, Empty, Filter, LoadingRows, Page, Pager, Problem, TextField, Time, useAct } from '../ui';

export function EndpointState({ endpoint }: { endpoint: Endpoint }) {
  if (endpoint.state === 'paused') return <Badge tone="warn">paused</Badge>;
  if (endpoint.state === 'disabled') return <Badge tone="bad">disabled</Badge>;
  if (endpoint.circuit.state === 'open') return <Badge tone="bad">circuit open</Badge>;
  if (endpoint.circuit.state === 'half_open') return <Badge tone="warn">probing</Badge>;
  if (endpoint.held_until && toMs(endpoint.held_until) > Date.now()) return <Badge tone="warn">held</Badge>;
  if (endpoint.circuit.failures_in_a_row > 0) return <Badge tone="warn">failing</Badge>;
  return <Badge tone="good">healthy</Badge>;
}

export function LastAnswers({ endpoint }: { endpoint: Endpoint }) {
  return (
    <span class="row nowrap">
      {endpoint.last_answers.slice(0, 3).map((answer) => (
        <Link key={String(answer.webhook_log_id)} href={`/deliveries/${answer.webhook_log_id}`}>
          <Badge tone={answer.status === 'success' ? 'good' : 'bad'}>{answer.response_status_code === null ? words(String(answer.error_class)) : String(answer.response_status_code)}</Badge>
        </Link>
      ))}
    </span>
  );
}

function NewEndpoint({ close }: { close: () => void }) {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [, go] = useLocation();
  const [run, busy, error] = useAct(
    () => post<Endpoint>('/v2/endpoints', { url, ...(name && { name }) }),
    (made) => go(`/endpoints/${made.endpoint_id}`),
  );
  return (
    <Dialog title="New endpoint" close={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <p class="muted">Endpoints make themselves at the first use of their URL. Make one ahead to set its policy before anything is sent.</p>
        <TextField label="URL" value={url} set={setUrl} required placeholder="https://receiver.example.com/hook" />
        <TextField label="Name" value={name} set={setName} hint="For people; may be left out" />
        <Problem error={error} />
        <div class="dialog-acts">
          <button class="button primary" disabled={busy}>
            Make it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function Endpoints() {
  const [filters, change] = useFilters();
  const search = useSettled(filters.search ?? '');
  const wanted = { ...filters, search };
  const key = JSON.stringify(wanted);
  const pages = usePages(key);
  const { data, error, loading, reload } = useLoad(`endpoints ${key} ${pages.cursor}`, () => get<{ endpoints: Endpoint[]; pagination: Pagination }>('/v2/endpoints', { ...wanted, limit: 25, cursor: pages.cursor }));
  useLive(['attempt'], reload, 1500);
  const [making, setMaking] = useState(false);
  const filtered = Object.keys(filters).length > 0;
  return (
    <Page
      title="Endpoints"
      acts={
        <button type="button" class="button" onClick={() => setMaking(true)}>
          <Plus size={15} aria-hidden /> New endpoint
        </button>
      }
    >
      <Card pad={false}>
        <div class="filters" role="group" aria-label="Filters">
          <input class="input search" type="search" aria-label="Search endpoints" placeholder="Id, or part of the URL" value={filters.search ?? ''} onInput={(e) => change({ search: e.currentTarget.value })} />
          <Filter label="State" all="Any state" value={filters.state} options={['active', 'paused', 'disabled']} set={(value) => change({ state: value })} />
          <Filter label="Circuit" all="Any circuit" value={filters.circuit} options={['open', 'closed']} set={(value) => change({ circuit: value })} />
        </div>
        {error && (
          <div class="card-body">
            <Problem error={error} retry={reload} />
          </div>
        )}
        {!data && loading && <LoadingRows />}
        {data &&
          (data.endpoints.length ? (
            <>
              <div class="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Receiver</th>
                      <th scope="col" class="fit">
                        State
                      </th>
                      <th scope="col" class="fit right">
                        Waiting
                      </th>
                      <th scope="col" class="fit p3">
                        Longest wait
                      </th>
                      <th scope="col" class="fit p2">
                        Last answers
                      </th>
                      <th scope="col" class="fit right p3">
                        Since
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.endpoints.map((endpoint) => (
                      <tr class="go" key={endpoint.endpoint_id}>
                        <td class="wide-text">
                          <Link class="row-link" href={`/endpoints/${endpoint.endpoint_id}`}>
                            <Line text={endpoint.name || endpoint.url} />
                          </Link>
                          {endpoint.name && (
                            <span class="cell-sub">
                              <Line text={endpoint.url} />
                            </span>
                          )}
                        </td>
                        <td class="fit">
                          <EndpointState endpoint={endpoint} />
                        </td>
                        <td class="fit right num">{count(endpoint.pending)}</td>
                        <td class="fit p3 muted num">{endpoint.oldest_due_at && endpoint.pending ? span(Math.max(0, Date.now() - toMs(endpoint.oldest_due_at))) : '–'}</td>
                        <td class="fit p2">
                          <LastAnswers endpoint={endpoint} />
                        </td>
                        <td class="fit right p3 muted">
                          <Time at={endpoint.created_at} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager page={pages.page} total={data.pagination.total_records} shown={data.endpoints.length} next={data.pagination.next_cursor} previous={pages.previous} toNext={pages.next} />
            </>
          ) : filtered ? (
            <Empty title="No endpoint is like that">
              <p>Take a filter away.</p>
            </Empty>
          ) : (
            <Empty title="No endpoints yet">
              <p>Each URL that webhooks go to becomes an endpoint at its first use, with a line, a pace and a circuit of its own: a slow or dead receiver delays no other. This sends a sample to one:</p>
              <Code
                label="Send a sample"
                text={`curl -X POST ${location.origin}/v2/webhooks/test \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"url": "https://receiver.example.com/hook"}'`}
              />
            </Empty>
          ))}
      </Card>
      {making && <NewEndpoint close={() => setMaking(false)} />}
    </Page>
  );
}
