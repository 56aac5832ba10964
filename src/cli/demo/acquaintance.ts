/** Whom each daemon knows, by name. A daemon that was not asked yet has no entry. */
export type Acquaintance = ReadonlyMap<string, ReadonlySet<string>>;

export interface Meeting {
  readonly who: string;
  readonly whom: string;
}

/** Whether each knows all the others. */
export function allKnowAll(names: readonly string[], acquaintance: Acquaintance): boolean {
  return names.every((who) =>
    names.every((whom) => who === whom || acquaintance.get(who)?.has(whom) === true),
  );
}

/** Who has come to know whom between the two. */
export function meetings(before: Acquaintance, after: Acquaintance): Meeting[] {
  return [...after].flatMap(([who, known]) =>
    [...known].filter((whom) => before.get(who)?.has(whom) !== true).map((whom) => ({ who, whom })),
  );
}
