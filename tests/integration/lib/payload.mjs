// What a webhook must look like: the published schema, the order of its keys, its signatures. Independent of wrapup's own code.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Webhook } from 'standardwebhooks';
import { repoRoot } from './server.mjs';

export const schemaFile = path.join(repoRoot, 'src/model/schemas/post-call-webhook.schema.json');
export const fileSchema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));

export const terminalStatuses = fileSchema.$defs.status.enum;
export const notJudged = ['failed', 'busy', 'no-answer', 'canceled', 'user-canceled', 'spam'];

const topKeys = [
  'status',
  'error_message',
  'lead',
  'call',
  'executed_actions',
  'analysis',
  'collected_variables',
  'metadata',
  'event',
];
const leadKeys = ['name', 'phone_number', 'prompt_variables'];
const callKeys = [
  'status',
  'end_call_reason',
  'custom_end_call_reason',
  'model_id',
  'timezone',
  'call_id',
  'duration',
  'start_time',
  'transcript',
  'recording_url',
  'type_of_call',
  'phone_number_from',
  'phone_number_to',
  'end_time',
  'ring_seconds',
];
const eventKeys = ['id', 'type', 'created_at', 'schema', 'revision', 'complete', 'missing'];
const scored = [
  'persona',
  'style',
  'steps',
  'no_repetition',
  'objections',
  'objection_not_defined',
  'knowledge',
  'goal',
  'appointment',
  'user_sentiment',
  'agent_sentiment',
  'call_completion',
  'answered_by_human',
  'opted_in',
  'no_opt_out',
  'call_summary',
];
export const analysisKeys = [
  ...scored.flatMap((field) => [field, `${field}_feedback`]),
  'judge_found_partial_or_error',
  'judge_found_full_error',
  'all_feedback',
];
const resultKeys = ['name', 'action_type', 'description', 'parameters_hard_coded', 'error_message', 'return_value'];
const parameterKeys = ['type', 'identifier', 'condition', 'choices', 'examples'];

/** A validator of the schema; `also`: schemas it refers to. It throws with every fault when a value is not valid. */
export function validator(schema, also = []) {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  addFormats(ajv);
  for (const other of also) if (other.$id !== schema.$id) ajv.addSchema(other);
  const validate = ajv.compile(schema);
  return (value) => {
    if (validate(value)) return;
    const faults = validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`);
    throw new assert.AssertionError({
      message: `not valid:\n${faults.join('\n')}\n${JSON.stringify(value).slice(0, 4000)}`,
    });
  };
}

export const assertValid = validator(fileSchema);

/** Keys of `object` stand in the order of `order`; others may follow. */
function assertOrder(object, order, where) {
  const present = order.filter((key) => key in object);
  assert.deepEqual(Object.keys(object).slice(0, present.length), present, `key order of ${where}`);
}

/** The rules that a schema does not express: order, agreement between parts. */
export function assertPayload(payload) {
  assertValid(payload);
  assert.deepEqual(Object.keys(payload), topKeys);
  assert.deepEqual(Object.keys(payload.lead), leadKeys);
  assert.deepEqual(
    Object.keys(payload.call),
    callKeys.filter((key) => key in payload.call),
  );
  assert.deepEqual(Object.keys(payload.event), eventKeys);
  for (const [name, action] of Object.entries(payload.executed_actions)) {
    if (!['extract_info_action_type', 'custom_eval_action_type'].includes(action.action_type)) continue;
    assertOrder(action, resultKeys, name);
    assertOrder(action.parameters_hard_coded, parameterKeys, `${name}.parameters_hard_coded`);
    assert.equal(action.name, name);
    assert.deepEqual(Object.keys(action.return_value), [action.parameters_hard_coded.identifier]);
    assertAnswer(payload, action);
  }
  if (notJudged.includes(payload.status) || payload.call.transcript === '') assert.equal(payload.analysis, null);
  if (payload.analysis) assertAnalysis(payload.analysis);
  assert.ok(
    Date.parse(payload.call.end_time) >= Date.parse(payload.call.start_time),
    'the end is not before the start',
  );
  assertOffset(payload.call.start_time, payload.call.timezone);
  assertOffset(payload.call.end_time, payload.call.timezone);
}

function assertAnswer(payload, action) {
  const value = Object.values(action.return_value)[0];
  const { type, choices, expected_result: expected } = action.parameters_hard_coded;
  if (type === 'SINGLE_CHOICE' && value !== null) assert.ok(choices.includes(value), `${value} is one of ${choices}`);
  if (['pass_fail', 'likert_scale'].includes(type) && expected && value !== null)
    assert.equal(action.passed, String(value) === expected);
  if (!action.evidence) return;
  const turn = payload.call.transcript.split('\n').slice(1)[action.evidence.turn];
  assert.ok(turn !== undefined, `turn ${action.evidence.turn} exists`);
  const said = turn.replace(/^(bot|human): /, '');
  assert.ok(
    said.includes(action.evidence.quote.replaceAll('\n', ' ')),
    `"${action.evidence.quote}" stands in turn "${said}"`,
  );
}

function assertAnalysis(analysis) {
  assert.deepEqual(Object.keys(analysis), analysisKeys);
  const feedbacks = scored.filter((f) => f !== 'call_summary' && analysis[`${f}_feedback`] !== '');
  assert.equal(analysis.all_feedback, feedbacks.map((f) => `${f}: ${analysis[`${f}_feedback`]}`).join('\n'));
}

/** The numeric offset is the zone's at that moment. */
export function assertOffset(time, zone) {
  const instant = new Date(time);
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(instant);
  const name = parts.find((part) => part.type === 'timeZoneName').value;
  const expected = name === 'GMT' ? '+00:00' : name.slice(3);
  assert.equal(time.slice(-6), expected, `offset of ${time} in ${zone}`);
}

export function callIdSignature(callId, secret) {
  return crypto.createHmac('sha256', Buffer.from(secret, 'utf8')).update(callId).digest('base64');
}

/** A request at a receiver: headers, both signatures by two independent verifiers, the payload. Returns the payload. */
export function assertDelivered(request, secret) {
  const { headers, body, json } = request;
  assert.equal(request.method, 'POST');
  assert.match(headers['content-type'], /^application\/json\b/);
  assert.equal(Number(headers['content-length']), body.length);
  assert.match(headers['user-agent'], /^wrapup/i);
  assert.equal(headers['x-wrapup-event'], 'call.completed');
  assert.ok(request.attempt >= 1);
  assert.equal(headers['webhook-id'], json.event.id);
  assert.ok(
    Math.abs(request.at / 1000 - Number(headers['webhook-timestamp'])) < 60,
    'timestamp is that of the attempt',
  );
  new Webhook(secret).verify(body.toString('utf8'), headers);
  const signed = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), body]);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = `v1,${crypto.createHmac('sha256', key).update(signed).digest('base64')}`;
  assert.ok(headers['webhook-signature'].split(' ').includes(expected), 'webhook-signature');
  assert.equal(headers['synthflow-signature'], callIdSignature(json.call.call_id, secret));
  assertPayload(json);
  return json;
}
