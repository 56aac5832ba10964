/** A queue of many lanes: each has its turn, and within a lane the order is that of arrival. Holds nothing of a lane that is empty. */
export class FairQueue<T> {
  /** The lane whose turn it is stands first. */
  readonly #lanes = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(lane: string, item: T): void {
    this.#size += 1;
    const items = this.#lanes.get(lane);
    if (items === undefined) this.#lanes.set(lane, [item]);
    else items.push(item);
  }

  /** It waits no longer; the lane keeps its turn. */
  remove(lane: string, item: T): void {
    const items = this.#lanes.get(lane) ?? [];
    const place = items.indexOf(item);
    if (place === -1) return;
    items.splice(place, 1);
    this.#size -= 1;
    if (items.length === 0) this.#lanes.delete(lane);
  }

  /** Takes the next, or undefined where nobody waits. */
  shift(): T | undefined {
    for (const [lane, items] of this.#lanes) {
      this.#size -= 1;
      const item = items.shift();
      this.#lanes.delete(lane);
      if (items.length > 0) this.#lanes.set(lane, items);
      return item;
    }
    return undefined;
  }
}
