/**
 * Requests to read the configuration again: kept until the daemon has started, never two at once, those that come
 * meanwhile answered by one more, and none once the daemon stops.
 */
export class ReloadRequests {
  #reload: (() => Promise<void>) | null = null;
  #isAsked = false;
  #isRunning = false;

  constructor(private readonly stopping: AbortSignal) {}

  ask(): void {
    this.#isAsked = true;
    void this.#run();
  }

  /** @param reload must not reject */
  started(reload: () => Promise<void>): void {
    this.#reload = reload;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#isRunning || this.#reload === null) return;
    this.#isRunning = true;
    while (this.#isAsked && !this.stopping.aborted) {
      this.#isAsked = false;
      await this.#reload();
    }
    this.#isRunning = false;
  }
}
