/** How far the periods of wire protocol 2.5 are drawn apart, so that servers started together do not stay together. */
export const PERIOD_SPREAD = 0.2;

/** The period, up to 20 % shorter or longer. `draw` is in [0, 1). */
export function spreadPeriodMs(periodMs: number, draw: number): number {
  return periodMs * (1 - PERIOD_SPREAD + 2 * PERIOD_SPREAD * draw);
}
