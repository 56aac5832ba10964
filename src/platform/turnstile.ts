import { FairQueue } from './fair-queue.js';

export interface TurnstileLimits {
  /** How many pass in one turn. */
  readonly perTurn: number;
  /** How many turns in a row arrivals may keep those who wait from passing. */
  readonly maxHeldTurns: number;
}

/**
 * Lets a few through in each turn of the event loop; the others wait for the next turns, lane by lane.
 *
 * The loop takes one new connection a turn. So turns have to be short while connections arrive, or those who are there
 * would keep out those who have yet to come in: nobody passes in a turn that took one, until that was so for too long.
 */
export class Turnstile {
  readonly #waiting = new FairQueue<() => void>();
  #passed = 0;
  #heldTurns = 0;
  #hasArrival = false;
  #isTurnAwaited = false;

  constructor(
    private readonly limits: TurnstileLimits,
    private readonly nextTurn: (run: () => void) => void = setImmediate,
  ) {}

  /** @param laneOf asked only of those who have to wait */
  pass(run: () => void, laneOf: () => string = () => ''): void {
    this.#awaitTurn();
    if (this.#isHeld() || this.#waiting.size > 0 || this.#passed >= this.limits.perTurn) {
      this.#waiting.push(laneOf(), run);
      return;
    }
    this.#passed += 1;
    run();
  }

  /** Somebody new came in this turn. */
  noteArrival(): void {
    this.#hasArrival = true;
    this.#awaitTurn();
  }

  #isHeld(): boolean {
    return this.#hasArrival && this.#heldTurns < this.limits.maxHeldTurns;
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.nextTurn(() => this.#turn());
  }

  #turn(): void {
    const isHeld = this.#isHeld();
    this.#heldTurns = isHeld ? this.#heldTurns + 1 : 0;
    this.#hasArrival = false;
    this.#isTurnAwaited = false;
    const due = isHeld ? 0 : Math.min(this.limits.perTurn, this.#waiting.size);
    this.#passed = due;
    if (due > 0 || this.#waiting.size > 0) this.#awaitTurn();
    for (let i = 0; i < due; i += 1) this.#waiting.shift()!();
  }
}
