// Every call, newest first; new ones arrive by themselves on the first page.
import { useRef } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { get } from '../api';
import { Line } from '../foreign';
import { clock, words } from '../format';
import { useFilters, useLive, useLoad, usePages, useSettled } from '../hooks';
import { agentName, useAgents } from '../names';
import type { Call, Pagination } from '../types';
import { CallStatus, Card, Code, Dates, Empty, Filter, LoadingRows, Page, Pager, Problem, Time } from '../ui';

export const callStatuses = ['pending', 'ringing', 'in-progress', 'completed', 'no-answer', 'busy', 'failed', 'canceled', 'user-canceled', 'hangup_on_voicemail', 'left_voicemail', 'spam'];
export const endReasons = ['human_goodbye', 'agent_goodbye', 'human_pick_up_cut_off', 'max_duration', 'custom_end_call', 'voicemail', 'voicemail_message_left', 'user_canceled', 'idle_time_exceeded', 'error', 'undefined'];

interface Answer {
  calls: Call[];
  pagination: Pagination;
}

function NoCalls({ filtered, more }: { filtered: boolean; more: boolean }) {
  if (more) {
    return (
      <Empty title="None among the 20,000 calls looked at">
        <p>The next page searches further back. A start and an end of time say where to look; an id or a whole number is found at once.</p>
      </Empty>
    );
  }
  if (filtered) {
    return (
      <Empty title="No call is like that">
        <p>Take a filter away, or look at another time. The search finds ids, and parts of a name or number.</p>
      </Empty>
    );
  }
  return (
    <Empty title="No calls yet">
      <p>Calls appear here the moment they are placed or reported. With an agent that has the simulator as its engine, this places one:</p>
      <Code
        label="Place a call"
        text={`curl -X POST ${location.origin}/v2/calls \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"model_id": "ID OF YOUR AGENT", "phone": "+15550100123", "name": "Ilse Varga"}'`}
      />
    </Empty>
  );
}

export function CallTable({ calls, fresh }: { calls: Call[]; fresh?: Set<string> }) {
  const agents = useAgents();
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th scope="col">Customer</th>
            <th scope="col" class="p2">
              Agent
            </th>
            <th scope="col" class="fit">
              Status
            </th>
            <th scope="col" class="fit p3">
              Ended by
            </th>
            <th scope="col" class="fit right p2">
              Duration
            </th>
            <th scope="col" class="fit right">
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr key={call.call_id} class={`go ${fresh?.has(call.call_id) ? 'new' : ''}`} data-id={call.call_id}>
              <td class="wide-text">
                <Link class="row-link" href={`/calls/${call.call_id}`}>
                  <Line text={call.name || call.lead_phone_number || call.call_id} />
                </Link>
                {call.name && <span class="cell-sub num">{call.lead_phone_number}</span>}
              </td>
              <td class="wide-text p2">
                <Line text={agentName(agents, call.model_id)} />
              </td>
              <td class="fit">
                <CallStatus status={call.status} />
              </td>
              <td class="fit p3 muted">{words(call.end_call_reason || '–')}</td>
              <td class="fit right p2 num">{clock(call.duration)}</td>
              <td class="fit right muted">
                <Time at={call.start_time} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Calls() {
  const [filters, change] = useFilters();
  const search = useSettled(filters.search ?? '');
  const wanted = { ...filters, search };
  const key = JSON.stringify(wanted);
  const pages = usePages(key);
  const { data, error, loading, reload } = useLoad(`calls ${key} ${pages.cursor}`, () => get<Answer>('/v2/calls', { ...wanted, limit: 25, cursor: pages.cursor }));
  useLive(['call'], () => pages.page === 1 && reload(), 1000);
  const agents = useAgents();
  const seen = useRef(new Set<string>());
  const fresh = new Set<string>();
  if (data && seen.current.size) for (const call of data.calls) if (!seen.current.has(call.call_id)) fresh.add(call.call_id);
  if (data) for (const call of data.calls) seen.current.add(call.call_id);
  return (
    <Page title="Calls">
      <Card pad={false}>
        <div class="filters" role="group" aria-label="Filters">
          <input class="input search" type="search" aria-label="Search calls" placeholder="Name, number or id" value={filters.search ?? ''} onInput={(e) => change({ search: e.currentTarget.value })} />
          <Filter label="Status" all="Any status" value={filters.call_status} options={callStatuses} set={(value) => change({ call_status: value })} />
          <Filter label="End reason" all="Any end reason" value={filters.end_call_reason} options={endReasons} set={(value) => change({ end_call_reason: value })} />
          <Filter label="Agent" all="Any agent" value={filters.model_id} options={[...agents]} set={(value) => change({ model_id: value })} />
          <Dates filters={filters} change={change} />
          {Object.keys(filters).length > 0 && (
            <button type="button" class="button plain small" onClick={() => change(Object.fromEntries(Object.keys(filters).map((name) => [name, ''])))}>
              Clear
            </button>
          )}
        </div>
        {error && <div class="card-body"><Problem error={error} retry={reload} /></div>}
        {!data && loading && <LoadingRows rows={12} />}
        {data && (data.calls.length ? <CallTable calls={data.calls} fresh={pages.page === 1 ? fresh : undefined} /> : <NoCalls filtered={Object.keys(filters).length > 0} more={data.pagination.next_cursor !== null} />)}
        {data && (data.calls.length > 0 || data.pagination.next_cursor || pages.page > 1) && <Pager page={pages.page} total={data.pagination.total_records} exact={data.pagination.total_exact} shown={data.calls.length} next={data.pagination.next_cursor} previous={pages.previous} toNext={pages.next} />}
      </Card>
    </Page>
  );
}
