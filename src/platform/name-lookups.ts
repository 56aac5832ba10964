import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { LRUCache } from 'lru-cache';
import { FairQueue } from './fair-queue.js';
import { PeerUnreachable } from './peer-http.js';

/** Of the two threads that libuv leaves to look-ups, as it has four: the other one is for the database and Vault. */
const MAX_LOOKUPS = 1;
/** Names that wait for their turn. */
const MAX_WAITING = 100;
/** For how long: whoever asked has given up by then. */
const WAIT_MS = 5_000;
/** Hosts whose addresses are remembered. */
const MAX_HOSTS = 1_000;
/** For how long they stand in for a look-up that would have to wait. */
const REMEMBERED_MS = 3_600_000;

type Answer = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
type LookupOptions = Parameters<LookupFunction>[1];

interface Lookup {
  readonly hostname: string;
  readonly options: LookupOptions;
  /** All who asked for this name since. */
  readonly answers: Answer[];
  giveUp: NodeJS.Timeout | null;
}

/**
 * The system's resolver, which knows /etc/hosts, takes a thread for as long as it likes and cannot be told to stop: servers
 * that swallow the questions for strangers' names would hold all threads there are. So few look-ups run at a time, each
 * until it has really ended; other names wait, each domain in its turn. Where a host that resolved lately would have to
 * wait, its addresses of then are told at once, and it is looked up again when its turn comes.
 */
export class NameLookups {
  readonly #remembered = new LRUCache<string, LookupAddress[]>({ max: MAX_HOSTS, ttl: REMEMBERED_MS });
  readonly #waiting = new FairQueue<Lookup>();
  /** Those that run or wait, by name. */
  readonly #pending = new Map<string, Lookup>();
  #running = 0;

  constructor(
    private readonly system: LookupFunction,
    private readonly waitMs: number = WAIT_MS,
  ) {}

  /** Answers all addresses of a host. @throws nothing: a refusal is answered as an error */
  lookUp(hostname: string, options: LookupOptions, answer: Answer): void {
    const pending = this.#pending.get(hostname);
    const isBusy = pending !== undefined || this.#running >= MAX_LOOKUPS;
    const remembered = isBusy ? this.#remembered.get(hostname) : undefined;
    if (remembered !== undefined) queueMicrotask(() => answer(null, remembered));
    const answers = remembered === undefined ? [answer] : [];
    if (pending !== undefined) return void pending.answers.push(...answers);
    const lookup: Lookup = { hostname, options, answers, giveUp: null };
    if (!isBusy) return this.#run(lookup);
    if (this.#waiting.size >= MAX_WAITING) return end(lookup, tooMany(hostname));
    this.#pending.set(hostname, lookup);
    this.#waiting.push(domainOf(hostname), lookup);
    lookup.giveUp = setTimeout(() => this.#giveUp(lookup), this.waitMs).unref();
  }

  #run(lookup: Lookup): void {
    const { hostname, options } = lookup;
    this.#running += 1;
    this.#pending.set(hostname, lookup);
    this.system(hostname, { ...options, all: true }, (error, answer, family) => {
      this.#running -= 1;
      this.#pending.delete(hostname);
      const addresses = typeof answer === 'string' ? [{ address: answer, family: family ?? 0 }] : answer;
      if (error === null) this.#remembered.set(hostname, addresses);
      // What the servers say counts; that they said nothing does not.
      else if (error.code !== 'EAI_AGAIN') this.#remembered.delete(hostname);
      this.#next();
      end(lookup, error, addresses);
    });
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (next.giveUp !== null) clearTimeout(next.giveUp);
    this.#run(next);
  }

  #giveUp(lookup: Lookup): void {
    // Nobody waits for one that is to bring remembered addresses up to date: it keeps its turn.
    if (lookup.answers.length === 0) return;
    this.#pending.delete(lookup.hostname);
    this.#waiting.remove(domainOf(lookup.hostname), lookup);
    end(lookup, tooLong(lookup.hostname));
  }
}

function end({ answers }: Lookup, error: Error | null, addresses: LookupAddress[] = []): void {
  for (const answer of answers.splice(0)) answer(error, addresses);
}

/** Whoever has a domain has all names in it; those of a registry's second level (`co.uk`) share a turn. */
function domainOf(hostname: string): string {
  return hostname.split('.').slice(-2).join('.');
}

function tooMany(hostname: string): PeerUnreachable {
  return new PeerUnreachable('connection', `${hostname} is not looked up: too many other names wait for it`);
}

function tooLong(hostname: string): PeerUnreachable {
  return new PeerUnreachable(
    'timeout',
    `${hostname} was not looked up in time: other names have taken too long`,
  );
}
