// A reader of the live stream: keeps the events it got, in order, and what else came.
import http from 'node:http';
import { eventually } from './server.mjs';

export class Stream {
  /** Opens `/v2/stream` with `query`; `after`: the id of the last event read before. Fails when it is refused. */
  static async open(api, query = '', { after, headers = {} } = {}) {
    const stream = new Stream();
    const all = { ...headers };
    if (api.key && !headers.cookie) all.authorization = `Bearer ${api.key}`;
    if (after !== undefined) all['last-event-id'] = after;
    await stream.connect(`${api.base}/v2/stream${query}`, all);
    return stream;
  }

  constructor() {
    Object.assign(this, { events: [], comments: 0, text: '', id: undefined, ended: false });
  }

  connect(url, headers) {
    return new Promise((resolve, reject) => {
      this.request = http.request(url, { headers, agent: false }, (reply) => {
        this.reply = reply;
        reply.setEncoding('utf8');
        reply.on('data', (text) => this.take(text));
        reply.on('error', () => (this.ended = true));
        reply.on('close', () => (this.ended = true));
        if (reply.statusCode === 200) return resolve();
        reply.on('end', () => reject(Object.assign(new Error(this.text), { status: reply.statusCode })));
      });
      this.request.on('error', reject);
      this.request.end();
    });
  }

  take(text) {
    this.text += text;
    for (let end; (end = this.text.indexOf('\n\n')) >= 0; this.text = this.text.slice(end + 2)) {
      const event = {};
      for (const line of this.text.slice(0, end).split('\n')) {
        const colon = line.indexOf(': ');
        if (line.startsWith(':')) this.comments++;
        else event[line.slice(0, colon)] = line.slice(colon + 2);
      }
      if (event.id) this.id = event.id;
      if (event.event) this.events.push({ type: event.event, id: event.id, data: JSON.parse(event.data) });
    }
  }

  of(type) {
    return this.events.filter((event) => event.type === type);
  }

  /** The first event of `type` whose data passes, as soon as it is there. */
  wait(type, passes = () => true) {
    return eventually(`an event ${type}`, () => this.of(type).find((event) => passes(event.data)), 10_000, 10);
  }

  close() {
    this.request.destroy();
  }
}
