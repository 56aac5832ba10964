/** What a text stands for, or why it stands for nothing. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };
export type Parser<T> = (text: string) => Parsed<T>;

const MAX_QUOTED_LENGTH = 80;

/** A value as it may be shown: short, printable, without the user and password of a URL. */
export function quoted(text: string): string {
  const shown = text.replace(/\/\/\S*@/g, '//***@');
  return JSON.stringify(
    shown.length <= MAX_QUOTED_LENGTH ? shown : `${shown.slice(0, MAX_QUOTED_LENGTH)}...`,
  );
}

/** Carries a problem on, and a value through `next`. */
export function chain<A, B>(parsed: Parsed<A>, next: (value: A) => Parsed<B>): Parsed<B> {
  return 'problem' in parsed ? parsed : next(parsed.value);
}

export function oneOf<T extends string>(...choices: readonly T[]): Parser<T> {
  return (text) => {
    const value = choices.find((choice) => choice === text.toLowerCase());
    return value === undefined ? { problem: `${quoted(text)} is none of ${choices.join(', ')}` } : { value };
  };
}

/** A comma-separated list without empty items; says what is wrong with each item. */
export function listOf<T>(parse: Parser<T>): Parser<readonly T[]> {
  return (text) => {
    const items = text.split(',').map((item) => item.trim());
    const parsed = items.filter((item) => item !== '').map(parse);
    const problems = parsed.flatMap((item) => ('problem' in item ? [item.problem] : []));
    if (problems.length > 0) return { problem: problems.join('; ') };
    return { value: parsed.flatMap((item) => ('value' in item ? [item.value] : [])) };
  };
}

export function wholeNumber(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max
      ? { value }
      : { problem: `${quoted(text)} is not a whole number from ${min} to ${max}` };
  };
}
