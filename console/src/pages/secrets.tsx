// The secrets that webhooks are signed with. A secret is shown once, when it is made.
import { useState } from 'preact/hooks';
import { Plus, RotateCw } from 'lucide-preact';
import { get, post, remove } from '../api';
import { Foreign } from '../foreign';
import { useLoad } from '../hooks';
import type { Pagination, Secret } from '../types';
import { Badge, Card, Code, Confirm, Dialog, Empty, Id, LoadingRows, Notice, Page, Pager, Problem, SelectField, tell, TextField, Time, useAct, type Tone } from '../ui';

interface Made {
  secret_id: string;
  kind: string;
  secret: string | null;
  public_key: string | null;
  rotated?: { secret_id: string; expires_at: string };
}

function Shown({ made, close }: { made: Made; close: () => void }) {
  return (
    <div class="stack" data-test="new-secret">
      <Notice tone="warn">This is shown only now. Put it where your receiver reads its secret before you close this.</Notice>
      <Code text={made.secret ?? ''} label="The new secret" />
      {made.public_key && (
        <>
          <p class="muted">Receivers verify with the public key:</p>
          <Code text={made.public_key} label="The public key" />
        </>
      )}
      {made.rotated && (
        <p class="muted">
          Until <Time at={made.rotated.expires_at} /> the old one signs too, so a receiver that knows either takes every webhook.
        </p>
      )}
      <div class="dialog-acts">
        <button type="button" class="button primary" onClick={close}>
          I have it
        </button>
      </div>
    </div>
  );
}

