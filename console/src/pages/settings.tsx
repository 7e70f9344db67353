// Keys, workspaces, what is told about delivery itself, and who changed what.
import { useState } from 'preact/hooks';
import { Plus } from 'lucide-preact';
import { ApiError, get, post, put, remove } from '../api';
import { Foreign } from '../foreign';
import { count } from '../format';
import { useLoad, usePages } from '../hooks';
import { session } from '../session';
import type { Pagination } from '../types';
import { Badge, Card, Check2, Code, Confirm, Dialog, Empty, Facts, Id, LoadingRows, Notice, Page, Pager, Problem, TabPanel, Tabs, tell, TextField, Time, useAct } from '../ui';

interface Key {
  key_id: string;
  name: string;
  begins: string;
  scopes: string[];
  created_at: string;
  revoked_at: string | null;
}

const scopes: [string, string][] = [
  ['calls:read', 'Read calls, agents, logs, endpoints'],
  ['calls:write', 'Place, cancel and analyze calls'],
  ['events:write', 'Report events and calls: for a voice engine'],
  ['admin', 'Everything'],
];

const needsAdmin = (error: Error | undefined) => error instanceof ApiError && error.status === 403;

function NotAllowed({ what }: { what: string }) {
  return (
    <Empty title={`${what} need an admin key`}>
      <p>You are logged in with a key that has {session.value?.scopes.join(', ')}. Log in with one that has the scope admin.</p>
    </Empty>
  );
}

