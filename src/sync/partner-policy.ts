/** Neighbours and those that were ones, of whom a place is kept; one that is lost costs one comparison of digests. */
export const MAX_PARTNERS = 64;

/** An ext neighbour to compare directories with. */
export interface Partner<Id> {
  readonly id: Id;
  /** When it was last tried, whether it answered or not (epoch milliseconds); null where it never was. */
  readonly triedAtMs: number | null;
}

/** Whose turn it is (wire protocol 2.5): who was not tried for longest; of several, the first. Null without neighbours. */
export function nextPartner<Id>(partners: readonly Partner<Id>[]): Id | null {
  let next: Partner<Id> | null = null;
  for (const partner of partners) {
    if (next === null || (partner.triedAtMs ?? -Infinity) < (next.triedAtMs ?? -Infinity)) next = partner;
  }
  return next === null ? null : next.id;
}
