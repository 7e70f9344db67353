// Every kind of text in every place that takes one, and back again letter for letter.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { agentBody, choice, getCall, open, report, yesNo } from './lib/calls.mjs';
import { assertError } from './lib/errors.mjs';
import { assertPayload } from './lib/payload.mjs';
import { Receiver } from './lib/receiver.mjs';
import { Server } from './lib/server.mjs';

let server, api, receiver;

before(async () => {
  receiver = await Receiver.start();
  server = await Server.start();
  api = server.api;
});

after(async () => {
  await server?.stop();
  await receiver?.close();
});

const texts = {
  accents: 'Åsa Ñandú-Müller œ ß',
  combining: 'e\u0301 and n\u0303 as two',
  emoji: '👩🏽‍🚒 on a 🚲, 🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  'right to left': 'مرحبا שלום \u202Ethis way\u202C',
  'east asian': '自転車の修理 自行车 자전거',
  'beyond the basic plane': '𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𒀀 𐍈',
  'quotes and slashes': '"a" \\ \'b\' / <c> & %20 {{d}}',
  'control characters': 'tab\tand \u0001 and \u007f and \u2028',
  'byte order mark': '\ufeffstart',
};

describe('text that is no ASCII', () => {
  for (const [what, text] of Object.entries(texts)) {
    it(`${what}: through the agent, the call, the record, the webhook and the search`, async () => {
      const yes = yesNo(`${text} wanted`, `${text}?`);
      const body = agentBody({
        name: text,
        agent: { engine: 'none', prompt: text, own: { [text]: [text] }, end_call_reasons: [text], variables: [{ name: text }] },
        actions: [yes, choice(`${text} slot`, text, [text, 'other']), open(`${text} open`, text, [text])],
      });
      const { model_id } = (await api.post('/v2/assistants', body)).ok();
      const [agent] = (await api.get(`/v2/assistants/${model_id}`)).ok().assistants;
      assert.equal(agent.name, text);
      assert.equal(agent.agent.prompt, text);
      assert.deepEqual(agent.agent.own, { [text]: [text] });
      assert.equal(agent.actions[0].INFORMATION_EXTRACTOR.YES_NO.identifier, `${text} wanted`);

      const sent = report(model_id, receiver.url(), {
        name: text,
        external_id: `id ${text}`,
        custom_variables: { [text]: text },
        metadata: { [text]: { [text]: text } },
        end_call_reason: 'custom_end_call',
        custom_end_call_reason: text,
        collected_variables: { [text]: text },
        transcript: [{ role: 'human', text }],
      });
      const { call_id } = (await api.post('/v2/calls/report', sent)).ok();
      const payload = (await receiver.forCall(call_id)).json;
      assertPayload(payload);
      assert.equal(payload.lead.name, text);
      assert.deepEqual(payload.lead.prompt_variables, { [text]: text });
      assert.deepEqual(payload.metadata, { [text]: { [text]: text } });
      assert.equal(payload.call.custom_end_call_reason, text);
      assert.equal(payload.call.transcript, `\nhuman: ${text}`);
      assert.equal(payload.collected_variables[text].value, text);
      assert.ok(`info_extractor_${text} wanted` in payload.executed_actions);
      assert.ok(`${text} slot` in payload.executed_actions[`info_extractor_${text} slot`].return_value);

      const record = await getCall(api, call_id);
      assert.equal(record.lead_name ?? record.name, text);
      assert.deepEqual((record.warnings ?? []).filter((warning) => warning.includes('not configured')), []);
      const found = (await api.get(`/v2/calls?search=${encodeURIComponent(text)}`)).ok().calls;
      assert.deepEqual(found.map((call) => call.call_id), [call_id]);
      const again = (await api.post('/v2/calls/report', sent)).ok();
      assert.equal(again.call_id, call_id, 'its external id is known');
    });
  }

  const wrong = {
    NUL: '{"name":"a\\u0000b"}',
    'a lone high surrogate': '{"name":"\\ud83d"}',
    'a lone low surrogate': '{"name":"\\ude00 x"}',
    'surrogates the wrong way round': '{"name":"\\ude00\\ud83d"}',
    'a raw NUL': '{"name":"a\0b"}',
  };
  for (const [what, text] of Object.entries(wrong)) {
    it(`${what} is refused everywhere, with a clear error`, async () => {
      const places = ['/v2/calls', '/v2/calls/report', '/v2/calls/inbound', '/v2/assistants', '/v2/actions', '/v2/keys', '/v2/endpoints'];
      for (const place of places)
        assertError(await api.post(place, text), 400, { code: 'invalid_json', says: /NUL|U\+0000|surrogate|control/i });
    });
  }

  it('UTF-8 that is none is refused with a clear error', async () => {
    for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf4, 0x90, 0x80, 0x80]]) {
      const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
      assertError(await api.post('/v2/calls', body), 400, { code: 'invalid_json', says: /UTF-8/ });
    }
  });

  it('in a path or a query it is refused or repeated, and never cut in two', async () => {
    for (const query of ['search=%ff', '%ff=1', 'search=a%00b'])
      assertError(await api.get(`/v2/calls?${query}`), 400, { code: 'invalid_query', says: /UTF-8/ });
    assertError(await api.get('/v2/calls/%ff'), 404, { says: /UTF-8/ });
    for (const place of ['calls', 'logs', 'endpoints', 'assistants', 'actions', 'inboxes', 'calls/reanalyze', 'logs/replay', 'schemas']) {
      for (const before of ['', 'a', 'ab', 'abc']) {
        const reply = await api.get(`/v2/${place}/${encodeURIComponent(before + '𝔘'.repeat(60))}`);
        assertError(reply, 404);
        assert.ok(!reply.text.includes('\ufffd'), reply.text);
      }
    }
  });
});