function NewSecret({ close }: { close: () => void }) {
  const [kind, setKind] = useState('hmac');
  const [name, setName] = useState('');
  const [made, setMade] = useState<Made>();
  const [run, busy, error] = useAct(() => post<Made>('/v2/webhook-secrets', { kind, ...(name && { name }) }), setMade);
  return (
    <Dialog title="New signing secret" close={close}>
      {made ? (
        <Shown made={made} close={close} />
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <SelectField
            label="Kind"
            value={kind}
            set={setKind}
            options={[
              ['hmac', 'Shared secret (HMAC-SHA256, v1)'],
              ['ed25519', 'Key pair (Ed25519, v1a)'],
            ]}
            hint={kind === 'hmac' ? 'What nearly every receiver uses' : 'Receivers need only the public key'}
          />
          <TextField label="Name" value={name} set={setName} hint="To tell them apart" />
          <p class="muted small">Every live secret signs every webhook; making one breaks no receiver.</p>
          <Problem error={error} />
          <div class="dialog-acts">
            <button class="button primary" disabled={busy}>
              Make it
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Rotate({ secret, close }: { secret: Secret; close: () => void }) {
  const [overlap, setOverlap] = useState('24h');
  const [made, setMade] = useState<Made>();
  const [run, busy, error] = useAct(() => post<Made>(`/v2/webhook-secrets/${secret.secret_id}/rotate`, { overlap }), setMade);
  return (
    <Dialog title="Rotate this secret" close={close}>
      {made ? (
        <Shown made={made} close={close} />
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <p class="muted">A new secret takes its place. For a time both sign, so that receivers can change over without missing one.</p>
          <SelectField
            label="The old one goes on signing for"
            value={overlap}
            set={setOverlap}
            options={[
              ['0s', 'No time: it is known to others'],
              ['1h', '1 hour'],
              ['24h', '24 hours'],
              ['7d', '7 days'],
              ['30d', '30 days'],
            ]}
          />
          <Problem error={error} />
          <div class="dialog-acts">
            <button class="button primary" disabled={busy} data-test="rotate-now">
              Rotate
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

const tones: Record<Secret['state'], Tone> = { live: 'good', expiring: 'warn', expired: '', revoked: 'bad' };

export function Secrets() {
  const [offset, setOffset] = useState(0);
  const { data, error, loading, reload } = useLoad(`secrets ${offset}`, () => get<{ secrets: Secret[]; pagination: Pagination }>('/v2/webhook-secrets', { limit: 25, offset }));
  const [asking, setAsking] = useState<{ what: 'new' | 'rotate' | 'revoke'; secret?: Secret }>();
  const close = () => {
    setAsking(undefined);
    reload();
  };
  return (
    <Page
      title="Secrets"
      about="Every live secret signs every webhook, by Standard Webhooks 1.0.0 and by the call-id form of the original."
      acts={
        <button type="button" class="button" onClick={() => setAsking({ what: 'new' })}>
          <Plus size={15} aria-hidden /> New secret
        </button>
      }
    >
      <Card pad={false}>
        {error && (
          <div class="card-body">
            <Problem error={error} retry={reload} />
          </div>
        )}
        {!data && loading && <LoadingRows rows={3} />}
        {data &&
          (data.secrets.length ? (
            <>
              <div class="table-wrap">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col" class="fit">
                        State
                      </th>
                      <th scope="col" class="fit p2">
                        Kind
                      </th>
                      <th scope="col" class="fit p3">
                        Id
                      </th>
                      <th scope="col" class="fit right p2">
                        Made
                      </th>
                      <th scope="col" class="fit">
                        <span class="sr-only">What to do</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {data.secrets.map((secret) => (
                      <tr key={secret.secret_id}>
                        <td>
                          {secret.name ? <Foreign text={secret.name} max={100} /> : <span class="muted">Without a name</span>}
                          {secret.state === 'expiring' && (
                            <span class="cell-sub">
                              signs until <Time at={secret.expires_at} />
                            </span>
                          )}
                        </td>
                        <td class="fit">
                          <Badge tone={tones[secret.state]}>{secret.state}</Badge>
                        </td>
                        <td class="fit p2 muted">{secret.kind === 'hmac' ? 'shared secret' : 'key pair'}</td>
                        <td class="fit p3">
                          <Id id={secret.secret_id} short />
                        </td>
                        <td class="fit right p2 muted">
                          <Time at={secret.created_at} />
                        </td>
                        <td class="fit right">
                          {secret.state === 'live' && (
                            <button type="button" class="button small" onClick={() => setAsking({ what: 'rotate', secret })} data-test="rotate">
                              <RotateCw size={14} aria-hidden /> Rotate
                            </button>
                          )}{' '}
                          {(secret.state === 'live' || secret.state === 'expiring') && (
                            <button type="button" class="button small danger" onClick={() => setAsking({ what: 'revoke', secret })}>
                              Revoke
                            </button>
                          )}
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
              <Pager page={offset / 25 + 1} total={data.pagination.total_records} shown={data.secrets.length} next={offset + 25 < data.pagination.total_records ? 'more' : null} previous={() => setOffset(offset - 25)} toNext={() => setOffset(offset + 25)} />
            </>
          ) : (
            <Empty title="No secrets">
              <p>Make one; webhooks are signed from then on.</p>
            </Empty>
          ))}
      </Card>
      <div class="verify-hint">
        <Card title="Check a signature">
          <div class="stack">
            <p class="muted">A receiver checks the headers webhook-id, webhook-timestamp and webhook-signature with any Standard Webhooks library. By hand, with headers and body kept in files:</p>
            <Code label="Check a signature" text="wrapup verify --secret whsec_… --headers headers.json --body body.json" />
          </div>
        </Card>
      </div>
      {asking?.what === 'new' && <NewSecret close={close} />}
      {asking?.what === 'rotate' && asking.secret && <Rotate secret={asking.secret} close={close} />}
      {asking?.what === 'revoke' && asking.secret && (
        <Confirm
          title="Revoke this secret?"
          words="It stops signing at once, and that cannot be undone. A receiver that knows only this one refuses what comes next."
          label="Revoke it"
          act={() => remove(`/v2/webhook-secrets/${asking.secret!.secret_id}`)}
          done={() => tell('Revoked.')}
          close={close}
        />
      )}
    </Page>
  );
}
