import { jittered } from '../maintenance/task.js';
import {
  MAX_CHANGES,
  MAX_RECORDS_PER_LIST,
  MAX_RUMOR_OFFERS,
  SPREADING_SPREAD,
  SYNC_INTERVAL_MS,
} from '../protocol/limits.js';
import { nextPartner } from '../sync/partner-policy.js';
import { isTold, type MillParts, type RumorMill } from './rumor-mill.js';
import { SIZES } from './sizes.js';

/** Every server's comparison with one ext neighbour in turn (wire protocol 2.5). */
export class AntiEntropy {
  constructor(
    private readonly parts: MillParts,
    private readonly mill: RumorMill,
    /** Told of a call that was not answered. */
    private readonly onSilent: (server: number, other: number) => void,
  ) {}

  /** From now on, until the server is dead. */
  start(server: number): void {
    const { network, random } = this.parts;
    const turn = (delayMs: number): void => {
      network.clock.after(delayMs, () => {
        if (network.isDead[server] === 1) return;
        this.run(server);
        turn(jittered(SYNC_INTERVAL_MS, SPREADING_SPREAD, random.uniform()));
      });
    };
    turn(random.uniform() * SYNC_INTERVAL_MS);
  }

  run(server: number): void {
    const { triedAtMs } = this.mill.stateOf(server);
    const partners = this.parts.overlay
      .neighborIds(server)
      .filter(this.parts.isExt)
      .map((id) => ({ id, triedAtMs: triedAtMs.get(id) ?? null }));
    const partner = nextPartner(partners);
    if (partner !== null) this.runWith(server, partner);
  }

  /** With a neighbour, or with the server through which one joins. */
  runWith(server: number, partner: number): void {
    this.mill.stateOf(server).triedAtMs.set(partner, this.parts.network.clock.now());
    this.#changes(server, partner);
  }

  /** What has arrived there since we last asked, a page at a time; the root comes with the last. */
  #changes(server: number, partner: number): void {
    const { network, directories, onHeard } = this.parts;
    const cursor = this.mill.stateOf(server).cursors.get(partner) ?? 0;
    network.call({
      from: server,
      to: partner,
      bytes: SIZES.empty,
      handle: () => {
        onHeard(partner, server, 'caller');
        const { arrivals } = this.mill.stateOf(partner);
        const end = Math.min(arrivals.length, cursor + MAX_CHANGES);
        const subjects = [...new Set(arrivals.slice(cursor, end))];
        const bytes = SIZES.empty + subjects.length * SIZES.entry + SIZES.hash;
        return { bytes, value: { subjects, end, more: end < arrivals.length } };
      },
      done: (answer) => {
        if (answer === null) return this.onSilent(server, partner);
        onHeard(server, partner, 'answer');
        this.mill.stateOf(server).cursors.set(partner, answer.end);
        const news = answer.subjects.filter(
          (subject) => directories.hash(server, subject) !== directories.hash(partner, subject),
        );
        this.#fetch(server, partner, news, () => {
          if (answer.more) return this.#changes(server, partner);
          const isEqual = directories.isEqual(server, partner);
          if (!isEqual) this.#compare(server, partner);
          this.#offer(server, partner, isEqual);
        });
      },
    });
  }

  /** What has arrived here since the last comparison with it. */
  #offer(server: number, partner: number, isEqual: boolean): void {
    const { network, directories, skewMs } = this.parts;
    const { arrivals, offered } = this.mill.stateOf(server);
    const since = offered.get(partner) ?? 0;
    offered.set(partner, arrivals.length);
    if (isEqual) return;
    const nowMs = network.clock.now() + skewMs(server);
    const subjects = [...new Set(arrivals.slice(since, since + MAX_RUMOR_OFFERS))];
    const pieces = subjects.flatMap((subject) => {
      const record = directories.held(server, subject);
      return record !== undefined && isTold(record, nowMs) ? [{ subject, record }] : [];
    });
    if (pieces.length > 0) this.mill.offer(server, partner, pieces);
  }

  /** Where the roots differ: what is below them. */
  #compare(server: number, partner: number): void {
    const { network, directories } = this.parts;
    network.call({
      from: server,
      to: partner,
      bytes: SIZES.empty + SIZES.hash,
      handle: () => {
        if (directories.isEqual(server, partner)) return { bytes: SIZES.hash, value: [] };
        const { subjects, hashes } = directories.compare(server, partner);
        return { bytes: hashes * SIZES.hash, value: subjects };
      },
      done: (subjects) => {
        if (subjects !== null && subjects.length > 0) this.#fetch(server, partner, subjects, () => undefined);
      },
    });
  }

  #fetch(server: number, partner: number, subjects: readonly number[], then: () => void): void {
    if (subjects.length === 0) return then();
    const { network, directories, skewMs, onHeard } = this.parts;
    const asked = subjects.slice(0, MAX_RECORDS_PER_LIST);
    network.call({
      from: server,
      to: partner,
      bytes: SIZES.empty + asked.length * 40,
      handle: () => {
        const nowMs = network.clock.now() + skewMs(partner);
        const records = asked.flatMap((subject) => {
          const record = directories.held(partner, subject);
          return record !== undefined && isTold(record, nowMs) ? [{ subject, record }] : [];
        });
        this.mill.payloads += records.length;
        return { bytes: SIZES.empty + records.length * SIZES.record, value: records };
      },
      done: (records) => {
        if (records === null) return;
        onHeard(server, partner, 'answer');
        for (const piece of records) this.mill.receive(server, piece, partner, 'catch_up');
        this.#fetch(server, partner, subjects.slice(MAX_RECORDS_PER_LIST), then);
      },
    });
  }
}
