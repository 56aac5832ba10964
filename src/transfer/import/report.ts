import { FederationError } from '../../protocol/errors.js';
import { Unusable } from './fields.js';

export type Outcome = 'taken' | 'already_there' | 'left_out';

/** What became of one row. */
export interface Item {
  readonly what: string;
  readonly outcome: Outcome;
  /** Why it was left out, or what is to be known about how it was taken. */
  readonly note?: string;
}

export interface Section {
  readonly taken: number;
  readonly already_there: number;
  readonly left_out: number;
  readonly items: readonly Item[];
}

export interface ImportReport {
  readonly dry_run: boolean;
  readonly identity: {
    readonly outcome: Exclude<Outcome, 'left_out'>;
    readonly server_id: string;
    readonly server_uuid: string;
    readonly fingerprint: string;
  };
  /** For the operator to set LATTICE_BOOTSTRAP_SERVERS. */
  readonly bootstrap_servers: readonly string[];
  readonly peers: Section;
  readonly blocklist: Section;
  readonly revocations: Section;
  readonly key_rotations: Section;
}

export function section(items: readonly Item[]): Section {
  const count = (outcome: Outcome): number => items.filter((item) => item.outcome === outcome).length;
  return {
    taken: count('taken'),
    already_there: count('already_there'),
    left_out: count('left_out'),
    items,
  };
}

/** A row on its way in, or what became of it already. */
export type Planned<T> = { readonly what: string; readonly value: T; readonly note?: string } | Item;

export function isItem<T>(planned: Planned<T>): planned is Item {
  return 'outcome' in planned;
}

/** What is on its way in. */
export function valuesOf<T>(planned: readonly Planned<T>[]): T[] {
  return planned.flatMap((one) => (isItem(one) ? [] : [one.value]));
}

/** Carries on with the next row where one cannot be used. */
export async function attempt<T>(
  what: string,
  plan: () => Promise<Planned<T>> | Planned<T>,
): Promise<Planned<T>> {
  try {
    return await plan();
  } catch (error) {
    if (error instanceof Unusable || error instanceof FederationError) return leftOut(what, error.message);
    throw error;
  }
}

export function leftOut(what: string, note: string): Item {
  return { what, outcome: 'left_out', note };
}
