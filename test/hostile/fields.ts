import type { FederationErrorCode } from '../../src/protocol/errors.js';
import { MAX_INTEGER_DIGITS } from '../../src/protocol/limits.js';
import { at, changed, toJson, Written, type Loose, type LooseObject } from './json.js';

/** What a field takes, as far as its misuse follows from it. */
export interface Field {
  /** Dotted. */
  readonly path: string;
  readonly takes: 'text' | 'name' | 'choice' | 'integer' | 'boolean' | 'list' | 'object';
  readonly isOptional?: true;
  readonly isNullable?: true;
  readonly mayBeEmpty?: true;
  /** Of an integer, that 0 is one that it takes; of a list, that it takes numbers. */
  readonly takesZero?: true;
  readonly ofNumbers?: true;
  /** Most characters of a text, most items of a list, greatest integer. */
  readonly max?: number;
  /** Most characters of an item of a list. */
  readonly maxOfItem?: number;
  /** Values that are wrong here for reasons of their own. */
  readonly wrong?: readonly WrongValue[];
}

export type WrongValue = readonly [title: string, value: Loose, ...codes: FederationErrorCode[]];

/** A message with one thing wrong in it. */
export interface Mistake {
  readonly title: string;
  /** Of the message, also where another field gives it its place. */
  readonly path: string;
  /** From a message that would be accepted. */
  readonly make: (sound: LooseObject) => LooseObject | Written;
  readonly codes: readonly FederationErrorCode[];
}

const INVALID: readonly FederationErrorCode[] = ['invalid_field'];
const digits = (count: number): Written => new Written('9'.repeat(count));

const OF_EACH_TYPE: readonly (readonly [takenBy: string, title: string, value: Loose])[] = [
  ['', 'null', null],
  ['integer', 'a number', 7],
  ['text name choice', 'text', 'x'],
  ['boolean', 'true', true],
  ['list', 'a list', []],
  ['object', 'an object', {}],
];

const HUGE_NUMBERS: readonly WrongValue[] = [
  ['1e400', new Written('1e400')],
  ['-1e400', new Written('-1e400')],
  ['NaN', new Written('NaN')],
  ['-Infinity', new Written('-Infinity')],
  ['-0', new Written('-0')],
  [`${MAX_INTEGER_DIGITS} digits`, digits(MAX_INTEGER_DIGITS)],
  [`${MAX_INTEGER_DIGITS + 1} digits`, digits(MAX_INTEGER_DIGITS + 1), 'malformed_json'],
];

const WRONG_TEXTS: readonly WrongValue[] = [
  ['U+0000', 'a\0b'],
  ['a lone surrogate', 'a\ud800b'],
];

const WRONG_NAMES: readonly WrongValue[] = [
  ['a name beyond ASCII', 'bücher.example'],
  ['a full-width name', 'ｐｅｅｒ.example'],
  ['a name with a space', 'peer example'],
  ['a name with a slash', '../etc'],
  ['a URL', 'http://peer.example'],
  ['an address', 'user@peer.example'],
  ['a name with a line feed', 'peer.example\n'],
  ['a name with a direction mark', 'peer\u202e.example'],
];

const WRONG_CHOICES: readonly WrongValue[] = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
].map((text) => [`"${text}"`, text] as const);

const WRONG_INTEGERS: readonly WrongValue[] = [
  ['a fraction', 1.5],
  ['a float', new Written('1.0')],
  ['an exponent', new Written('1e0')],
  ['digits in quotes', '1'],
  ['a negative number', -1],
  ['2^53', new Written('9007199254740993')],
];

/** Every way to get one field wrong that its description implies. */
function wrongValues(field: Field): readonly WrongValue[] {
  const { takes, isNullable, wrong = [] } = field;
  const types = OF_EACH_TYPE.filter(
    ([takenBy, , value]) => !takenBy.split(' ').includes(takes) && !(isNullable === true && value === null),
  ).map(([, title, value]): WrongValue => [title, value]);
  const right = new Set([
    ...(field.takesZero === true ? ['-0'] : []),
    ...(field.ofNumbers === true ? ['a list of numbers'] : []),
  ]);
  return [...types, ...HUGE_NUMBERS, ...wrongOfItsType(field), ...wrong].filter(
    ([title]) => !right.has(title),
  );
}

function wrongOfItsType(field: Field): readonly WrongValue[] {
  const max = field.max ?? 0;
  switch (field.takes) {
    case 'name':
      return [...wrongTexts(field), ...WRONG_NAMES];
    case 'text':
      return wrongTexts(field);
    case 'choice':
      return [...WRONG_TEXTS, ...WRONG_CHOICES];
    case 'integer':
      return [...WRONG_INTEGERS, ['too large', max + 1]];
    case 'boolean':
      return [
        ['"true"', 'true'],
        ['0', 0],
      ];
    case 'list':
      return wrongLists(field);
    case 'object':
      return [];
  }
}

function wrongTexts({ max = 0, mayBeEmpty }: Field): readonly WrongValue[] {
  const texts: WrongValue[] = [...WRONG_TEXTS, [`${max + 1} characters`, 'x'.repeat(max + 1)]];
  return mayBeEmpty === true ? texts : [...texts, ['empty', '']];
}

/** Every single mistake that can be made in these fields. */
export function mistakes(fields: readonly Field[]): Mistake[] {
  return fields.flatMap((field) => {
    const { path } = field;
    const values = wrongValues(field).map(([title, value, ...codes]): Mistake => {
      const make = (sound: LooseObject): LooseObject => changed(sound, path, value);
      return { title: `${path}: ${title}`, path, make, codes: codes.length === 0 ? INVALID : codes };
    });
    return [...values, ...(field.isOptional === true ? [] : absences(path)), ...repetitions(field)];
  });
}

/** A field that is not there, and one that only a prototype would have. */
function absences(path: string): Mistake[] {
  const key = path.split('.').at(-1)!;
  const missing: Mistake = {
    title: `${path}: missing`,
    path,
    make: (sound) => changed(sound, path, undefined),
    codes: INVALID,
  };
  const inherited = ['__proto__', 'constructor', 'prototype'].map((name): Mistake => {
    const make = (sound: LooseObject): LooseObject => {
      const inside = Object.fromEntries([[key, at(sound, path) ?? null]]);
      return changed(missing.make(sound) as LooseObject, path.slice(0, -key.length) + name, inside);
    };
    return { title: `${path}: only within ${name}`, path, make, codes: INVALID };
  });
  return [missing, ...inherited];
}

/** Of a repeated key the last counts, as deployed servers have it. */
function repetitions({ path, takes }: Field): Mistake[] {
  if (path.includes('.')) return [];
  const wrong = takes === 'list' ? '{}' : '[]';
  const make = (sound: LooseObject): Written =>
    new Written(toJson(sound).replace(/\}$/, `,${JSON.stringify(path)}:${wrong}}`));
  return [{ title: `${path}: repeated, wrong the last time`, path, make, codes: INVALID }];
}

function wrongLists({ max = 0, maxOfItem = 0 }: Field): readonly WrongValue[] {
  return [
    ['a list of null', [null]],
    ['a list of numbers', [1, 2]],
    ['a list of lists', [['x']]],
    ['a list of objects', [{ '0': 'x' }]],
    ['a list of U+0000', ['a\0']],
    ['an object like a list', { '0': 'x', length: 1 }],
    [`${max + 1} items`, Array.from({ length: max + 1 }, () => 'x')],
    [`an item of ${maxOfItem + 1} characters`, ['x'.repeat(maxOfItem + 1)]],
  ];
}
