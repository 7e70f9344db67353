// A client of the API that hides nothing: one request, one reply with its raw text. Keeps connections alive; never repeats a request.
import http from 'node:http';

export class Api {
  constructor(base, key) {
    this.base = base;
    this.key = key;
    this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
  }

  /** The same server with another key (null: none). */
  as(key) {
    return new Api(this.base, key);
  }

  /** `body`: an object or array is sent as JSON, a string or Buffer as it is. Reply: `{status, headers, text, json}`. */
  request(method, path, { body, headers = {}, timeout = 30_000 } = {}) {
    const all = { ...headers };
    if (this.key && !all.authorization) all.authorization = `Bearer ${this.key}`;
    let bytes;
    if (body !== undefined) {
      bytes = Buffer.isBuffer(body) || typeof body === 'string' ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
      all['content-type'] ??= 'application/json';
      all['content-length'] = bytes.length;
    }
    return new Promise((resolve, reject) => {
      const request = http.request(this.base + path, { method, headers: all, agent: this.agent, timeout }, (reply) => {
        const chunks = [];
        reply.on('data', (chunk) => chunks.push(chunk));
        reply.on('error', reject);
        reply.on('end', () =>
          resolve(new Reply(reply.statusCode, reply.headers, Buffer.concat(chunks).toString('utf8'))),
        );
      });
      request.on('timeout', () => request.destroy(new Error(`no answer in ${timeout} ms: ${method} ${path}`)));
      request.on('error', reject);
      request.end(bytes);
    });
  }

  get(path, options) {
    return this.request('GET', path, options);
  }

  post(path, body, options) {
    return this.request('POST', path, { body, ...options });
  }

  put(path, body, options) {
    return this.request('PUT', path, { body, ...options });
  }

  delete(path, options) {
    return this.request('DELETE', path, options);
  }

  close() {
    this.agent.destroy();
  }
}

class Reply {
  constructor(status, headers, text) {
    this.status = status;
    this.headers = headers;
    this.text = text;
    try {
      this.json = JSON.parse(text);
    } catch {
      this.json = undefined;
    }
  }

  /** The `response` of a success; throws with the whole text on anything else. */
  ok() {
    if (this.status < 200 || this.status > 299 || !this.json?.response)
      throw new Error(`HTTP ${this.status}: ${this.text.slice(0, 2000)}`);
    return this.json.response;
  }
}
