/** The candidate that takes the fewest edits to reach; the first of equals. */
export function nearest(text: string, candidates: readonly string[]): string {
  return candidates.reduce((best, next) =>
    editDistance(text, next) < editDistance(text, best) ? next : best,
  );
}

/** Letters to insert, delete or replace to turn one text into the other (Levenshtein). */
export function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
