// Extractors and evaluations that agents share.
import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { Plus } from 'lucide-preact';
import { draftOf, kindTitle } from '../actions';
import { get } from '../api';
import { Foreign, Line } from '../foreign';
import { useLoad } from '../hooks';
import type { Json, Pagination } from '../types';
import { Badge, Card, Code, Empty, LoadingRows, Page, Pager, Problem } from '../ui';

export type StoredAction = { action_id: string; action_type: string; name: string; description: string } & Record<string, Json>;

export function Actions() {
  const [offset, setOffset] = useState(0);
  const [words, setWords] = useState('');
  const { data, error, loading, reload } = useLoad(`actions ${offset}`, () => get<{ actions: StoredAction[]; pagination: Pagination }>('/v2/actions', { limit: 50, offset }));
  const rows = (data?.actions ?? []).map((action) => ({ action, draft: draftOf(action) })).filter(({ draft }) => `${draft.identifier} ${draft.description}`.toLowerCase().includes(words.toLowerCase()));
  return (
    <Page
      title="Actions"
      about="Questions that are asked of every call once it has ended. A change here is a change for every agent that has it."
      acts={
        <Link class="button primary" href="/actions/new">
          <Plus size={15} aria-hidden /> New action
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
        {data && data.actions.length > 0 && (
          <>
            <div class="filters" role="group" aria-label="Filters">
              <input class="input search" type="search" aria-label="Filter this page" placeholder="Filter by words" value={words} onInput={(e) => setWords(e.currentTarget.value)} />
            </div>
            <div class="table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Identifier</th>
                    <th scope="col" class="p2">
                      Question
                    </th>
                    <th scope="col" class="fit">
                      Kind
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ action, draft }) => (
                    <tr class="go" key={action.action_id}>
                      <td>
                        <Link class="row-link" href={`/actions/${action.action_id}`}>
                          <Foreign text={draft.identifier} max={100} />
                        </Link>
                      </td>
                      <td class="wide-text p2 muted">
                        <Line text={draft.description} />
                      </td>
                      <td class="fit">
                        <Badge>{kindTitle(draft.kind)}</Badge>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            <Pager page={offset / 50 + 1} total={data.pagination.total_records} shown={rows.length} next={offset + 50 < data.pagination.total_records ? 'more' : null} previous={() => setOffset(offset - 50)} toNext={() => setOffset(offset + 50)} />
          </>
        )}
        {data && data.actions.length === 0 && (
          <Empty title="No actions yet">
            <p>An extractor asks one question of every call: yes or no, one of several choices, or open. Try one on a transcript as you write it; or make it by the API:</p>
            <Code
              label="Make an extractor"
              text={`curl -X POST ${location.origin}/v2/actions \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"INFORMATION_EXTRACTOR": {"YES_NO": {"identifier": "wants_pickup",
       "description": "Does the customer want the bike to be collected?"}}}'`}
            />
          </Empty>
        )}
      </Card>
    </Page>
  );
}
