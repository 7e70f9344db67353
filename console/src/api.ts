// The one door to the server. A failed request becomes an ApiError with the server's own words, which say what would be right.

export interface FieldError {
  path: string;
  message: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly errors: FieldError[] = [],
    readonly requestId = '',
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export function withQuery(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (pairs.length === 0) return path;
  return `${path}?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}`;
}

/** Called when the server no longer knows the session. */
let onSignedOut = () => {};
export const whenSignedOut = (act: () => void) => (onSignedOut = act);

async function send(method: string, path: string, body?: unknown): Promise<Response> {
  const headers: Record<string, string> = {};
  if (method !== 'GET') headers['X-Wrapup-Console'] = '1';
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new ApiError(0, 'unreachable', 'The server does not answer. Is wrapup still running, and this machine online?');
  }
}

async function problemOf(reply: Response): Promise<ApiError> {
  const parsed = await reply.json().catch(() => null);
  const detail = parsed?.detail ?? {};
  const words = detail.description ?? `The server answered ${reply.status} without saying why.`;
  return new ApiError(reply.status, detail.code ?? 'unknown', words, detail.errors ?? [], detail.request_id ?? '');
}

/** The whole answer; most callers want `get`, `post`… */
export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const reply = await send(method, path, body);
  if (!reply.ok) {
    const problem = await problemOf(reply);
    if (reply.status === 401 && path !== '/v2/session') onSignedOut();
    throw problem;
  }
  return reply.status === 204 ? (undefined as T) : ((await reply.json()) as T);
}

interface Envelope<T> {
  response: T;
}

const unwrap = async <T>(answer: Promise<Envelope<T>>): Promise<T> => (await answer)?.response;

export const get = <T>(path: string, query?: Query) => unwrap(request<Envelope<T>>('GET', withQuery(path, query)));
export const post = <T>(path: string, body: unknown = {}) => unwrap(request<Envelope<T>>('POST', path, body));
export const put = <T>(path: string, body: unknown) => unwrap(request<Envelope<T>>('PUT', path, body));
export const remove = <T>(path: string) => unwrap(request<Envelope<T>>('DELETE', path));

/** For what may not be there: null instead of a 404. */
export async function getOrNull<T>(path: string, query?: Query): Promise<T | null> {
  try {
    return await get<T>(path, query);
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.code === 'invalid_id')) return null;
    throw error;
  }
}
