// The model path against a real server: llama.cpp with a very small model, of which nothing is expected but its form. Skipped where it
// cannot be installed (scripts/local-model).
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Receiver } from './lib/receiver.mjs';
import { assertDelivered } from './lib/payload.mjs';
import { devSecret, eventually, freePort, repoRoot, Server } from './lib/server.mjs';
import { choice, makeSilentAgent, reportCall, yesNo } from './lib/calls.mjs';

const script = path.join(repoRoot, 'scripts/local-model');
const installed = spawnSync(script, ['install'], { encoding: 'utf8', timeout: 120_000 });
const skip = installed.status === 0 ? false : `the local model cannot be installed: ${(installed.stderr ?? '').trim().split('\n').at(-1)}`;

if (skip) it('the local model', { skip }, () => {});
else
  describe('the local model', () => {
    let model, receiver, server;
    let output = '';

    before(async () => {
      const port = await freePort();
      model = spawn(script, ['serve', `${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
      model.stdout.on('data', (chunk) => (output += chunk));
      model.stderr.on('data', (chunk) => (output += chunk));
      await eventually('the local model', () => output.includes('ready on') || model.exitCode !== null, 60_000);
      assert.equal(model.exitCode, null, output.slice(-2000));
      receiver = await Receiver.start();
      server = await Server.start({
        config: `[model]\nbase_url = "http://127.0.0.1:${port}/v1"\nname = "smollm2-135m"\nbatch = 1\ndeadline = "5m"\ntimeout = "4m"\n`,
      });
    });

    after(async () => {
      model?.kill('SIGTERM');
      await server?.stop();
      await receiver?.close();
    });

    it('answers in the form that was asked for', async () => {
      const agent = await makeSilentAgent(server.api, {
        actions: [yesNo('wants_pickup', 'Does the customer want the bike collected?'), choice('part', 'Which part of the day?', ['morning', 'afternoon'])],
      });
      const callId = await reportCall(server.api, agent, receiver.url());
      const payload = assertDelivered(await receiver.forCall(callId, { timeout: 300_000 }), devSecret);
      const [first] = (await server.api.get(`/v2/calls/${callId}/revisions`)).ok().revisions;
      const extract = first.stages.find((stage) => stage.stage === 'extract');
      assert.equal(extract.error, null, JSON.stringify(first.stages));
      assert.ok(extract.prompt_tokens > 0 && extract.completion_tokens > 0);
      for (const found of Object.values(payload.executed_actions)) assert.equal(found.evaluator, 'smollm2-135m');
    });
  });
