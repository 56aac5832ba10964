/** A length of time as SQL writes it. In seconds: before PostgreSQL 15 no interval has more than 2^31 milliseconds, 24 days. */
export function interval(ms: number): string {
  return `interval '${ms / 1_000} seconds'`;
}
