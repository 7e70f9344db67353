// Extractors and evaluations: between the form and what the API takes.
import type { Json } from './types';

export type Kind = 'YES_NO' | 'SINGLE_CHOICE' | 'OPEN_QUESTION' | 'CUSTOM_EVAL';

export const kinds: [Kind, string][] = [
  ['YES_NO', 'Yes or no'],
  ['SINGLE_CHOICE', 'One of several choices'],
  ['OPEN_QUESTION', 'Open question'],
  ['CUSTOM_EVAL', 'Evaluation'],
];

export const categories: [string, string][] = [
  ['pass_fail', 'Passed or not'],
  ['numeric', '1 to 10'],
  ['likert_scale', 'Agreement, in five steps'],
  ['descriptive', 'In words'],
];

export interface Draft {
  kind: Kind;
  identifier: string;
  description: string;
  choices: string[];
  examples: string[];
  category: string;
  expected: string;
  action_id?: string;
}

export const emptyDraft = (): Draft => ({ kind: 'YES_NO', identifier: '', description: '', choices: [], examples: [], category: 'pass_fail', expected: '' });

type Definition = Record<string, Json>;

export function definitionOf(draft: Draft): Definition {
  if (draft.kind === 'CUSTOM_EVAL') {
    const expected: Json = draft.category === 'numeric' ? Number(draft.expected) : draft.category === 'pass_fail' ? draft.expected !== 'false' : draft.expected;
    return { CUSTOM_EVAL: { question: { identifier: draft.identifier, text: draft.description, category: draft.category, ...(draft.expected !== '' && { expected_result: expected }) } } };
  }
  const inner: Record<string, Json> = { identifier: draft.identifier, description: draft.description };
  if (draft.kind === 'SINGLE_CHOICE') inner.choices = draft.choices.filter(Boolean);
  if (draft.kind === 'OPEN_QUESTION' && draft.examples.some(Boolean)) inner.examples = draft.examples.filter(Boolean);
  return { INFORMATION_EXTRACTOR: { [draft.kind]: inner } };
}

const strings = (value: Json | undefined) => (Array.isArray(value) ? value.map(String) : []);

/** From what an agent or GET /v2/actions has. */
export function draftOf(action: Definition): Draft {
  const draft = { ...emptyDraft(), action_id: typeof action.action_id === 'string' ? action.action_id : undefined };
  const parameters = action.parameters_hard_coded as Record<string, Json> | undefined;
  if (parameters) {
    const evaluation = action.action_type === 'CUSTOM_EVAL';
    const known = kinds.some(([kind]) => kind === parameters.type);
    return {
      ...draft,
      kind: evaluation ? 'CUSTOM_EVAL' : known ? (parameters.type as Kind) : 'OPEN_QUESTION',
      identifier: String(parameters.identifier ?? ''),
      description: String(parameters.condition ?? action.description ?? ''),
      choices: strings(parameters.choices),
      examples: strings(parameters.examples),
      category: evaluation ? String(parameters.type ?? 'pass_fail') : draft.category,
      expected: parameters.expected_result === null || parameters.expected_result === undefined ? '' : String(parameters.expected_result),
    };
  }
  const evaluation = (action.CUSTOM_EVAL as Record<string, Json> | undefined)?.question as Record<string, Json> | undefined;
  if (evaluation) return { ...draft, kind: 'CUSTOM_EVAL', identifier: String(evaluation.identifier ?? ''), description: String(evaluation.text ?? ''), category: String(evaluation.category ?? 'pass_fail'), expected: evaluation.expected_result === undefined || evaluation.expected_result === null ? '' : String(evaluation.expected_result) };
  const extractor = (action.INFORMATION_EXTRACTOR ?? {}) as Record<string, Record<string, Json>>;
  const kind = (Object.keys(extractor)[0] ?? 'YES_NO') as Kind;
  const inner = extractor[kind] ?? {};
  return { ...draft, kind, identifier: String(inner.identifier ?? ''), description: String(inner.description ?? ''), choices: strings(inner.choices), examples: strings(inner.examples) };
}

export const kindTitle = (kind: Kind) => kinds.find(([id]) => id === kind)?.[1] ?? kind;
