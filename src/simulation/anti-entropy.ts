import { nextPartner, syncDelayMs } from '../sync/partner-policy.js';
import { SYNC_INTERVAL_MS } from '../protocol/limits.js';
import type { RecordState } from '../protocol/records/record.js';
import type { MillParts, RumorMill } from './rumor-mill.js';
import { SIZES } from './sizes.js';

/** Records in one answer (wire protocol 2.3: at most 200, or 512 KiB of them). */
const RECORDS_PER_ANSWER = 200;
/** Changes in one answer. */
const CHANGES_PER_ANSWER = 500;

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
        turn(syncDelayMs(SYNC_INTERVAL_MS, random.uniform()));
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

  /** What has arrived there since we last asked. */
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
        const end = Math.min(arrivals.length, cursor + CHANGES_PER_ANSWER);
        const subjects = [...new Set(arrivals.slice(cursor, end))];
        return { bytes: SIZES.empty + subjects.length * SIZES.entry, value: { subjects, end } };
      },
      done: (answer) => {
        if (answer === null) return this.onSilent(server, partner);
        onHeard(server, partner, 'answer');
        this.mill.stateOf(server).cursors.set(partner, answer.end);
        const news = answer.subjects.filter(
          (subject) => directories.hash(server, subject) !== directories.hash(partner, subject),
        );
        this.#fetch(server, partner, news, () => {
          if (answer.subjects.length >= CHANGES_PER_ANSWER) this.#changes(server, partner);
          else this.#offer(server, partner, new Set(answer.subjects));
        });
      },
    });
  }

  /** What has arrived here and not there is offered; then the roots should be alike. */
  #offer(server: number, partner: number, theirs: ReadonlySet<number>): void {
    const { directories } = this.parts;
    const { arrivals, compared } = this.mill.stateOf(server);
    const ours = new Set(arrivals.slice(compared.get(partner) ?? 0));
    compared.set(partner, arrivals.length);
    const pieces = [...ours]
      .filter((subject) => !theirs.has(subject))
      .flatMap((subject) => {
        const record = directories.held(server, subject);
        return record === undefined || this.#isStale(server, record) ? [] : [{ subject, record }];
      });
    if (pieces.length > 0) this.mill.send(server, partner, [], pieces);
    this.parts.network.clock.after(pieces.length > 0 ? 1_000 : 0, () => this.#compare(server, partner));
  }

  #isStale(server: number, record: RecordState): boolean {
    const nowMs = this.parts.network.clock.now() + this.parts.skewMs(server);
    return this.parts.isStale(record, nowMs);
  }

  /** The roots, and below them where they differ. */
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
    const { network, directories, onHeard } = this.parts;
    const asked = subjects.slice(0, RECORDS_PER_ANSWER);
    network.call({
      from: server,
      to: partner,
      bytes: SIZES.empty + asked.length * 40,
      handle: () => {
        const records = asked.flatMap((subject) => {
          const record = directories.held(partner, subject);
          return record === undefined || this.#isStale(partner, record) ? [] : [{ subject, record }];
        });
        this.mill.payloads += records.length;
        return { bytes: SIZES.empty + records.length * SIZES.record, value: records };
      },
      done: (records) => {
        if (records === null) return;
        onHeard(server, partner, 'answer');
        for (const piece of records) this.mill.receive(server, piece, partner, 'catch_up');
        this.#fetch(server, partner, subjects.slice(RECORDS_PER_ANSWER), then);
      },
    });
  }
}
