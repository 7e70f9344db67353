// `wrapup eval`: labelled calls in, a score out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ModelServer } from './lib/model_server.mjs';
import { repoRoot, run, tempDir, tempFile } from './lib/server.mjs';

const calls = [1, 2, 3, 4].map((n) => ({
  call_id: `c-${n}`,
  transcript: [
    { role: 'bot', text: 'Which day shall we come, Tuesday or Friday?' },
    { role: 'human', text: n % 2 ? 'Tuesday, please.' : 'Friday, at half past five in the evening.' },
  ],
  extractors: [
    { kind: 'SINGLE_CHOICE', identifier: 'day', description: 'Which day was chosen?', choices: ['Tuesday', 'Friday'], expected: n % 2 ? 'Tuesday' : 'Friday' },
    { kind: 'OPEN_QUESTION', identifier: 'time', description: 'At what time?', expected: n % 2 ? null : '17:30', value_type: 'time' },
    { kind: 'YES_NO', identifier: 'cat', description: 'Does the customer have a cat?', expected: null },
  ],
}));
const file = tempFile('calls.jsonl', calls.map((call) => JSON.stringify(call)).join('\n'));
let model, config;

before(async () => {
  model = await ModelServer.start();
  config = tempFile('eval.toml', `[model]\nbase_url = "${model.url}"\nname = "scripted-1"\n`);
});
after(() => model?.close());

const row = (text, name) => text.split('\n').find((line) => line.startsWith(name)).split(/\s+/).filter(Boolean).slice(1).map(Number);

