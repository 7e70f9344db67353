#!/usr/bin/env node
// Calls of a labelled file through the whole path against a real language model: the llama.cpp server of scripts/local-model. Each is
// reported, waits for its model, and its webhook is held to the schema of its agent. Figures; fails when a webhook is not valid.
//   node bench/local-model.mjs FILE [--calls 20] [--questions 200] [--deadline 120]
// FILE: as `wrapup eval` reads it, such as dev.jsonl of the evaluation data. `--questions`: the first so many of each call; `--deadline`:
// seconds for the model over one call.
// WRAPUP_BIN names another binary than build/release/wrapup.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { choice, makeSilentAgent, open, reportCall, yesNo } from '../tests/integration/lib/calls.mjs';
import { assertDelivered, validator } from '../tests/integration/lib/payload.mjs';
import { Receiver } from '../tests/integration/lib/receiver.mjs';
import { devSecret, eventually, freePort, repoRoot, Server, sleep } from '../tests/integration/lib/server.mjs';

const [file, ...rest] = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = rest.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(rest[at + 1]);
};
if (!file || !fs.existsSync(file)) {
  console.error('usage: node bench/local-model.mjs FILE [--calls 20] [--questions 200] [--deadline 120]');
  process.exit(2);
}
const [count, questions, deadline] = [option('calls', 20), option('questions', 200), option('deadline', 120)];
const script = path.join(repoRoot, 'scripts/local-model');
const calls = fs.readFileSync(file, 'utf8').trim().split('\n').map(JSON.parse);
const step = Math.max(1, Math.floor(calls.length / count));
const chosen = calls.filter((_, i) => i % step === 0).slice(0, count);

function actionOf({ kind, identifier, description, choices, examples }) {
  if (kind === 'YES_NO') return yesNo(identifier, description);
  return kind === 'SINGLE_CHOICE' ? choice(identifier, description, choices) : open(identifier, description, examples);
}

/** A call through the path: what its stages took, and who answered. */
async function through(server, receiver, call) {
  const agent = await makeSilentAgent(server.api, { agent: { prompt: 'You help the caller.' }, actions: call.extractors.slice(0, questions).map(actionOf) });
  const schema = (await server.api.get(`/v2/assistants/${agent}/webhook-schema.json`)).json;
  const base = (await server.api.get('/v2/schemas/post-call-webhook.json')).json;
  const began = Date.now();
  const callId = await reportCall(server.api, agent, receiver.url(), { transcript: call.transcript.map(({ role, text, t_ms }) => ({ role, text, start_ms: t_ms })) });
  const payload = assertDelivered(await receiver.forCall(callId, { timeout: 1000 * (deadline + 60) }), devSecret);
  validator(schema, [base])(payload);
  server.api.close(); // its connections were idle for so long that the server may end them
  const [revision] = (await server.api.get(`/v2/calls/${callId}/revisions`)).ok().revisions;
  return { ms: Date.now() - began, answers: Object.values(payload.executed_actions), complete: payload.event.complete, stages: revision.stages };
}

async function main() {
  assert.equal(spawnSync(script, ['install'], { stdio: 'inherit' }).status, 0);
  const port = await freePort();
  const model = spawn(script, ['serve', `${port}`], { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  model.stdout.on('data', (chunk) => (output += chunk));
  const receiver = await Receiver.start();
  let server;
  try {
    await eventually('the local model', () => output.includes('ready on') || model.exitCode !== null, 60_000);
    server = await Server.start({
      config: `[model]\nbase_url = "http://127.0.0.1:${port}/v1"\nname = "smollm2-135m"\ntimeout = "${deadline - 5}s"\ndeadline = "${deadline}s"\n`,
    });
    const done = [];
    for (const call of chosen) {
      done.push(await through(server, receiver, call));
      // Five failures in a row and the server is left alone for half a minute: the next call would not be asked about at all.
      const rests = async () => /^wrapup_model_breakers_open 0$/m.test((await server.api.get('/metrics')).text) || (await sleep(31_000));
      await rests();
      if (process.stderr.isTTY) process.stderr.write(`\r${done.length} of ${chosen.length}`);
    }
    const stages = done.flatMap((one) => one.stages);
    const answers = done.flatMap((one) => one.answers);
    const sum = (name) => stages.reduce((all, stage) => all + (stage[name] ?? 0), 0);
    const times = done.map((one) => one.ms).sort((a, b) => a - b);
    console.log(
      JSON.stringify({
        calls: done.length,
        valid: done.length,
        complete: done.filter((one) => one.complete).length,
        answers: answers.length,
        by_model: answers.filter((one) => one.evaluator === 'smollm2-135m').length,
        with_error: answers.filter((one) => one.error_message).length,
        not_in_time: Object.fromEntries(['extract', 'judge'].map((name) => [name, stages.filter((stage) => stage.stage === name && stage.error).length])),
        requests: sum('requests'),
        prompt_tokens: sum('prompt_tokens'),
        completion_tokens: sum('completion_tokens'),
        seconds_a_call: { half: times[times.length >> 1] / 1000, longest: times.at(-1) / 1000 },
      }),
    );
  } finally {
    model.kill('SIGTERM');
    await server?.stop();
    await receiver.close();
  }
}
await main();
