// What the tests of calls with a model share: an agent's questions, a model that knows the call, the settings, a call and its webhook.
import { assertDelivered, validator } from './payload.mjs';
import { ModelServer } from './model_server.mjs';
import { Receiver } from './receiver.mjs';
import { devSecret, Server, tempFile } from './server.mjs';
import { choice, evaluation, makeSilentAgent, open, reportCall, transcript, yesNo } from './calls.mjs';

export const actions = [
  yesNo('wants_pickup', 'Does the customer want the bike collected?'),
  choice('part of day', 'Which part of the day was chosen?', ['In the morning', 'In the afternoon']),
  open('fault', 'What is wrong with the bike?', ['flat tyre']),
  open('budget', 'What may the repair cost?', ['50 euros']),
  evaluation('polite', 'Was the agent polite?', 'pass_fail', 'true'),
  evaluation('clear', 'How clear was the agent?', 'numeric', '7'),
  evaluation('pushy', 'The agent was pushy.', 'likert_scale', 'disagree'),
  evaluation('mood', 'Describe the mood of the customer.', 'descriptive', ''),
];

export const knows = {
  extract: {
    wants_pickup: { turn: 3, quote: 'Yes please', value: true },
    'part of day': { turn: 3, quote: 'Thursday morning', value: 'In the morning' },
    fault: { turn: 3, quote: 'the rear brake SQUEALS!', value: 'rear brake squeals' },
  },
  evaluate: {
    'Was the agent polite?': { turn: 4, quote: 'Have a good day', value: true },
    'How clear was the agent?': { value: 6 },
    'The agent was pushy.': { value: 'disagree' },
    'Describe the mood of the customer.': { value: 'Brief and friendly.' },
  },
};

export const key = 'model-key-not-real-0123456789';
export const config = (url, more = '') => `[model]
base_url = "${url}/"
name = "scripted-1"
api_key_file = "${tempFile('model-key.txt', `${key}\n`)}"
timeout = "2s"
deadline = "6s"
prompt_price = 100
completion_price = 400
${more}`;

/** A server with its model, a receiver and an agent. */
export class Modelled {
  static async start() {
    const all = new Modelled();
    all.model = await ModelServer.start(knows);
    all.receiver = await Receiver.start();
    all.server = await Server.start({ config: config(all.model.url) });
    all.api = all.server.api;
    all.assertServed = validator((await all.api.get('/v2/schemas/post-call-webhook.json')).json);
    all.agent = await makeSilentAgent(all.api, { actions });
    all.calls = 0;
    return all;
  }

  async stop() {
    await this.server.stop();
    await this.receiver.close();
    await this.model.close();
  }

  /** The webhook of a new call. Turns say what the model was not asked before, so that nothing comes out of its cache. */
  async webhook(more = {}, options = {}) {
    const turns = [...transcript, { role: 'human', text: `My number is ${++this.calls}.` }];
    const callId = await reportCall(options.api ?? this.api, options.agent ?? this.agent, this.receiver.url(), { transcript: turns, ...more });
    const request = await this.receiver.forCall(callId, { timeout: 30_000, ...options });
    const payload = assertDelivered(request, devSecret);
    this.assertServed(payload);
    return { callId, payload, found: payload.executed_actions };
  }
}

export const value = (found, identifier) =>
  (found[`info_extractor_${identifier}`] ?? found[`custom_eval_${identifier}`]).return_value[identifier];
export const revisions = async (callId, using) => (await using.get(`/v2/calls/${callId}/revisions`)).ok().revisions;
