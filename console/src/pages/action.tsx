// Making or changing one action.
import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { definitionOf, draftOf, emptyDraft, type Draft } from '../actions';
import { get, post, put, remove } from '../api';
import { Foreign } from '../foreign';
import { useLoad } from '../hooks';
import { Card, Confirm, LoadingRows, Page, Problem, tell, useAct } from '../ui';
import { DraftFields, TryIt } from './action-form';
import type { StoredAction } from './actions';

function Form({ id, before }: { id?: string; before: Draft }) {
  const [draft, setDraft] = useState(before);
  const [asking, setAsking] = useState(false);
  const [, go] = useLocation();
  const [save, busy, error] = useAct(
    () => (id ? put(`/v2/actions/${id}`, definitionOf(draft)) : post('/v2/actions', definitionOf(draft))),
    () => {
      tell('Saved. Agents that have it ask it from their next call on.');
      go('/actions');
    },
  );
  return (
    <Page
      title={id ? <Foreign text={before.identifier} max={80} /> : 'New action'}
      back={['/actions', 'Actions']}
      acts={
        id && (
          <button type="button" class="button danger" onClick={() => setAsking(true)}>
            Remove
          </button>
        )
      }
    >
      <div class="grid-2 uneven">
        <Card title="The question">
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              save();
            }}
          >
            <DraftFields draft={draft} set={setDraft} />
            <Problem error={error} />
            <div>
              <button class="button primary" disabled={busy}>
                Save
              </button>
            </div>
          </form>
        </Card>
        <TryIt draft={draft} />
      </div>
      {asking && id && <Confirm title="Remove this action?" words="Agents that have it stop asking it. Answers that were given stay." label="Remove it" act={() => remove(`/v2/actions/${id}`)} done={() => go('/actions')} close={() => setAsking(false)} />}
    </Page>
  );
}

export function ActionPage({ id }: { id: string }) {
  const made = id === 'new';
  const { data, error, reload } = useLoad(`action ${id}`, async () => (made ? emptyDraft() : draftOf((await get<{ actions: StoredAction[] }>(`/v2/actions/${id}`)).actions[0])));
  if (!data) return <Page title="Action" back={['/actions', 'Actions']}>{error ? <Problem error={error} retry={reload} /> : <LoadingRows />}</Page>;
  return <Form id={made ? undefined : id} before={data} />;
}
