import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { isOwnAnswer, PeerCaller } from '../calls/peer-caller.js';
import { CONFIG, type Config } from '../config/config.js';
import type { Peer } from '../peers/peer.js';
import { Random } from '../platform/random.js';
import { probeAnswer, probeMessage } from '../protocol/messages/ext/probe.js';
import { chooseHelpers, PROBE_TIMEOUT_MS } from './liveness.js';
import { LivenessService, type Finding } from './liveness.service.js';
import { NeighborsService } from './neighbors.service.js';
import { ViewClient } from './view-client.js';

const PROBE_PATH = '/api/v1/ext/probe';
/** A helper waits for one probe of its own. */
const HELPER_TIMEOUT_MS = 2 * PROBE_TIMEOUT_MS;

/** What a helper said. */
interface Testimony {
  readonly by: string;
  /** Whether it answered at all, be it with a refusal. */
  readonly answered: boolean;
  /** Null where it did not say. */
  readonly reachable: boolean | null;
}

/** Looks whether the ext neighbours live, each that was not heard for an interval (wire protocol 2.6). */
@Injectable()
export class NeighborProber implements BeforeApplicationShutdown {
  private readonly stop = new AbortController();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly neighbors: NeighborsService,
    private readonly liveness: LivenessService,
    private readonly views: ViewClient,
    private readonly caller: PeerCaller,
    private readonly random: Random,
  ) {}

  beforeApplicationShutdown(): void {
    this.stop.abort(new Error('the daemon is stopping'));
  }

  /** Answers how many were probed. */
  async run(): Promise<number> {
    const neighbors = await this.neighbors.extNeighbors();
    this.liveness.watch(neighbors);
    const due = neighbors.filter(({ serverUuid }) =>
      this.liveness.takeTurn(serverUuid, this.config.probeIntervalMs),
    );
    const findings = await Promise.all(due.map((neighbor) => this.examine(neighbor, neighbors)));
    if (!this.stop.signal.aborted) this.liveness.judge(findings);
    return due.length;
  }

  private async examine(neighbor: Peer, neighbors: readonly Peer[]): Promise<Finding> {
    const { serverUuid } = neighbor;
    const reached = await this.probe(neighbor);
    const said = reached ? [] : await this.askHelpers(neighbor, neighbors);
    const confirmedBy = said.filter(({ reachable }) => reachable === false).map(({ by }) => by);
    const vouchedBy = said.filter(({ reachable }) => reachable === true).map(({ by }) => by);
    const helpers = {
      helpersAsked: said.length,
      helpersAnswered: said.filter(({ answered }) => answered).length,
    };
    return { serverUuid, reached, confirmedBy, vouchedBy, ...helpers };
  }

  private async probe(neighbor: Peer): Promise<boolean> {
    const timeoutMs = PROBE_TIMEOUT_MS * this.liveness.patience;
    try {
      return (await this.views.ask(neighbor, { timeoutMs, signal: this.stop.signal })).reached;
    } catch (error) {
      if (this.stop.signal.aborted) return false;
      throw error;
    }
  }

  private async askHelpers({ serverUuid }: Peer, neighbors: readonly Peer[]): Promise<Testimony[]> {
    if (this.stop.signal.aborted) return [];
    const up = neighbors.filter((other) => this.liveness.sighting(other.serverUuid)?.state === 'up');
    const uuids = this.random.shuffle(up.map((other) => other.serverUuid));
    const helpers = chooseHelpers(uuids, serverUuid);
    const asked = up.filter((other) => helpers.includes(other.serverUuid));
    return Promise.all(asked.map((helper) => this.askHelper(helper, serverUuid)));
  }

  private async askHelper(helper: Peer, serverUuid: string): Promise<Testimony> {
    const by = helper.serverUuid;
    const timeoutMs = HELPER_TIMEOUT_MS * this.liveness.patience;
    // One that is unwell says so (`not_ready`), and would say it again.
    const options = { timeoutMs, signal: this.stop.signal, as: 'helper', asksAgain: false } as const;
    let answered = false;
    try {
      const outcome = await this.caller.post(
        helper,
        PROBE_PATH,
        probeMessage.encode({ serverUuid }),
        options,
      );
      answered = isOwnAnswer(outcome);
      if (outcome.type === 'ok')
        return { by, answered, reachable: probeAnswer.decode(outcome.body).reachable };
    } catch {
      // Nothing that could be understood: as if it had said nothing.
    }
    return { by, answered, reachable: null };
  }
}
