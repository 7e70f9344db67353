// The published schema by itself, without a server: it takes a right payload and refuses each wrong one.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analysisKeys, assertPayload, assertValid } from './lib/payload.mjs';

function judged() {
  const analysis = Object.fromEntries(analysisKeys.map((key) => [key, key.endsWith('feedback') ? '' : 'true']));
  return {
    ...analysis,
    steps: 'partial',
    steps_feedback: 'The agent never read the order reference back.',
    objections: 'not_applicable',
    knowledge: null,
    call_summary_feedback: 'The customer booked a pickup on Thursday morning.',
    judge_found_partial_or_error: 'true',
    judge_found_full_error: 'false',
    all_feedback: 'steps: The agent never read the order reference back.',
  };
}

function extraction(type, identifier, value, more = {}) {
  return {
    name: `info_extractor_${identifier}`,
    action_type: 'extract_info_action_type',
    description: '',
    parameters_hard_coded: { type, identifier, condition: 'What?', choices: null, examples: null, ...more },
    error_message: null,
    return_value: { [identifier]: value },
    evidence: value === null ? null : { turn: 1, quote: 'Thursday morning' },
    confidence: value === null ? null : 0.85,
    evaluator: 'rules',
  };
}

function sample() {
  return {
    status: 'completed',
    error_message: '',
    lead: { name: 'Ilse Varga', phone_number: '+15550134477', prompt_variables: { company: 'Northlight Cycles' } },
    call: {
      status: 'completed',
      end_call_reason: 'agent_goodbye',
      model_id: '7f0c2b1a-3d44-4c59-9a0e-5b6d1f2e8c77',
      timezone: 'Europe/Berlin',
      call_id: '0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40',
      duration: 96,
      start_time: '2026-03-11T15:20:07+01:00',
      transcript: '\nbot: Shall we collect your bike?\nhuman: Yes, Thursday morning.\nbot: Goodbye!',
      recording_url: null,
      type_of_call: 'outbound',
      phone_number_from: '+15550100199',
      phone_number_to: '+15550134477',
      end_time: '2026-03-11T15:21:50.5+01:00',
      ring_seconds: 7,
    },
    executed_actions: {
      info_extractor_wants_pickup: extraction('YES_NO', 'wants_pickup', true),
      'info_extractor_pickup slot': extraction('SINGLE_CHOICE', 'pickup slot', 'morning', {
        choices: ['morning', 'noon'],
      }),
      info_extractor_fault: extraction('OPEN_QUESTION', 'fault', null, { examples: ['flat tyre'] }),
      book_slot: { name: 'book_slot', action_type: 'custom_function_action_type', return_value: { results: [1] } },
    },
    analysis: judged(),
    collected_variables: { bike_count: { value: 1, collected: true } },
    metadata: { any: [{ thing: null }] },
    event: {
      id: 'evt_0b7d4c1e-52aa-4f0e-9a63-1f2c8e7d9b40_completed_1',
      type: 'call.completed',
      created_at: '2026-03-11T14:21:51.003Z',
      schema: '2026-11-23',
      revision: 1,
      complete: true,
      missing: [],
    },
  };
}

const right = {
  'a judged call': () => {},
  'a call that never connected': (p) => {
    p.status = p.call.status = 'busy';
    Object.assign(p.call, { end_call_reason: 'undefined', duration: 0, transcript: '' });
    Object.assign(p, { analysis: null, executed_actions: {}, collected_variables: {} });
  },
  'an end reason of tomorrow': (p) => (p.call.end_call_reason = 'carrier_lost'),
  'a custom end': (p) => {
    const { status, end_call_reason, ...rest } = p.call;
    p.call = { status, end_call_reason: 'custom_end_call', custom_end_call_reason: 'Wrong number', ...rest };
  },
  'an extractor that failed': (p) => {
    Object.assign(p.executed_actions.info_extractor_fault, { error_message: 'the model did not answer in time' });
    Object.assign(p.event, { complete: false, missing: ['extract'] });
  },
};

const action = (p) => p.executed_actions.info_extractor_wants_pickup;
const wrong = {
  'an unknown key at the root': (p) => (p.summary = ''),
  'a missing key': (p) => delete p.metadata,
  'an unknown key of the call': (p) => (p.call.diversion = null),
  'a status of the running call': (p) => (p.status = p.call.status = 'ringing'),
  'two statuses': (p) => (p.call.status = 'busy'),
  'a judged call that never connected': (p) => (p.status = p.call.status = 'no-answer'),
  'a custom end without its text': (p) => (p.call.end_call_reason = 'custom_end_call'),
  'the text of a custom end without the end': (p) => (p.call.custom_end_call_reason = 'Wrong number'),
  'a duration as text': (p) => (p.call.duration = '96'),
  'a start in UTC form': (p) => (p.call.start_time = '2026-03-11T14:20:07Z'),
  'a start that is no date': (p) => (p.call.start_time = '2026-13-11T14:20:07+01:00'),
  'a transcript without speakers': (p) => (p.call.transcript = 'Hello.'),
  'a call id that is no UUID': (p) => (p.call.call_id = '1773238807000x123456789012345678'),
  'yes for true': (p) => (action(p).return_value.wants_pickup = 'yes'),
  'an answer beside an error': (p) => (action(p).error_message = 'failed'),
  'two answers': (p) => (action(p).return_value.other = true),
  'confidence beyond 1': (p) => (action(p).confidence = 85),
  'parameters as text': (p) => (action(p).parameters_hard_coded = '{}'),
  'a verdict as a boolean': (p) => (p.analysis.goal = true),
  'partly an appointment': (p) => Object.assign(p.analysis, { appointment: 'partial', appointment_feedback: 'Half.' }),
  'a true verdict with feedback': (p) => (p.analysis.goal_feedback = 'Well done.'),
  'a false verdict without feedback': (p) =>
    Object.assign(p.analysis, { goal: 'false', judge_found_full_error: 'true' }),
  'a wrong sum of verdicts': (p) => (p.analysis.judge_found_partial_or_error = 'false'),
  'a missing verdict': (p) => delete p.analysis.persona,
  'an uncollected variable': (p) => (p.collected_variables.bike_count.collected = false),
  'a system variable': (p) => (p.collected_variables.call_id = { value: 'x', collected: true }),
  'a variable that is an object': (p) => (p.collected_variables.bike_count.value = {}),
  'a prompt variable that is a number': (p) => (p.lead.prompt_variables.count = 7),
  'an incomplete event that misses nothing': (p) => (p.event.complete = false),
  'an event without milliseconds': (p) => (p.event.created_at = '2026-03-11T14:21:51Z'),
  'revision 0': (p) => (p.event.revision = 0),
};

describe('the published schema', () => {
  for (const [what, change] of Object.entries(right)) {
    it(`takes ${what}`, () => {
      const payload = sample();
      change(payload);
      assertPayload(payload);
    });
  }

  for (const [what, change] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      const payload = sample();
      change(payload);
      assert.throws(() => assertValid(payload), /not valid/);
    });
  }
});
