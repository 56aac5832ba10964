/**
 * Lets so many through in one turn of the event loop; the others wait for the next turns, in their order. Between turns
 * the loop looks at everything else, and takes a new connection: it takes one a turn, so a turn that answers all who are
 * there would keep those waiting who have yet to come in.
 */
export class Turnstile {
  #waiting: (() => void)[] = [];
  #passed = 0;
  #isTurnAwaited = false;

  constructor(
    private readonly perTurn: number,
    private readonly nextTurn: (run: () => void) => void = setImmediate,
  ) {}

  pass(run: () => void): void {
    this.#awaitTurn();
    if (this.#passed >= this.perTurn) {
      this.#waiting.push(run);
      return;
    }
    this.#passed += 1;
    run();
  }

  #awaitTurn(): void {
    if (this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    this.nextTurn(() => this.#turn());
  }

  #turn(): void {
    const due = this.#waiting.splice(0, this.perTurn);
    this.#isTurnAwaited = false;
    this.#passed = due.length;
    if (due.length > 0) this.#awaitTurn();
    for (const run of due) run();
  }
}