describe('wrapup eval', () => {
  it('scores a model by kind, and writes its answers', async () => {
    model.script([], (seen) => {
      const friday = seen.user.includes('Friday, at');
      const [day, time, cat] = seen.data.questions.map((q) => q.key);
      const none = { turn: null, quote: null, value: null, confidence: 1 };
      return { say: { [day]: { ...none, value: 'Tuesday' }, [time]: { ...none, value: friday ? '5:30 pm' : null }, [cat]: { ...none, value: friday } } };
    });
    const out = path.join(tempDir(), 'model.jsonl');
    const result = await run(['eval', file, '--model', '--config', config, '--out', out, '--errors', '3']);
    assert.equal(result.code, 0, result.text);
    assert.deepEqual(row(result.stdout, 'SINGLE_CHOICE').slice(0, 2), [4, 50]);
    assert.deepEqual(row(result.stdout, 'OPEN_QUESTION').slice(0, 4), [4, 100, 50, 100], 'half past five in the evening is 17:30');
    const [n, accuracy, , , , invented] = row(result.stdout, 'YES_NO');
    assert.deepEqual([n, accuracy, invented], [4, 0, 100]);
    assert.match(result.stdout, /OVERALL\s+50\.0/);
    assert.match(result.stdout, /tokens: 4000 of prompts, 800 of answers, 4 requests/);
    assert.match(result.stdout, /expected "Friday"/);
    const lines = fs.readFileSync(out, 'utf8').trim().split('\n').map(JSON.parse);
    assert.deepEqual(lines.map((line) => line.call_id), ['c-1', 'c-2', 'c-3', 'c-4']);
    assert.deepEqual(lines[1].values, { day: 'Tuesday', time: '5:30 pm', cat: true });
    const rules = await run(['eval', file, '--rules', '--compare', out]);
    assert.equal(rules.code, 0, rules.text);
    assert.match(rules.stdout, /against the run before: \d+ answers became right, \d+ wrong/);
    assert.match(rules.stdout, /SINGLE_CHOICE\s+4\s+100\.0 \+50\.0/);
  });

  it('judges too, when it is asked to', async () => {
    model.script([]);
    const result = await run(['eval', file, '--model', '--judge', '--config', config]);
    assert.equal(result.code, 0, result.text);
    assert.match(result.stdout, /\ngoal +4 +0 +0 +0 +0\n/);
  });

  it('counts the verdicts that are right, where calls are labelled', async () => {
    const labelled = calls.map((call, i) => ({ ...call, judge: { no_opt_out: i === 0 ? ['true', 'partial'] : 'false' } }));
    const path = tempFile('judged.jsonl', labelled.map((call) => JSON.stringify(call)).join('\n'));
    const { stdout, code, text } = await run(['eval', path, '--rules', '--judge', '--by-identifier']);
    assert.equal(code, 0, text);
    assert.match(stdout, /judge +true +partial +false +n\/a +null +labels +right +balanced\n/);
    assert.deepEqual(row(stdout, 'no_opt_out').slice(5), [4, 1, 50], 'one of one, and none of three');
    assert.match(stdout, /\ncat +4 +100\.0 +100\.0 +100\.0\n/);
    assert.match((await run(['eval', tempFile('bad.jsonl', JSON.stringify({ ...calls[0], judge: { gaol: 'true' } }))])).stderr, /line 1: judge has no field gaol/);
  });

  it('says what is wrong', async () => {
    assert.match((await run(['eval', '/nowhere.jsonl'])).stderr, /nowhere\.jsonl cannot be read/);
    assert.match((await run(['eval', tempFile('bad.jsonl', '{"call_id":"x"}\n')])).stderr, /line 1: transcript must be/);
    assert.match((await run(['eval', file, '--model'])).stderr, /model\.base_url/);
  });

  const data = path.resolve(repoRoot, '../shared/evaldata');
  const skip = fs.existsSync(path.join(data, 'score.py')) ? false : `no evaluation data at ${data}`;
  it('agrees with the scorer of the evaluation data', { skip }, async () => {
    for (const name of ['dev.jsonl', 'judge_dev.jsonl']) await agree(path.join(data, name));
  });

  async function agree(labels) {
    const out = path.join(tempDir(), 'rules.jsonl');
    const result = await run(['eval', labels, '--rules', '--by-identifier', '--out', out], { timeout: 120_000 });
    assert.equal(result.code, 0, result.text);
    const scorer = (...more) => spawnSync('python3', [path.join(data, 'score.py'), labels, out, ...more], { encoding: 'utf8' }).stdout;
    const theirs = JSON.parse(scorer('--json').replaceAll('NaN', 'null'));
    const balanced = Number(/YES_NO balanced +([\d.]+)/.exec(result.stdout)[1]);
    assert.ok(Math.abs(balanced - 100 * theirs.kinds.YES_NO.balanced_accuracy) < 0.051, `${balanced} and ${theirs.kinds.YES_NO.balanced_accuracy}`);
    const identifiers = [...scorer('--by', 'identifier').matchAll(/^(\S+) +n +(\d+) +accuracy +([\d.]+) +F1 +([\d.]+)/gm)];
    assert.ok(identifiers.length >= 9);
    const byIdentifier = result.stdout.slice(result.stdout.indexOf('\nidentifier '));
    for (const [, identifier, ...figures] of identifiers) assert.deepEqual(row(byIdentifier, `${identifier} `).slice(0, 3), figures.map(Number), identifier);
    for (const [kind, its] of Object.entries(theirs.kinds)) {
      const ours = row(result.stdout, kind);
      const [n, ...figures] = [its.n, its.accuracy, its.exact, its.token_f1, its.answerable_accuracy, its.invented, its.null_precision, its.null_recall];
      assert.equal(ours[0], n);
      figures.forEach((figure, i) => assert.ok(figure === null ? Number.isNaN(ours[i + 1]) : Math.abs(ours[i + 1] - 100 * figure) < 0.051, `${kind} ${i}: ${ours[i + 1]} and ${100 * figure}`));
    }
    const [overall] = row(result.stdout, 'OVERALL');
    assert.ok(Math.abs(overall - 100 * theirs.overall) < 0.051, `${overall} and ${100 * theirs.overall}`);
  }
});
