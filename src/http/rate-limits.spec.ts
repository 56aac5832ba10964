import { expect, test } from 'vitest';
import { requireRoom } from './rate-limits.js';

test('what is refused becomes a coded error that says how long to wait', () => {
  expect(() => requireRoom({ allowed: false, retryAfterSeconds: 7 }, 'Too many.')).toThrowError(
    expect.objectContaining({
      code: 'rate_limited',
      message: 'Too many.',
      extra: { retryAfterSeconds: 7 },
    }) as Error,
  );
  expect(() => requireRoom({ allowed: true }, 'Too many.')).not.toThrow();
});
