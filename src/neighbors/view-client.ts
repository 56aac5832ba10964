import { Injectable } from '@nestjs/common';
import { isOwnAnswer, PeerCaller, type Called, type CallOptions } from '../calls/peer-caller.js';
import { Clock } from '../platform/clock.js';
import { viewAnswer, type View } from '../protocol/messages/ext/view.js';

export interface ViewOutcome {
  /** Whether the server itself answered, be it with a refusal. */
  readonly reached: boolean;
  readonly rttMs: number;
  /** Null where it did not say. */
  readonly view: View | null;
}

/**
 * Asks another server how it sees us (`ext/view`). It is also the probe of wire protocol 2.6: one signed request is a
 * sign of life for both, is charged to us and not to our address, and tells what our operator may want to know.
 */
@Injectable()
export class ViewClient {
  constructor(
    private readonly caller: PeerCaller,
    private readonly clock: Clock,
  ) {}

  async ask(peer: Called, options?: CallOptions): Promise<ViewOutcome> {
    const startedMs = this.clock.elapsed();
    const outcome = await this.caller.get(peer, '/api/v1/ext/view', options);
    const rttMs = Math.max(0, Math.round(this.clock.elapsed() - startedMs));
    return {
      reached: isOwnAnswer(outcome),
      rttMs,
      view: outcome.type === 'ok' ? viewIn(outcome.body) : null,
    };
  }
}

/** What is no view says nothing of us, and still somebody answered. */
function viewIn(body: Parameters<typeof viewAnswer.decode>[0]): View | null {
  try {
    return viewAnswer.decode(body);
  } catch {
    return null;
  }
}
