// Makes agents, calls and reports with sensible fields, so that a test says only what matters to it. People and numbers are invented.
import crypto from 'node:crypto';

export const yesNo = (identifier, description) => ({ INFORMATION_EXTRACTOR: { YES_NO: { identifier, description } } });
export const choice = (identifier, description, choices) => ({
  INFORMATION_EXTRACTOR: { SINGLE_CHOICE: { identifier, description, choices } },
});
export const open = (identifier, description, examples = []) => ({
  INFORMATION_EXTRACTOR: { OPEN_QUESTION: { identifier, description, examples } },
});
export const evaluation = (identifier, text, category, expected_result) => ({
  CUSTOM_EVAL: { question: { identifier, text, category, expected_result } },
});

/** An action as it stands in an agent's `actions`. */
export function inline(action) {
  const type = Object.keys(action)[0];
  const inner = Object.values(action[type])[0];
  const name = `${type === 'CUSTOM_EVAL' ? 'custom_eval' : 'info_extractor'}_${inner.identifier}`;
  return { type, name, ...action };
}

export function agentBody({ agent = {}, actions = [], ...rest } = {}) {
  const body = {
    type: 'outbound',
    name: 'Bike service desk',
    agent: { prompt: 'You arrange bike pickups for Northlight Cycles.', timezone: 'Europe/Berlin', ...agent },
    ...rest,
  };
  if (actions.length) body.actions = actions.map(inline);
  return body;
}

/** Makes an agent and returns its id. */
export async function makeAgent(api, options) {
  return (await api.post('/v2/assistants', agentBody(options))).ok().model_id;
}

/** An agent whose calls wait for reports: nothing dials. */
export const makeSilentAgent = (api, { agent = {}, ...rest } = {}) =>
  makeAgent(api, { agent: { engine: 'none', ...agent }, ...rest });

export const transcript = [
  {
    role: 'bot',
    text: 'Hello, this is Mika from Northlight Cycles. Is this a good moment?',
    start_ms: 400,
    end_ms: 3900,
  },
  { role: 'human', text: 'Yes, go ahead.', start_ms: 4300, end_ms: 5200 },
  { role: 'bot', text: 'Would you like us to collect your bike for its service?', start_ms: 5600, end_ms: 8400 },
  { role: 'human', text: 'Yes please, Thursday morning. The rear brake squeals.', start_ms: 9000, end_ms: 12600 },
  { role: 'bot', text: 'Noted, Thursday morning it is. Have a good day. Goodbye!', start_ms: 13000, end_ms: 16500 },
  { role: 'human', text: 'Thanks, bye.', start_ms: 16900, end_ms: 17800 },
];

/** The transcript as it stands in the payload. */
export const asText = (turns) => turns.map((turn) => `\n${turn.role}: ${turn.text}`).join('');

/** A finished call, as POST /v2/calls/report takes it. Undefined fields are left out. */
export function report(model_id, url, more = {}) {
  return {
    model_id,
    phone: '+15550134477',
    name: 'Ilse Varga',
    from_phone_number: '+15550100199',
    external_id: crypto.randomUUID(),
    external_webhook_url: url,
    type_of_call: 'outbound',
    status: 'completed',
    started_at: '2026-03-11T14:20:00.000Z',
    answered_at: '2026-03-11T14:20:07.000Z',
    ended_at: '2026-03-11T14:21:42.300Z',
    transcript,
    ...more,
  };
}

/** Reports a finished call and returns its id. */
export async function reportCall(api, model_id, url, more) {
  return (await api.post('/v2/calls/report', report(model_id, url, more))).ok().call_id;
}

/** Starts a call and returns its id. */
export async function startCall(api, model_id, url, more = {}) {
  const body = { model_id, phone: '+15550134477', name: 'Ilse Varga', external_webhook_url: url, ...more };
  return (await api.post('/v2/calls', body)).ok().call_id;
}

/** The record of a call. */
export async function getCall(api, id) {
  const response = (await api.get(`/v2/calls/${id}`)).ok();
  return response.calls[0];
}

/** Log rows of a call, first attempt first. The row is written just after the receiver answered, so `atLeast` are waited for. */
export async function logsOf(api, callId, atLeast = 1) {
  let response;
  for (let tries = 0; tries < 500; ++tries) {
    response = (await api.get(`/v2/logs?call_id=${callId}&page_size=100`)).ok();
    if (response.items.length >= atLeast) break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const details = [];
  for (const item of response.items) details.push(await logDetail(api, item.webhook_log_id));
  return details.sort((a, b) => a.attempt_number - b.attempt_number);
}

/** One log row with everything in it; `raw` is the text of the answer. */
export async function logDetail(api, id) {
  const reply = await api.get(`/v2/logs/${id}`);
  const detail = reply.ok();
  Object.defineProperty(detail, 'raw', { value: reply.text, enumerable: false });
  return detail;
}

/** Whether the log shows the body byte for byte: as a string, or as it is inside the answer. */
export function showsBody(detail, body) {
  const text = body.toString('utf8');
  return (
    detail.request_payload === text ||
    (typeof detail.request_payload === 'object' && detail.raw.includes(`"request_payload":${text}`))
  );
}

/** Events of a whole conversation that began at `t` (epoch ms) and took just over a second. */
export function conversation(t) {
  const iso = (ms) => new Date(t + ms).toISOString();
  return [
    { id: 'ring', type: 'ringing', at: iso(0) },
    { id: 'up', type: 'answered', at: iso(50), by: 'human' },
    {
      id: 't0',
      type: 'turn',
      at: iso(100),
      role: 'bot',
      text: 'Hello, this is Mika from Northlight Cycles.',
      start_ms: 50,
      end_ms: 90,
    },
    {
      id: 't1',
      type: 'turn',
      at: iso(300),
      role: 'human',
      text: 'Please collect\nmy bike on Thursday.',
      start_ms: 250,
      end_ms: 290,
    },
    { id: 'v', type: 'variable', at: t + 400, name: 'pickup_day', value: 'Thursday', collected: true },
    { id: 't2', type: 'turn', at: iso(600), role: 'bot', text: 'Noted. Goodbye!', start_ms: 550, end_ms: 590 },
    { id: 't3', type: 'turn', at: iso(800), role: 'human', text: 'Bye.', start_ms: 750, end_ms: 790 },
    { id: 'rec', type: 'recording', at: iso(1000), url: 'https://recordings.example.com/rec/1.mp3' },
    { id: 'end', type: 'ended', at: iso(1150), status: 'completed', hung_up_by: 'human' },
  ];
}
