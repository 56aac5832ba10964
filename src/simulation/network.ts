import type { Random } from '../platform/random.js';
import { OVERHEAD } from './sizes.js';
import type { VirtualClock } from './virtual-clock.js';

/** One way, a request on an open connection or its answer: half of them within 80 ms, one in a hundred beyond 320. */
const MEDIAN_LATENCY_MS = 80;
const LATENCY_SIGMA = 0.6;
/** A server that is slow leaves every other message lying for up to so long. */
const SLOW_DELAY_MS = 20_000;
const CALL_TIMEOUT_MS = 10_000;

export interface Answer<T> {
  /** Of the body. */
  readonly bytes: number;
  readonly value: T;
}

export interface Call<T> {
  readonly from: number;
  readonly to: number;
  /** Of the body. */
  readonly bytes: number;
  readonly timeoutMs?: number;
  /** At the receiver, when the request is there; null where it answers nobody. */
  readonly handle: () => Answer<T> | null;
  /** At the caller: the answer, or null when it has not come in time. */
  readonly done: (answer: T | null) => void;
}

/** Servers, by number, that call each other: with latency, loss, the dead, the slow, and partitions. Counts what is sent. */
export class SimulatedNetwork {
  readonly isDead: Uint8Array;
  readonly isSlow: Uint8Array;
  /** Only servers of the same part reach each other. */
  readonly part: Uint8Array;
  readonly bytesSent: Float64Array;
  /** Requests and answers. */
  messages = 0;
  /** Of messages, each way, in [0, 1]. */
  loss: number;

  constructor(
    readonly clock: VirtualClock,
    private readonly random: Random,
    readonly size: number,
    loss: number,
  ) {
    this.isDead = new Uint8Array(size);
    this.isSlow = new Uint8Array(size);
    this.part = new Uint8Array(size);
    this.bytesSent = new Float64Array(size);
    this.loss = loss;
  }

  call<T>({ from, to, bytes, timeoutMs = CALL_TIMEOUT_MS, handle, done }: Call<T>): void {
    let isOver = false;
    const finish = (answer: T | null): void => {
      if (isOver) return;
      isOver = true;
      if (this.isDead[from] === 0) done(answer);
    };
    const thereMs = this.#send(from, to, bytes + OVERHEAD.request);
    if (thereMs > timeoutMs) this.clock.after(timeoutMs, () => finish(null));
    if (thereMs === Infinity) return;
    const sentAtMs = this.clock.now();
    this.clock.after(thereMs, () => {
      const answer = this.isDead[to] === 0 ? handle() : null;
      const backMs = answer === null ? Infinity : this.#send(to, from, answer.bytes + OVERHEAD.answer);
      const elapsedMs = this.clock.now() - sentAtMs;
      if (answer !== null && elapsedMs + backMs <= timeoutMs)
        this.clock.after(backMs, () => finish(answer.value));
      else if (elapsedMs < timeoutMs) this.clock.after(timeoutMs - elapsedMs, () => finish(null));
    });
  }

  /** A message alone, such as the request of a call whose answer takes calls of its own. */
  post(from: number, to: number, bytes: number, arrive: () => void): void {
    const thereMs = this.#send(from, to, bytes + OVERHEAD.request);
    if (thereMs === Infinity) return;
    this.clock.after(thereMs, () => {
      if (this.isDead[to] === 0) arrive();
    });
  }

  /** Whether a call could get through, loss apart. */
  isReachable(from: number, to: number): boolean {
    return this.isDead[from] === 0 && this.isDead[to] === 0 && this.part[from] === this.part[to];
  }

  /** A request and its answer of which only the bytes count. */
  charge(from: number, to: number, bytes: number, answerBytes: number): void {
    this.bytesSent[from]! += bytes + OVERHEAD.request;
    this.bytesSent[to]! += answerBytes + OVERHEAD.answer;
    this.messages += 2;
  }

  /** @returns how long it takes; infinite where it never arrives */
  #send(from: number, to: number, bytes: number): number {
    this.bytesSent[from]! += bytes;
    this.messages += 1;
    if (!this.isReachable(from, to) || (this.loss > 0 && this.random.uniform() < this.loss)) return Infinity;
    return latencyMs(this.random) + this.#lying(from) + this.#lying(to);
  }

  #lying(server: number): number {
    if (this.isSlow[server] === 0 || this.random.uniform() < 0.5) return 0;
    return this.random.uniform() * SLOW_DELAY_MS;
  }
}

/** Log-normal, as measured round trips are. */
function latencyMs(random: Random): number {
  const [u, v] = [1 - random.uniform(), random.uniform()];
  const normal = Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
  return MEDIAN_LATENCY_MS * Math.exp(LATENCY_SIGMA * normal);
}
