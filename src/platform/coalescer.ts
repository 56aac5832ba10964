interface Waiting<K, V> {
  readonly item: K;
  readonly resolve: (value: V) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets calls in flight together share one statement. What is submitted while a batch runs goes together
 * into the next one, in order; so a lone call waits for nothing, and under load the batches grow by themselves.
 */
export class Coalescer<K, V> {
  readonly #runBatch: (items: readonly K[]) => Promise<readonly V[]>;
  readonly #maxBatch: number;
  readonly #waiting: Waiting<K, V>[] = [];
  #isRunning = false;

  /** @param runBatch answers one result per item, in the items' order; if it fails, so does each of its callers */
  constructor(
    runBatch: (items: readonly K[]) => Promise<readonly V[]>,
    options: { readonly maxBatch: number },
  ) {
    this.#runBatch = runBatch;
    this.#maxBatch = options.maxBatch;
  }

  submit(item: K): Promise<V> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Callers of the same turn share the first batch as well.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#run(this.#waiting.splice(0, this.#maxBatch));
    this.#isRunning = false;
  }

  async #run(batch: readonly Waiting<K, V>[]): Promise<void> {
    try {
      const results = await this.#runBatch(batch.map(({ item }) => item));
      if (results.length !== batch.length) {
        throw new Error(`a batch of ${batch.length} items gave ${results.length} results`);
      }
      batch.forEach(({ resolve }, position) => resolve(results[position] as V));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