function NewKey({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string[]>(['events:write']);
  const [made, setMade] = useState<string>();
  const [run, busy, error] = useAct(
    () => post<{ key: string }>('/v2/keys', { name, scopes: chosen }),
    (answer) => setMade(answer.key),
  );
  return (
    <Dialog title="New API key" close={close}>
      {made ? (
        <div class="stack" data-test="new-key">
          <Notice tone="warn">This is shown only now; only its hash is stored.</Notice>
          <Code text={made} label="The new key" />
          <div class="dialog-acts">
            <button type="button" class="button primary" onClick={close}>
              I have it
            </button>
          </div>
        </div>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <TextField label="Name" value={name} set={setName} hint="What it is for" />
          <fieldset class="stack tight">
            <legend>It may</legend>
            {scopes.map(([scope, title]) => (
              <Check2 key={scope} label={`${title} (${scope})`} checked={chosen.includes(scope)} set={(on) => setChosen(on ? [...chosen, scope] : chosen.filter((one) => one !== scope))} />
            ))}
          </fieldset>
          <Problem error={error} />
          <div class="dialog-acts">
            <button class="button primary" disabled={busy || !chosen.length}>
              Make it
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Keys() {
  const [offset, setOffset] = useState(0);
  const { data, error, reload } = useLoad(`keys ${offset}`, () => get<{ keys: Key[]; pagination: Pagination }>('/v2/keys', { limit: 25, offset }));
  const [asking, setAsking] = useState<'new' | Key>();
  const close = () => {
    setAsking(undefined);
    reload();
  };
  return (
    <Card
      title="API keys"
      pad={false}
      acts={
        <button type="button" class="button small" onClick={() => setAsking('new')}>
          <Plus size={14} aria-hidden /> New key
        </button>
      }
    >
      {needsAdmin(error) ? <NotAllowed what="Keys" /> : error && <div class="card-body"><Problem error={error} retry={reload} /></div>}
      {!data && !error && <LoadingRows rows={3} />}
      {data && (
        <>
          <div class="table-wrap">
            <table>
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col" class="p2">
                    Begins
                  </th>
                  <th scope="col">May</th>
                  <th scope="col" class="fit right p3">
                    Made
                  </th>
                  <th scope="col" class="fit">
                    <span class="sr-only">What to do</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {data.keys.map((key) => (
                  <tr key={key.key_id}>
                    <td>
                      {key.name ? <Foreign text={key.name} max={100} /> : <span class="muted">Without a name</span>} {key.key_id === session.value?.key_id && <Badge tone="info">this one</Badge>}
                    </td>
                    <td class="p2">
                      <code>{key.begins}…</code>
                    </td>
                    <td>
                      <span class="row">{key.scopes.includes('admin') ? <Badge>admin</Badge> : key.scopes.map((scope) => <Badge key={scope}>{scope}</Badge>)}</span>
                    </td>
                    <td class="fit right p3 muted">
                      <Time at={key.created_at} />
                    </td>
                    <td class="fit right">
                      {key.revoked_at ? (
                        <Badge tone="bad">revoked</Badge>
                      ) : (
                        <button type="button" class="button small danger" onClick={() => setAsking(key)}>
                          Revoke
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Pager page={offset / 25 + 1} total={data.pagination.total_records} shown={data.keys.length} next={offset + 25 < data.pagination.total_records ? 'more' : null} previous={() => setOffset(offset - 25)} toNext={() => setOffset(offset + 25)} />
        </>
      )}
      {asking === 'new' && <NewKey close={close} />}
      {asking && asking !== 'new' && <Confirm title="Revoke this key?" words="Requests with it are refused within a second, and its sessions of the console end." label="Revoke it" act={() => remove(`/v2/keys/${asking.key_id}`)} done={() => tell('Revoked.')} close={close} />}
    </Card>
  );
}

interface Workspace {
  workspace_id: string;
  operations_url: string | null;
  signature_header_compat: boolean | null;
  model: { base_url: string | null; model: string | null; has_key: boolean } | null;
  model_use_today: { model: string; requests: number; prompt_tokens: number; completion_tokens: number }[];
}

function WorkspaceForm({ before, reload }: { before: Workspace; reload: () => void }) {
  const [url, setUrl] = useState(before.operations_url ?? '');
  const [compat, setCompat] = useState(before.signature_header_compat ?? false);
  const [save, busy, error] = useAct(
    () => put('/v2/workspace', { operations_url: url || null, ...(compat !== (before.signature_header_compat ?? false) && { signature_header_compat: compat }) }),
    () => {
      tell('Saved.');
      reload();
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
      <TextField label="Operations URL" value={url} set={setUrl} placeholder="https://ops.example.com/wrapup" hint="Is told by signed webhooks when an endpoint is disabled or recovers, and when a delivery is given up" />
      <Check2 label="Also send the header HTTP_SYNTHFLOW_SIGNATURE, for receivers that look for that name" checked={compat} set={setCompat} />
      <Problem error={error} />
      <div>
        <button class="button primary" disabled={busy}>
          Save
        </button>
      </div>
    </form>
  );
}

function ModelForm({ before, reload }: { before: Workspace; reload: () => void }) {
  const [url, setUrl] = useState(before.model?.base_url ?? '');
  const [model, setModel] = useState(before.model?.model ?? '');
  const [key, setKey] = useState('');
  const [save, busy, error] = useAct(
    () => put('/v2/workspace', { model: { base_url: url || null, model: model || null, ...(key && { api_key: key }) } }),
    () => {
      tell('Saved.');
      setKey('');
      reload();
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
      <TextField label="Base URL" value={url} set={setUrl} placeholder="https://models.example.com/v1" hint="Of a server that speaks the OpenAI protocol; empty: the one of the server's configuration" />
      <TextField label="Model" value={model} set={setModel} placeholder="small-instruct" hint="Its name there; empty: the one of the server's configuration, or rules alone where there is none" />
      <TextField label="API key" value={key} set={setKey} type="password" hint={before.model?.has_key ? 'There is one, kept sealed and never shown; empty: it stays' : 'There is none; it is kept sealed and never shown again'} />
      <Problem error={error} />
      <div>
        <button class="button primary" disabled={busy}>
          Save
        </button>
      </div>
    </form>
  );
}

const said = (use: Workspace['model_use_today'][number]) => (
  <div key={use.model}>
    <Foreign text={use.model} />: {count(use.requests)} requests, {count(use.prompt_tokens)} tokens sent, {count(use.completion_tokens)} received
  </div>
);

function ModelCard() {
  const { data, error, reload } = useLoad('workspace-model', () => get<Workspace>('/v2/workspace'));
  return (
    <Card title="Model">
      {needsAdmin(error) ? <NotAllowed what="The model" /> : <Problem error={error} retry={reload} />}
      {!data && !error && <LoadingRows rows={3} />}
      {data && (
        <div class="stack">
          <Facts facts={[['Asked today', data.model_use_today.length ? data.model_use_today.map(said) : 'no model']]} />
          <ModelForm before={data} reload={reload} />
        </div>
      )}
    </Card>
  );
}

function ThisWorkspace() {
  const { data, error, reload } = useLoad('workspace', () => get<Workspace>('/v2/workspace'));
  return (
    <Card title="This workspace">
      {needsAdmin(error) ? <NotAllowed what="Settings" /> : <Problem error={error} retry={reload} />}
      {!data && !error && <LoadingRows rows={3} />}
      {data && (
        <div class="stack">
          <Facts facts={[['Workspace', <Id id={data.workspace_id} />], ['Logged in with', session.value?.key_name || 'a key without a name'], ['It may', session.value?.scopes.join(', ')]]} />
          <WorkspaceForm before={data} reload={reload} />
        </div>
      )}
    </Card>
  );
}

interface Made {
  workspace_id: string;
  key: string;
  signing_secret: string;
}

function NewWorkspace({ close }: { close: () => void }) {
  const [id, setId] = useState('');
  const [made, setMade] = useState<Made>();
  const [run, busy, error] = useAct(() => post<Made>('/v2/workspaces', { workspace_id: id }), setMade);
  return (
    <Dialog title="New workspace" close={close}>
      {made ? (
        <div class="stack">
          <Notice tone="warn">Both are shown only now.</Notice>
          <h3>API key</h3>
          <Code text={made.key} label="The key of the workspace" />
          <h3>Signing secret</h3>
          <Code text={made.signing_secret} label="The signing secret of the workspace" />
          <div class="dialog-acts">
            <button type="button" class="button primary" onClick={close}>
              I have them
            </button>
          </div>
        </div>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <TextField label="Name" value={id} set={setId} required placeholder="northlight" />
          <Problem error={error} />
          <div class="dialog-acts">
            <button class="button primary" disabled={busy || !id}>
              Make it
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Workspaces() {
  const [offset, setOffset] = useState(0);
  const { data, error, reload } = useLoad(`workspaces ${offset}`, () => get<{ workspaces: { workspace_id: string; created_at: string; live_keys: number }[]; pagination: Pagination }>('/v2/workspaces', { limit: 25, offset }));
  const [making, setMaking] = useState(false);
  return (
    <Card
      title="Workspaces"
      pad={false}
      acts={
        data && (
          <button type="button" class="button small" onClick={() => setMaking(true)}>
            <Plus size={14} aria-hidden /> New workspace
          </button>
        )
      }
    >
      {needsAdmin(error) ? (
        <Empty title="For the operator">
          <p>Whoever has an admin key of the workspace “default” sees and makes workspaces. Workspaces see nothing of each other.</p>
        </Empty>
      ) : (
        error && <div class="card-body"><Problem error={error} retry={reload} /></div>
      )}
      {!data && !error && <LoadingRows rows={2} />}
      {data && (
        <>
          <table>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col" class="fit right">
                  Live keys
                </th>
                <th scope="col" class="fit right">
                  Made
                </th>
              </tr>
            </thead>
            <tbody>
              {data.workspaces.map((one) => (
                <tr key={one.workspace_id}>
                  <td>
                    {one.workspace_id} {one.workspace_id === session.value?.workspace_id && <Badge tone="info">this one</Badge>}
                  </td>
                  <td class="fit right num">{count(one.live_keys)}</td>
                  <td class="fit right muted">
                    <Time at={one.created_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          <Pager page={offset / 25 + 1} total={data.pagination.total_records} shown={data.workspaces.length} next={offset + 25 < data.pagination.total_records ? 'more' : null} previous={() => setOffset(offset - 25)} toNext={() => setOffset(offset + 25)} />
        </>
      )}
      {making && (
        <NewWorkspace
          close={() => {
            setMaking(false);
            reload();
          }}
        />
      )}
    </Card>
  );
}

interface Entry {
  audit_id: string;
  at: string;
  act: string;
  object_id: string;
  key_id: string | null;
  via: string;
}

function Audit() {
  const [act, setAct] = useState('');
  const pages = usePages(act);
  const { data, error, reload } = useLoad(`audit ${act} ${pages.cursor}`, () => get<{ entries: Entry[]; pagination: Pagination }>('/v2/audit', { limit: 20, cursor: pages.cursor, act }));
  const acts = ['agent.create', 'agent.change', 'agent.delete', 'action.create', 'action.change', 'action.delete', 'endpoint.change', 'endpoint.pause', 'endpoint.resume', 'log.replay', 'replay.create', 'secret.create', 'secret.rotate', 'secret.revoke', 'key.create', 'key.revoke', 'workspace.create', 'workspace.change'];
  return (
    <Card title="Audit log" note="every change by an admin key" pad={false}>
      {needsAdmin(error) ? <NotAllowed what="Entries" /> : error && <div class="card-body"><Problem error={error} retry={reload} /></div>}
      {!data && !error && <LoadingRows rows={5} />}
      {data && (
        <>
          <div class="filters">
            <select class="select" aria-label="What was done" value={act} onChange={(e) => setAct(e.currentTarget.value)}>
              <option value="">Anything done</option>
              {acts.map((one) => (
                <option>{one}</option>
              ))}
            </select>
          </div>
          {data.entries.length ? (
            <div class="table-wrap">
              <table>
                <thead>
                  <tr>
                    <th scope="col" class="fit">
                      What
                    </th>
                    <th scope="col">On</th>
                    <th scope="col" class="p2">
                      By
                    </th>
                    <th scope="col" class="fit right">
                      When
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {data.entries.map((entry) => (
                    <tr key={entry.audit_id}>
                      <td class="fit">{entry.act}</td>
                      <td class="wide-text">
                        <span class="clip mono" title={entry.object_id}>
                          {entry.object_id}
                        </span>
                      </td>
                      <td class="p2 muted">{entry.key_id ? <span class="mono">…{entry.key_id.slice(-8)}</span> : 'command line'}</td>
                      <td class="fit right muted">
                        <Time at={entry.at} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          ) : (
            <Empty title="Nothing was changed yet">
              <p>Changes of agents, actions, endpoints, secrets, keys and settings are written down here, with the key that made them.</p>
            </Empty>
          )}
          <Pager page={pages.page} total={data.pagination.total_records} shown={data.entries.length} next={data.pagination.next_cursor} previous={pages.previous} toNext={pages.next} />
        </>
      )}
    </Card>
  );
}

function ServerCard() {
  const { data } = useLoad('about', async () => (await fetch('/healthz')).json() as Promise<{ version: string }>);
  return (
    <Card title="Server">
      <div class="stack">
        <Facts facts={[['Version', data?.version], ['Address', location.origin]]} />
        <p class="muted small">
          Its settings are in its configuration: <code>wrapup config print</code> shows every one as it is in effect. <a href="/metrics">Metrics</a> and the <a href="/openapi.json">API as OpenAPI</a> are open to anyone who reaches this address. The console is made with <a href="/assets/licenses.txt">the work of others</a>.
        </p>
      </div>
    </Card>
  );
}

type Tab = 'workspace' | 'keys' | 'workspaces' | 'audit';

export function SettingsPage() {
  const [tab, setTab] = useState<Tab>('workspace');
  return (
    <Page title="Settings">
      <Tabs<Tab>
        label="Settings"
        chosen={tab}
        choose={setTab}
        tabs={[
          { id: 'workspace', title: 'Workspace' },
          { id: 'keys', title: 'API keys' },
          { id: 'workspaces', title: 'Workspaces' },
          { id: 'audit', title: 'Audit log' },
        ]}
      />
      <TabPanel id={tab}>
        {tab === 'workspace' && (
          <div class="stack">
            <ThisWorkspace />
            <ModelCard />
            <ServerCard />
          </div>
        )}
        {tab === 'keys' && <Keys />}
        {tab === 'workspaces' && <Workspaces />}
        {tab === 'audit' && <Audit />}
      </TabPanel>
    </Page>
  );
}
