import { describe, expect, it } from 'vitest';
import { outcomes, readVectorLines } from './vectors.js';

interface ModelVector {
  readonly model: string;
  readonly note: string;
  readonly input_json: string;
  readonly canonical?: string;
  readonly error?: readonly { readonly loc: readonly (string | number)[] }[];
}

/** Python coerces these types and makes up missing identifiers and times; here they are refused, field named. */
const REFUSED_HERE: readonly (readonly [model: string, note: RegExp, field: string])[] = [
  ['message', /^priority = ('1'|' 2 '|'\+1'|'01'|'1\.0'|True|False|1\.0|2\.0|1e0 literal)$/, 'priority'],
  [
    'announcement',
    /^capabilities\.paging = (0|1\.0|'(true|FALSE|F|yes|No|on|OFF|1|0)')$/,
    'capabilities.paging',
  ],
  ['domain_query', /^max_hops = (3\.0|True)$/, 'max_hops'],
  ['domain_response', /^confidence = '0\.5'$/, 'confidence'],
  ['domain_response', /^found 'yes'$/, 'found'],
  ['announcement', /^server_uuid missing/, 'server_uuid'],
  ['announcement', /^timestamp missing/, 'timestamp'],
  ['message', /^message_id missing/, 'message_id'],
];

const vectors = readVectorLines<ModelVector>('models.jsonl');

function refusedHere({ model, note }: ModelVector): string | undefined {
  return REFUSED_HERE.find(([name, pattern]) => name === model && pattern.test(note))?.[2];
}

function titled(selected: readonly ModelVector[]): [string, ModelVector][] {
  return selected.map((vector) => [`${vector.model}: ${vector.note}`, vector]);
}

describe('messages as deployed servers read them', () => {
  const accepted = vectors.filter(
    (vector) => vector.canonical !== undefined && refusedHere(vector) === undefined,
  );

  it.each(titled(accepted))('%s', (_, vector) => {
    expect(outcomes[vector.model]!(vector.input_json)).toEqual({ canonical: vector.canonical });
  });
});

describe('messages that deployed servers refuse', () => {
  it.each(titled(vectors.filter((vector) => vector.error !== undefined)))('%s', (_, vector) => {
    expect(outcomes[vector.model]!(vector.input_json)).toEqual({
      refusedField: vector.error![0]!.loc.join('.'),
    });
  });
});

describe('messages that only Python can read, by coercion or made-up values', () => {
  const refused = vectors.filter((vector) => refusedHere(vector) !== undefined);

  it('are 29 of the vectors', () => {
    expect(refused).toHaveLength(29);
  });

  it.each(titled(refused))('%s', (_, vector) => {
    expect(outcomes[vector.model]!(vector.input_json)).toEqual({ refusedField: refusedHere(vector) });
  });
});
