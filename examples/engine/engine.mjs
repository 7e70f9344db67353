// An engine of one's own, whole: wrapup hands it calls by the webhook `call.requested`, it makes them, and reports what
// happens. This one talks to nobody: replace `converse` by your telephony. Node 18, no modules.
//
//   WRAPUP_URL=http://127.0.0.1:8787 WRAPUP_KEY=wk_… (scope events:write) WRAPUP_SECRET=whsec_… PORT=9100 node engine.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

/** Whether a webhook is from wrapup and fresh: https://www.standardwebhooks.com. `body` is the Buffer that came. */
export function isGenuine(headers, body, secret, now = Date.now()) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(now / 1000 - Number(timestamp)) < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const wanted = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  return signatures.split(' ').some((each) => {
    const given = Buffer.from(each.replace(/^v1,/, ''), 'base64');
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
}

/** The conversation, as it happens: yields events without `id` and `at`. */
async function* converse({ name, greeting, phone, custom_variables }) {
  yield { type: 'ringing' };
  await sleep(100);
  yield { type: 'answered', by: 'human' };
  yield { type: 'turn', role: 'bot', text: greeting ?? `Hello ${name}, is this a good moment?` };
  yield { type: 'turn', role: 'human', text: 'Yes, go ahead.' };
  if (custom_variables.topic) yield { type: 'turn', role: 'bot', text: `It is about ${custom_variables.topic}.` };
  yield { type: 'variable', name: 'reached_at', value: phone };
  yield { type: 'turn', role: 'bot', text: 'Thank you, goodbye!' };
  yield { type: 'ended', status: 'completed', hung_up_by: 'bot' };
}

export class Engine {
  constructor({ wrapup, key, secret, converse: talk = converse }) {
    Object.assign(this, { wrapup, key, secret, talk, taken: new Set() });
    this.server = createServer((request, reply) => this.receive(request, reply));
  }

  async receive(request, reply) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (!isGenuine(request.headers, body, this.secret)) return reply.writeHead(401).end();
    const { type, data } = JSON.parse(body);
    // 4xx: this call will never be taken, and wrapup ends it as failed at once.
    if (type !== 'call.requested') return reply.writeHead(422).end();
    // 2xx: it is ours now. A real engine stores it first. It may come twice: the call_id tells.
    reply.writeHead(202).end();
    if (this.taken.has(data.call_id)) return;
    this.taken.add(data.call_id);
    this.call(data).catch((error) => console.error(`${data.call_id}: ${error.message}`));
  }

  async call(data) {
    let number = 0;
    try {
      for await (const event of this.talk(data)) await this.report(data, number++, event);
    } catch (error) {
      await this.report(data, 'failed', { type: 'ended', status: 'failed', error_message: error.message });
    }
  }

  /** The same id each time, so that a report may be repeated until it is taken. */
  async report(data, number, event) {
    const body = JSON.stringify({ id: `engine-${number}`, at: new Date().toISOString(), ...event });
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' };
    for (let wait = 200; ; wait = Math.min(wait * 2, 30_000)) {
      const answer = await fetch(this.wrapup + data.events_path, { method: 'POST', headers, body }).catch(() => null);
      if (answer?.ok) return;
      // 409: it ended otherwise meanwhile (canceled). Other 4xx: a mistake here, which repeating does not mend.
      if (answer && answer.status < 500 && answer.status !== 429) throw new Error(await answer.text());
      await sleep(wait);
    }
  }

  listen(port = 0) {
    return new Promise((resolve) => this.server.listen(port, '127.0.0.1', () => resolve(this.server.address().port)));
  }

  close() {
    this.server.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { WRAPUP_URL: wrapup, WRAPUP_KEY: key, WRAPUP_SECRET: secret, PORT = '9100' } = process.env;
  console.log(`engine on port ${await new Engine({ wrapup, key, secret }).listen(Number(PORT))}`);
}
