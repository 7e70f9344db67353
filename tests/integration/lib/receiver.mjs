// A webhook receiver that does as it is told, request by request, and writes down what it got.
// A step is an object: `status` (200), `headers`, `body`, `delay` (ms before the answer), `until` (a promise: the answer
// comes when it is settled), `hang` (never answer),
// `reset` (drop the connection with RST once the request is read), `endless` (a body without end, as fast as it goes),
// `trickle` (a body without end, a byte each so many ms).
import http from 'node:http';

export class Receiver {
  static async start() {
    const receiver = new Receiver();
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  constructor() {
    this.requests = [];
    this.connections = 0;
    this.scripts = new Map();
    this.open = new Map();
    this.otherwise = { status: 200, body: '' };
    this.waiting = new Set();
    this.sockets = new Set();
    this.server = http.createServer((request, reply) => this.take(request, reply));
    this.server.keepAliveTimeout = 30_000;
    this.server.on('connection', (socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => this.sockets.delete(socket));
    });
  }

  url(path = '/hook') {
    return `http://127.0.0.1:${this.server.address().port}${path}`;
  }

  /** Answers to the next requests for `path`, one step each; the last one stands for all that follow when `forever`. */
  script(path, steps, { forever = false } = {}) {
    this.scripts.set(path, { steps: [...steps], forever });
  }

  /** Requests so far, in order of arrival; of one path, or of those for which `filter` holds. */
  got(filter) {
    if (filter === undefined) return this.requests;
    return this.requests.filter(typeof filter === 'string' ? (r) => r.path === filter : filter);
  }

  /** The first `count` requests that pass `filter`, as soon as they are there. */
  async wait(filter, count = 1, timeout = 15_000) {
    const until = Date.now() + timeout;
    for (;;) {
      const found = this.got(filter);
      if (found.length >= count) return found.slice(0, count);
      const left = until - Date.now();
      if (left <= 0)
        throw new Error(
          `receiver: ${found.length} of ${count} requests after ${timeout} ms (${this.requests.length} in all)`,
        );
      await this.change(left);
    }
  }

  /** The webhook for that call. */
  async forCall(callId, { revision = 1, timeout } = {}) {
    const [request] = await this.wait(
      (r) => r.json?.call?.call_id === callId && r.json.event?.revision === revision,
      1,
      timeout,
    );
    return request;
  }

  async close() {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  change(timeout) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeout);
      this.waiting.add(done);
    });
  }

  take(request, reply) {
    const chunks = [];
    request.on('error', () => {});
    reply.on('error', () => {});
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const seen = record(request, Buffer.concat(chunks));
      this.requests.push(seen);
      seen.beside = (this.open.get(seen.path) ?? 0) + 1;
      this.open.set(seen.path, seen.beside);
      reply.on('close', () => {
        seen.closedAt = Date.now();
        this.answered(seen);
      });
      for (const done of [...this.waiting]) done();
      this.answer(this.nextStep(seen.path), seen, request, reply);
    });
  }

  answered(seen) {
    if (seen.answered) return;
    seen.answered = true;
    this.open.set(seen.path, this.open.get(seen.path) - 1);
  }

  nextStep(path) {
    const script = this.scripts.get(path);
    if (!script || script.steps.length === 0) return this.otherwise;
    return script.forever && script.steps.length === 1 ? script.steps[0] : script.steps.shift();
  }

  answer(step, seen, request, reply) {
    seen.step = step;
    if (step.hang) return;
    if (step.reset) {
      request.socket.resetAndDestroy();
      return;
    }
    const send = () => {
      if (reply.destroyed) return;
      this.answered(seen);
      reply.writeHead(step.status ?? 200, step.headers ?? {});
      if (step.endless) pour(seen, reply);
      else if (step.trickle) drip(seen, reply, step.trickle);
      else reply.end(step.body ?? '');
      seen.answeredAt = Date.now();
    };
    if (step.until) step.until.then(send);
    else if (step.delay) setTimeout(send, step.delay);
    else send();
  }
}

/** What is known of a request; `beside`: how many of its path waited for an answer when it came, itself among them. */
function record(request, body) {
  let json;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    json = undefined;
  }
  return {
    at: Date.now(),
    method: request.method,
    path: request.url,
    headers: request.headers,
    rawHeaders: request.rawHeaders,
    attempt: Number(request.headers['x-wrapup-attempt']),
    webhookId: request.headers['webhook-id'],
    body,
    json,
    written: 0,
  };
}

/** Writes until the other side has gone, at most 256 MiB. */
function pour(seen, reply) {
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const more = () => {
    while (!reply.destroyed && seen.written < 256 * 1024 * 1024) {
      seen.written += chunk.length;
      if (!reply.write(chunk)) {
        reply.once('drain', more);
        return;
      }
    }
    reply.end();
  };
  more();
}

/** Writes a byte each `pause` ms until the other side has gone, at most for a minute. */
function drip(seen, reply, pause) {
  const until = Date.now() + 60_000;
  const timer = setInterval(() => {
    if (reply.destroyed || Date.now() > until) {
      clearInterval(timer);
      reply.end();
      return;
    }
    seen.written++;
    reply.write('x');
  }, pause);
}
