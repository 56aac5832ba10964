import type { RateWindow } from '../platform/rate-window.js';
import { decideIntroduction } from '../peers/introduction-policy.js';

/** What every server has taken from each introducer (wire protocol 2.4). */
export class Introductions {
  readonly #used = new Map<string, RateWindow>();

  /** Whether a server keeps an unknown one that another has brought. */
  take(server: number, introducer: number, wasAskedFor: boolean, nowMs: number): boolean {
    const key = `${server} ${introducer}`;
    const used = this.#used.get(key);
    const decision = decideIntroduction({ isProven: true, wasAskedFor, used, nowMs });
    if (decision.type === 'take' && decision.used !== undefined) this.#used.set(key, decision.used);
    return decision.type === 'take';
  }
}
