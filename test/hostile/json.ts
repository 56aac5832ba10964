/** JSON as it is written: what `JSON.stringify` cannot say, such as 1e400 or 4,301 digits, is given as its text. */
export class Written {
  constructor(readonly text: string) {}
}

export type Loose = null | boolean | number | string | Written | readonly Loose[] | LooseObject;
export interface LooseObject {
  readonly [key: string]: Loose;
}

export function toJson(value: Loose): string {
  if (value instanceof Written) return value.text;
  if (isList(value)) return `[${value.map(toJson).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${toJson(item)}`);
  return `{${entries.join(',')}}`;
}

/** A copy in which the field at a dotted path is another one; undefined takes it away. */
export function changed(value: LooseObject, path: string, replacement: Loose | undefined): LooseObject {
  const [key = '', ...rest] = path.split('.');
  const others = Object.entries(value).filter(([name]) => name !== key);
  const child = rest.length === 0 ? replacement : changed(objectAt(value, key), rest.join('.'), replacement);
  // fromEntries defines `__proto__` as a field like any other; an assignment would not.
  return Object.fromEntries(child === undefined ? others : [...others, [key, child]]);
}

export function at(value: LooseObject, path: string): Loose | undefined {
  return path
    .split('.')
    .reduce<Loose | undefined>((level, key) => (isObject(level) ? level[key] : undefined), value);
}

/** Dotted paths of every field, those of objects included. */
export function pathsOf(value: LooseObject, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, item]) => [
    prefix + key,
    ...(isObject(item) ? pathsOf(item, `${prefix}${key}.`) : []),
  ]);
}

function isObject(value: unknown): value is LooseObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Written);
}

function objectAt(value: LooseObject, key: string): LooseObject {
  const child = value[key];
  if (!isObject(child)) throw new Error(`there is no object at ${key}`);
  return child;
}

function isList(value: Loose): value is readonly Loose[] {
  return Array.isArray(value);
}
