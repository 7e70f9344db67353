// A language model's server (OpenAI protocol) that does as it is told. Without a step for a request it answers well, from `knows`: by use
// ("extract", "evaluate", "judge") what it says. A step is an object, or a function of the request that gives one: `say` (what the model
// says: text, or an object as JSON), `status`, `headers`, `body` (of the whole answer), `hang`, `reset`, `endless`.
import http from 'node:http';

export class ModelServer {
  static async start(knows = {}) {
    const server = new ModelServer(knows);
    await new Promise((resolve) => server.http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  constructor(knows) {
    this.knows = knows;
    this.requests = [];
    this.steps = [];
    this.otherwise = null;
    this.running = 0;
    this.most = 0;
    this.sockets = new Set();
    this.http = http.createServer((request, reply) => this.take(request, reply));
    this.http.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  get url() {
    return `http://127.0.0.1:${this.http.address().port}/v1`;
  }

  /** What is done with the next requests, one step each; then `otherwise`, or good answers. */
  script(steps, otherwise = null) {
    this.steps = [...steps];
    this.otherwise = otherwise;
    this.requests = [];
  }

  /** Requests for one use. */
  asked(use) {
    return this.requests.filter((r) => r.use === use);
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.http.close(resolve));
  }

  take(request, reply) {
    const chunks = [];
    request.on('error', () => {});
    reply.on('error', () => {});
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const seen = record(request, Buffer.concat(chunks).toString('utf8'));
      this.requests.push(seen);
      this.most = Math.max(this.most, ++this.running);
      reply.on('close', () => this.running--);
      const step = this.steps.length ? this.steps.shift() : this.otherwise;
      const told = typeof step === 'function' ? step(seen) : step;
      this.answer(told ?? { say: this.good(seen) }, request, reply);
    });
  }

  async answer(step, request, reply) {
    if (step.hang) return;
    if (step.until) await step.until;
    if (step.reset) {
      request.socket.resetAndDestroy();
      return;
    }
    if (reply.destroyed) return;
    reply.writeHead(step.status ?? 200, { 'content-type': 'application/json', ...step.headers });
    if (step.endless) {
      reply.setMaxListeners(0);
      const chunk = Buffer.alloc(256 * 1024, 'x');
      for (let written = 0; written < step.endless && !reply.destroyed; written += chunk.length)
        if (!reply.write(chunk)) await new Promise((resolve) => reply.once('drain', resolve).once('close', resolve));
      reply.end();
      return;
    }
    reply.end(step.body ?? completion(step.say ?? ''));
  }

  /** The answer of a model that knows the call. */
  good(seen) {
    if (seen.use === 'judge') return { ...verdicts(), ...this.knows.judge };
    const known = this.knows[seen.use] ?? {};
    const out = {};
    for (const question of seen.data.questions) {
      const says = known[question.name ?? question.question];
      out[question.key] = { turn: null, quote: null, value: null, confidence: 0.9, ...says };
    }
    return out;
  }
}

/** A chat completion in which the model says `text`. */
export function completion(text, more = {}) {
  return JSON.stringify({
    choices: [{ message: { role: 'assistant', content: typeof text === 'string' ? text : JSON.stringify(text) }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1000, completion_tokens: 200 },
    ...more,
  });
}

export const criteria =
  'persona style steps no_repetition objections objection_not_defined knowledge goal appointment user_sentiment agent_sentiment call_completion answered_by_human opted_in no_opt_out'.split(
    ' ',
  );

export function verdicts() {
  const out = Object.fromEntries(criteria.map((name) => [name, { feedback: '', value: 'true' }]));
  out.call_summary = { text: 'Mika called Ilse about a pickup of the bike, and Thursday morning was agreed.' };
  return out;
}

function record(request, text) {
  const body = JSON.parse(text);
  const user = body.messages[1].content;
  return {
    at: Date.now(),
    path: request.url,
    headers: request.headers,
    body,
    user,
    // The data is one line of JSON; words follow it.
    data: JSON.parse(user.slice(0, user.indexOf('\n'))),
    use: body.response_format?.json_schema?.name ?? body.tools?.[0].function.name ?? useOf(body),
    repair: body.messages.length > 2,
  };
}

/** In JSON mode the use has no name: told by what is asked. */
function useOf(body) {
  const system = body.messages[0].content;
  if (system.includes('For each criterion')) return 'judge';
  return system.includes('questions of quality') ? 'evaluate' : 'extract';
}
