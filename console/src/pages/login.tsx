// Logging in with an API key; for a new user also where to find one.
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import icon from '../icon.svg';
import { ApiError } from '../api';
import { logIn } from '../session';
import { Code, Problem, TextField, useAct } from '../ui';

export function Login({ problem }: { problem?: ComponentChildren }) {
  const [key, setKey] = useState('');
  const [enter, busy, error] = useAct(() => logIn(key.trim()));
  const wrongKey = error instanceof ApiError && error.status === 401;
  useEffect(() => {
    document.title = 'Log in · wrapup';
  }, []);
  return (
    <main class="login">
      <div>
        <div class="brand">
          <img src={icon} alt="" /> wrapup
        </div>
        <div class="card">
          <h1>Log in</h1>
          <p class="muted">With an API key of the workspace that you want to see.</p>
          <form
            class="stack"
            onSubmit={(event) => {
              event.preventDefault();
              enter();
            }}
          >
            <TextField label="API key" type="password" value={key} set={setKey} required wrong={wrongKey ? 'No workspace has this key, or it was revoked. Check that all of it was copied.' : undefined} />
            {!wrongKey && <Problem error={error} />}
            {problem}
            <button class="button primary" disabled={busy || !key.trim()}>
              {busy ? 'Logging in…' : 'Log in'}
            </button>
          </form>
          <details>
            <summary>Where is my key?</summary>
            <p>The first start of the server made one and printed it once, in a line that begins with “API key”. Look at where you ran it:</p>
            <Code text="wrapup serve --data ./data" />
            <p>If it was started with a key of your own, that is the one. If it is lost, make another on the machine of the server; the server may go on running:</p>
            <Code text="wrapup key create --data ./data" />
          </details>
        </div>
      </div>
    </main>
  );
}
