import { Clock, type Timer } from '../platform/clock.js';

class Scheduled implements Timer {
  isCancelled = false;

  constructor(readonly run: () => void) {}

  cancel(): void {
    this.isCancelled = true;
  }
}

/** Children of a place in the heap: with four it is half as deep as with two. */
const ARITY = 4;

/**
 * Time that jumps from event to event, for millions of them. `ManualClock` is for tests, and slower. A heap in three lists,
 * so that times are compared without looking at the events.
 */
export class VirtualClock extends Clock {
  readonly #times: number[] = [];
  /** Events of one time run in the order in which they were set, so a run repeats itself. */
  readonly #orders: number[] = [];
  readonly #events: Scheduled[] = [];
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
    return this.#events.length;
  }

  after(ms: number, run: () => void): Timer {
    const event = new Scheduled(run);
    this.#push(this.#nowMs + Math.max(0, ms), event);
    return event;
  }

  /** Runs what falls due until `endMs`, or until `isDone` says so after an event. Time stands at the end, or at that event. */
  runUntil(endMs: number, isDone?: () => boolean): void {
    while (this.#events.length > 0 && this.#times[0]! <= endMs) {
      const atMs = this.#times[0]!;
      const event = this.#pop();
      if (event.isCancelled) continue;
      this.#nowMs = atMs;
      event.run();
      if (isDone?.() === true) return;
    }
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  #push(atMs: number, event: Scheduled): void {
    const order = this.#order;
    this.#order += 1;
    let place = this.#events.length;
    this.#times.push(atMs);
    this.#orders.push(order);
    this.#events.push(event);
    while (place > 0) {
      const parent = Math.floor((place - 1) / ARITY);
      // Whatever is there already was set before.
      if (atMs >= this.#times[parent]!) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#put(place, atMs, order, event);
  }

  #pop(): Scheduled {
    const first = this.#events[0]!;
    const [atMs, order, last] = [this.#times.pop()!, this.#orders.pop()!, this.#events.pop()!];
    if (this.#events.length === 0) return first;
    let place = 0;
    for (let child = this.#firstChild(0); child > 0; child = this.#firstChild(place)) {
      if (!this.#isBefore(child, atMs, order)) break;
      this.#move(child, place);
      place = child;
    }
    this.#put(place, atMs, order, last);
    return first;
  }

  /** Of the children of a place the one that runs first; 0 where it has none. */
  #firstChild(place: number): number {
    const from = ARITY * place + 1;
    const end = Math.min(from + ARITY, this.#events.length);
    let first = from < end ? from : 0;
    for (let child = from + 1; child < end; child += 1) {
      if (this.#isBefore(child, this.#times[first]!, this.#orders[first]!)) first = child;
    }
    return first;
  }

  #isBefore(place: number, atMs: number, order: number): boolean {
    const time = this.#times[place]!;
    return time === atMs ? this.#orders[place]! < order : time < atMs;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#times[from]!, this.#orders[from]!, this.#events[from]!);
  }

  #put(place: number, atMs: number, order: number, event: Scheduled): void {
    this.#times[place] = atMs;
    this.#orders[place] = order;
    this.#events[place] = event;
  }
}
