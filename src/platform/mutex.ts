/** Runs asynchronous changes one after the other, in the order in which they were asked for. */
export class Mutex {
  private last: Promise<unknown> = Promise.resolve();

  /** A change that fails does not hold up the next one. */
  run<T>(change: () => Promise<T>): Promise<T> {
    const result = this.last.then(change);
    this.last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when all that was asked for so far is done. */
  async idle(): Promise<void> {
    await this.last;
  }
}
