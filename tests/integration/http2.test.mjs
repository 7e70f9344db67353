// A receiver that speaks HTTP/2 (Node's), over TLS with an authority that is the system's only for this test. Skipped
// where the binary cannot be given another bundle of authorities.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http2 from 'node:http2';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { logsOf, makeSilentAgent, reportCall } from './lib/calls.mjs';
import { binaryWith } from './lib/namespace.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, Server, tempDir } from './lib/server.mjs';

/** A certificate for `localhost` that is its own authority: `{key, cert}`. */
function makeIdentity() {
  const folder = tempDir();
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: fs.readFileSync(key, 'utf8'), cert: fs.readFileSync(cert, 'utf8') };
}

const identity = makeIdentity();
const { command, why } = binaryWith({ '/etc/ssl/certs/ca-certificates.crt': identity.cert });
const config = `[delivery]\nretry_schedule = ["100ms", "100ms", "100ms"]\ntimeout = "5s"\n`;

describe('HTTP/2', { skip: why ?? false }, () => {
  let server, agent, receiver, url;
  const sessions = [];
  let steps = [];
  let requests = [];

  before(async () => {
    receiver = http2.createSecureServer({ ...identity, allowHTTP1: false });
    receiver.on('session', (session) => {
      sessions.push(session);
      session.on('error', () => {});
    });
    receiver.on('stream', (stream, headers) => {
      const chunks = [];
      stream.on('error', () => {});
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('end', () => {
        const body = Buffer.concat(chunks);
        requests.push({
          at: Date.now(),
          method: headers[':method'],
          headers,
          attempt: Number(headers['x-wrapup-attempt']),
          body,
          json: JSON.parse(body),
          protocol: stream.session.alpnProtocol,
        });
        const step = steps.shift() ?? answerOk;
        step(stream);
      });
    });
    await new Promise((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    url = `https://localhost:${receiver.address().port}/hook`;
    server = await Server.start({ config, command });
    agent = await makeSilentAgent(server.api);
  });

  after(async () => {
    await server?.stop();
    for (const session of sessions) session.destroy();
    receiver?.close();
  });

  const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM } = http2.constants;
  const classes = (logs) => logs.map((log) => log.error_class);
  const answerOk = (stream) => {
    stream.respond({ ':status': 200 });
    stream.end('ok');
  };

  /** The attempts at a webhook for which the receiver does as `todo` says, and then answers 200. */
  async function attempts(...todo) {
    steps = todo;
    requests = [];
    const callId = await reportCall(server.api, agent, url);
    for (let wanted = 1; ; wanted++) {
      const logs = await logsOf(server.api, callId, wanted);
      if (logs.at(-1).status === 'success' || wanted > 4) return logs;
    }
  }

  it('is chosen, and its connection is kept', async () => {
    const opened = sessions.length;
    for (let i = 0; i < 3; i++) {
      const [log] = await attempts();
      assert.equal(log.status, 'success', log.error_message);
      assert.equal(log.response_payload, 'ok');
      assert.equal(requests[0].protocol, 'h2');
      assertDelivered(requests[0], devSecret);
    }
    assert.equal(sessions.length, opened + 1);
  });

  it('a stream that is reset is a broken connection, and tried again', async () => {
    const logs = await attempts((stream) => stream.close(NGHTTP2_INTERNAL_ERROR));
    assert.deepEqual(classes(logs), ['reset_after', '']);
    assert.match(logs[0].error_message, /INTERNAL_ERROR/);
    assert.equal(logs[0].maybe_delivered, true);
    assert.equal(requests[0].headers['webhook-id'], requests[1].headers['webhook-id']);
  });

  it('a stream that is refused comes to an end, too', async () => {
    const refused = await attempts((stream) => stream.close(NGHTTP2_REFUSED_STREAM));
    assert.equal(refused.at(-1).status, 'success', refused.at(-1).error_message);
  });

  it('a session that ends after the answer is not used for the next', async () => {
    const [first] = await attempts((stream) => {
      answerOk(stream);
      stream.session.close();
    });
    assert.equal(first.status, 'success');
    const next = await attempts();
    assert.equal(next.length, 1);
    assert.equal(next[0].status, 'success', next[0].error_message);
  });
});
