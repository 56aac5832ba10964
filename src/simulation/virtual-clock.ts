import { Clock, type Timer } from '../platform/clock.js';

interface Event {
  readonly atMs: number;
  /** Events of one time run in the order in which they were set, so a run repeats itself. */
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Time that jumps from event to event: a binary heap, for millions of them. `ManualClock` is for tests, and slower. */
export class VirtualClock extends Clock {
  readonly #heap: Event[] = [];
  #nowMs: number;
  #order = 0;

  constructor(startMs = 0) {
    super();
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** Events that have yet to run, or be passed over. */
  get pending(): number {
    return this.#heap.length;
  }

  after(ms: number, run: () => void): Timer {
    const event = { atMs: this.#nowMs + Math.max(0, ms), order: this.#order, run, isCancelled: false };
    this.#order += 1;
    this.#push(event);
    return { cancel: () => void (event.isCancelled = true) };
  }

  /** Runs what falls due until `endMs`, or until `isDone` says so after an event. Time stands at the end, or at that event. */
  runUntil(endMs: number, isDone?: () => boolean): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      if (next.isCancelled) continue;
      this.#nowMs = next.atMs;
      next.run();
      if (isDone?.() === true) return;
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let place = heap.length;
    heap.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const { length } = heap;
    if (length === 0) return;
    let place = 0;
    for (let child = 1; child < length; child = 2 * place + 1) {
      if (child + 1 < length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
