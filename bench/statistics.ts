/** @param sorted ascending, not empty */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))]!;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    50,
  );
}

/** How often a second `act` can be done with so many of it in flight. */
export async function rateOf(
  times: number,
  inFlight: number,
  act: (lane: number) => Promise<void>,
): Promise<number> {
  let left = times;
  const lane = async (number: number): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await act(number);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: inFlight }, (_, number) => lane(number)));
  return (times / (performance.now() - startedAt)) * 1000;
}
