// What the API answers, as far as the console reads it; docs/openapi.yaml has all of it.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface Pagination {
  total_records: number;
  total_exact?: boolean; // false: there are at least so many
  limit: number;
  offset: number;
  next_cursor: string | null;
}

export interface ActionResult {
  name: string;
  action_type: string;
  description: string;
  parameters_hard_coded: string | Record<string, Json>;
  error_message: string | null;
  return_value: string | Record<string, Json>;
  evidence?: { turn: number; quote: string } | null;
  confidence?: number | null;
  evaluator?: string;
  passed?: boolean | null;
}

export interface CallEvent {
  id: string;
  type: string;
  at: string | number;
  [key: string]: Json | undefined;
}

export interface Call {
  call_id: string;
  model_id: string;
  assistant_version: number;
  status: string;
  duration: number;
  end_call_reason: string;
  custom_end_call_reason: string | null;
  engine_end_reason: string | null;
  error_message: string;
  name: string;
  lead_phone_number: string;
  lead_email: string | null;
  lead_timezone: string | null;
  prompt_variables: Record<string, string>;
  metadata: Record<string, Json>;
  external_id: string | null;
  type_of_call: string;
  phone_number_from: string;
  phone_number_to: string;
  timezone: string;
  start_time: string;
  created_at: string;
  telephony_start: string | null;
  telephony_end: string | null;
  telephony_duration: number;
  telephony_ringing_duration: number;
  telephony_hangup: string | null;
  transcript: string;
  recording_url: string | null;
  judge_results: Record<string, string | null> | null;
  executed_actions: Record<string, ActionResult>;
  collected_variables: Record<string, { value: Json; collected: boolean }>;
  warnings: string[];
  external_webhook_url: string | null;
  revision: number;
  timeline?: CallEvent[];
}

export interface Attempt {
  webhook_log_id: string;
  request_timestamp: string;
  model_id: string;
  call_id: string;
  webhook_id: string;
  delivery_id: string;
  endpoint_id: string;
  webhook_url: string;
  status: string;
  response_status_code: number | null;
  event_type: string;
  attempt_number: number;
  duration_ms: number;
  error_class: string;
  maybe_delivered: boolean;
}

export interface AttemptDetail extends Attempt {
  revision: number;
  request_headers: Record<string, string>;
  request_payload: string | Record<string, Json>;
  response_headers: Record<string, string>;
  response_payload: string;
  response_truncated: boolean;
  response_timestamp: string;
  response_ttfb_ms: number;
  response_size_total: number;
  response_size_body: number;
  error_message: string | null;
  address: string;
  tls_version: string;
  timings_us: { dns?: number; connect?: number; tls?: number; first_byte?: number; total?: number };
}

export interface EndpointAnswer {
  [key: string]: Json;
}

export interface Endpoint {
  endpoint_id: string;
  url: string;
  name: string | null;
  state: 'active' | 'paused' | 'disabled';
  state_reason: string;
  state_since: string | null;
  circuit: { state: string; failures_in_a_row: number; failing_since: string | null; next_probe_at: string | null };
  held_until: string | null;
  pending: number;
  oldest_due_at: string | null;
  last_answers: EndpointAnswer[];
  preset: string | null;
  rate_limits: { count: number; per: string }[] | null;
  concurrency: number | null;
  retry: { schedule?: string[]; short_schedule?: string[]; max_age?: string } | null;
  connect_timeout: string | null;
  timeout: string | null;
  disable_after: string | null;
  headers: { name: string; value: string; secret: boolean }[] | null;
  tls: { ca?: string; certificate?: string; key?: string } | null;
  created_at: string;
}

export interface Secret {
  secret_id: string;
  kind: 'hmac' | 'ed25519';
  name: string;
  state: 'live' | 'expiring' | 'expired' | 'revoked';
  public_key: string | null;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

export interface Activity {
  from_date: string;
  to_date: string;
  step: number;
  calls: number[];
  delivered: number[];
  failed: number[];
  call_status_stat: Record<string, number>;
  end_call_reason_stat: Record<string, number>;
  hang_up_to_delivered_ms: { count: number; p50: number | null; p95: number | null };
}

export interface InboxAnswer {
  status?: number;
  delay_ms?: number;
  headers?: Record<string, string>;
  body?: string;
  times?: number | null;
}

export interface Inbox {
  token: string;
  url: string;
  name: string;
  created_at: string;
  answer: InboxAnswer | null;
  answers_left: number | null;
  requests: number;
  bytes: number;
  last_at: string | null;
  relayed: boolean;
}

export interface InboxRequest {
  id: string;
  token: string;
  at: string;
  method: string;
  path: string;
  query: string;
  peer: string;
  size: number;
  answered: number | null;
  signature: { verdict?: string; webhook_signature?: string; call_id_signature?: string; secret_id?: string | null } | null;
  headers: Record<string, string>;
  body: string;
  body_encoding: string;
  body_truncated: boolean;
}

export interface Change {
  path: string;
  old?: Json;
  new?: Json;
}

/** A stage that ran for a revision; of a model also what it used. */
export interface StageRun {
  stage: string;
  micros: number;
  error: string | null;
  [key: string]: Json | undefined;
}

export interface Revision {
  revision: number;
  webhook_id: string;
  created_at: string;
  complete: boolean | null;
  missing: string[] | null;
  stages: StageRun[];
  changes: Change[] | null;
}
