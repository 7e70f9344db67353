// Three hundred real conversations through the whole engine. The data lies beside the checkout; without it the test is skipped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered, validator } from './lib/payload.mjs';
import { devSecret, repoRoot, Server, sleep, tempFile } from './lib/server.mjs';
import { choice, logsOf, makeSilentAgent, open, report, showsBody, yesNo } from './lib/calls.mjs';

const folder = path.resolve(repoRoot, '../shared/evaldata');
const file = path.join(folder, 'dev.jsonl');
const skip = fs.existsSync(file) ? false : `no evaluation data at ${file}`;

/** What an engine may see of a call. */
function question(line) {
  const { call_id, call_date, transcript, extractors } = JSON.parse(line);
  return {
    call_id,
    call_date,
    transcript: transcript.map(({ role, text, t_ms }) => ({ role, text, start_ms: t_ms })),
    actions: extractors.map(({ kind, identifier, description, choices, examples }) => {
      if (kind === 'YES_NO') return yesNo(identifier, description);
      return kind === 'SINGLE_CHOICE'
        ? choice(identifier, description, choices)
        : open(identifier, description, examples);
    }),
  };
}

if (skip) it('the evaluation calls', { skip }, () => {});
else
  describe('the evaluation calls', () => {
    let server, receiver, assertServed;
    const calls = skip ? [] : fs.readFileSync(file, 'utf8').trim().split('\n').map(question);
    const reported = new Map();

    before(async () => {
      receiver = await Receiver.start();
      server = await Server.start();
      assertServed = validator((await server.api.get('/v2/schemas/post-call-webhook.json')).json);
      for (const call of calls) {
        const agent = await makeSilentAgent(server.api, {
          agent: { timezone: 'UTC', prompt: 'You help the caller.' },
          actions: call.actions,
        });
        const start = Date.parse(`${call.call_date ?? '2026-03-11'}T10:00:00Z`);
        const body = report(agent, receiver.url(), {
          external_id: call.call_id,
          transcript: call.transcript,
          started_at: start,
          answered_at: start + 1000,
          ended_at: start + 3000 + call.transcript.at(-1).start_ms,
        });
        reported.set((await server.api.post('/v2/calls/report', body)).ok().call_id, call);
      }
      await receiver.wait(() => true, calls.length, 120_000);
    });

    after(async () => {
      await server?.stop();
      await receiver?.close();
    });

    it('give one webhook each', async () => {
      await sleep(1000);
      assert.equal(calls.length, 300);
      assert.equal(reported.size, calls.length);
      assert.equal(receiver.got().length, calls.length);
      assert.deepEqual(new Set(receiver.got().map((r) => r.json.call.call_id)), new Set(reported.keys()));
    });

    it('are valid by the served schema, signed, and answer every question that was asked', () => {
      for (const request of receiver.got()) {
        const payload = assertDelivered(request, devSecret);
        assertServed(payload);
        assert.equal(payload.event.complete, true);
        assert.notEqual(payload.analysis, null);
        const call = reported.get(payload.call.call_id);
        assert.equal(Object.keys(payload.executed_actions).length, call.actions.length);
      }
    });

    it('stand in the log byte for byte', async () => {
      for (const request of receiver.got()) {
        const logs = await logsOf(server.api, request.json.call.call_id);
        assert.equal(logs.length, 1);
        assert.ok(showsBody(logs[0], request.body), request.json.call.call_id);
      }
    });

    it('are scored', (t) => {
      const lines = receiver.got().map(({ json }) => {
        const values = Object.assign({}, ...Object.values(json.executed_actions).map((action) => action.return_value));
        return JSON.stringify({ call_id: reported.get(json.call.call_id).call_id, values });
      });
      const predictions = tempFile('predictions.jsonl', `${lines.join('\n')}\n`);
      const scored = spawnSync('python3', [path.join(folder, 'score.py'), file, predictions], { encoding: 'utf8' });
      assert.equal(scored.status, 0, scored.stderr);
      const overall = scored.stdout.split('\n').find((line) => line.includes('OVERALL'));
      assert.ok(overall, scored.stdout);
      t.diagnostic(overall);
    });
  });
