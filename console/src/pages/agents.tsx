// Agents: what is asked of a call, and where the answers go.
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Plus } from 'lucide-preact';
import { get } from '../api';
import { Line } from '../foreign';
import { useLoad } from '../hooks';
import type { Json, Pagination } from '../types';
import { Badge, Card, Code, Empty, Id, LoadingRows, Page, Pager, Problem } from '../ui';

export type StoredAgent = { model_id: string; version: number; name?: string; type?: string; external_webhook_url?: string; agent?: Record<string, Json>; actions: Record<string, Json>[] } & Record<string, Json>;

export function Agents() {
  const [offset, setOffset] = useState(0);
  const [words, setWords] = useState('');
  const { data, error, loading, reload } = useLoad(`agents ${offset}`, () => get<{ assistants: StoredAgent[]; pagination: Pagination }>('/v2/assistants', { limit: 50, offset }));
  const rows = (data?.assistants ?? []).filter((agent) => `${agent.name ?? ''} ${agent.external_webhook_url ?? ''}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <Page
      title="Agents"
      about="An agent says what is asked of its calls and where the webhook goes."
      acts={
        <Link class="button primary" href="/agents/new">
          <Plus size={15} aria-hidden /> New agent
        </Link>
      }
    >
      <Card pad={false}>
        {error && (
          <div class="card-body">
            <Problem error={error} retry={reload} />
          </div>
        )}
        {!data && loading && <LoadingRows rows={4} />}
        {data && data.assistants.length > 0 && (
          <>
            <div class="filters" role="group" aria-label="Filters">
              <input class="input search" type="search" aria-label="Filter this page" placeholder="Filter by name or URL" value={words} onInput={(e) => setWords(e.currentTarget.value)} />
            </div>
            <div class="table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col" class="p2">
                      Webhook URL
                    </th>
                    <th scope="col" class="fit right">
                      Questions
                    </th>
                    <th scope="col" class="fit p2">
                      Calls by
                    </th>
                    <th scope="col" class="fit right p3">
                      Version
                    </th>
                    <th scope="col" class="fit p3">
                      Id
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((agent) => (
                    <tr class="go" key={agent.model_id}>
                      <td class="wide-text">
                        <Link class="row-link" href={`/agents/${agent.model_id}`}>
                          <Line text={agent.name || agent.model_id} />
                        </Link>
                      </td>
                      <td class="wide-text p2 muted">{agent.external_webhook_url ? <Line text={agent.external_webhook_url} /> : 'named by each call'}</td>
                      <td class="fit right num">{agent.actions.length}</td>
                      <td class="fit p2">
                        <Badge>{agent.agent?.engine === 'none' ? 'your engine' : 'simulator'}</Badge>
                      </td>
                      <td class="fit right p3 num">{agent.version}</td>
                      <td class="fit p3">
                        <Id id={agent.model_id} short />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <Pager page={offset / 50 + 1} total={data.pagination.total_records} shown={rows.length} next={offset + 50 < data.pagination.total_records ? 'more' : null} previous={() => setOffset(offset - 50)} toNext={() => setOffset(offset + 50)} />
          </>
        )}
        {data && data.assistants.length === 0 && (
          <Empty title="No agents yet">
            <p>Every call belongs to an agent. Make the first with the button above, or by the API:</p>
            <Code
              label="Make an agent"
              text={`curl -X POST ${location.origin}/v2/assistants \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"type": "outbound", "name": "Front desk", "agent": {"timezone": "Europe/Berlin"},
       "external_webhook_url": "https://receiver.example.com/hook"}'`}
            />
          </Empty>
        )}
      </Card>
    </Page>
  );
}
