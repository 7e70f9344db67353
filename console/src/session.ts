// Who is logged in: a cookie of the server, never readable here.
import { signal } from '@preact/signals';
import { ApiError, post, remove, request, whenSignedOut } from './api';
import { closeLive, openLive } from './live';

export interface Session {
  workspace_id: string;
  key_id: string;
  key_name: string;
  scopes: string[];
}

/** undefined: not known yet; null: nobody. */
export const session = signal<Session | null | undefined>(undefined);

function entered(found: Session) {
  session.value = found;
  openLive();
}

function left() {
  closeLive();
  session.value = null;
}

whenSignedOut(left);

export async function readSession() {
  try {
    entered((await request<{ response: Session }>('GET', '/v2/session')).response);
  } catch (error) {
    left();
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
}

export async function logIn(key: string) {
  entered(await post<Session>('/v2/session', { key }));
}

export async function logOut() {
  await remove('/v2/session').catch(() => {});
  left();
}
