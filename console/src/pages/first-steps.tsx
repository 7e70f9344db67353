// What a new server shows in place of empty charts: the way to a first webhook, each step a click or a line to paste.
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { post } from '../api';
import { Card, Code, Page, Problem, useAct } from '../ui';

interface Made {
  url: string;
  token: string;
}

const agent = {
  type: 'outbound',
  name: 'Front desk',
  agent: {
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'Europe/Berlin',
    prompt: 'You arrange bike pickups for Northlight Cycles.',
    scenario: [
      { role: 'bot', text: 'Hello, this is Mika from Northlight Cycles. Is this a good moment?' },
      { role: 'human', text: 'Yes, go ahead.' },
      { role: 'bot', text: 'Would you like us to collect your bike for its service? Tuesday 3 pm or Thursday 10 am would be free.' },
      { role: 'human', text: 'Yes please, Thursday at 10 works. The rear brake squeals.' },
      { role: 'bot', text: 'Noted, Thursday 10 am. Have a good day. Goodbye!' },
      { role: 'human', text: 'Great, thanks. Bye.' },
    ],
  },
  actions: [
    { INFORMATION_EXTRACTOR: { YES_NO: { identifier: 'wants_pickup', description: 'Does the customer want the bike to be collected?' } } },
    { INFORMATION_EXTRACTOR: { SINGLE_CHOICE: { identifier: 'slot', description: 'Which time did the customer choose?', choices: ['Tuesday 3 pm', 'Thursday 10 am'] } } },
    { INFORMATION_EXTRACTOR: { OPEN_QUESTION: { identifier: 'fault', description: 'What is broken?' } } },
  ],
};

/** An agent with three questions, an inbox that receives, and a simulated call between them. */
async function tryIt(): Promise<string> {
  const inbox = await post<Made>('/v2/inboxes', {});
  const made = await post<{ model_id: string }>('/v2/assistants', agent);
  const call = await post<{ call_id: string }>('/v2/calls', { model_id: made.model_id, phone: '+15550100123', name: 'Ilse Varga', external_webhook_url: inbox.url });
  return call.call_id;
}

export function FirstSteps() {
  const [, go] = useLocation();
  const [shown, setShown] = useState(false);
  const [run, busy, error] = useAct(tryIt, (id) => go(`/calls/${id}`));
  const origin = location.origin;
  return (
    <Page title="Welcome" about="No call has come in yet. Here is how the first one becomes a webhook.">
      <div class="stack">
        <Card title="See it work">
          <div class="stack">
            <p class="muted">
              One click makes a sample agent that asks three questions of every call, an inbox that receives its webhooks, and a simulated call. You then watch the call, what was found in it, and the webhook that came of it.
            </p>
            <Problem error={error} />
            <div class="row">
              <button type="button" class="button primary" onClick={run} disabled={busy} data-test="try-it">
                {busy ? 'Placing the call…' : 'Place a sample call'}
              </button>
            </div>
          </div>
        </Card>
        <Card title="Or connect your own">
          <ol class="steps">
            <li>
              <h3>Say what you want to know</h3>
              <p>
                <Link href="/agents/new">Make an agent</Link>: its questions are asked of every call, and its webhook URL is where the answers go.
              </p>
            </li>
            <li>
              <h3>Have somewhere to send to</h3>
              <p>
                Your own URL; or <Link href="/inboxes">an inbox</Link>, which shows what arrives and answers as you tell it.
              </p>
            </li>
            <li>
              <h3>Report a call, or place a simulated one</h3>
              <p>A call made by your voice engine is reported in one request once it has ended:</p>
              <Code
                label="A report of a finished call"
                text={`curl -X POST ${origin}/v2/calls/report \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"model_id": "ID OF YOUR AGENT", "phone": "+15550100123", "name": "Ilse Varga",
       "external_webhook_url": "https://receiver.example.com/hook", "status": "completed",
       "started_at": "2026-01-20T10:00:00Z", "ended_at": "2026-01-20T10:01:20Z",
       "transcript": "bot: Hello!\\nhuman: Please collect my bike on Thursday."}'`}
              />
              {!shown ? (
                <p>
                  <button type="button" class="link" onClick={() => setShown(true)}>
                    Show how to place a simulated one
                  </button>
                </p>
              ) : (
                <Code
                  label="A simulated call"
                  text={`curl -X POST ${origin}/v2/calls \\
  -H "Authorization: Bearer $WRAPUP_KEY" -H "Content-Type: application/json" \\
  -d '{"model_id": "ID OF YOUR AGENT", "phone": "+15550100123", "name": "Ilse Varga"}'`}
                />
              )}
            </li>
          </ol>
        </Card>
      </div>
    </Page>
  );
}
