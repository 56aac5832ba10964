export interface TokenBucket {
  readonly tokens: number;
  readonly atMs: number;
}

/** What is in the bucket now; a clock that was set back adds nothing and takes nothing. */
export function refillTokens(
  bucket: TokenBucket,
  nowMs: number,
  { perSecond, capacity }: { readonly perSecond: number; readonly capacity: number },
): TokenBucket {
  const earned = (Math.max(0, nowMs - bucket.atMs) / 1000) * perSecond;
  return { tokens: Math.min(capacity, bucket.tokens + earned), atMs: nowMs };
}
