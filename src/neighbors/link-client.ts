import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { isOwnAnswer, PeerCaller, type Called, type CallOutcome } from '../calls/peer-caller.js';
import { FederationError } from '../protocol/errors.js';
import type { MessageOf } from '../protocol/message.js';
import { linkAnswer, linkMessage } from '../protocol/messages/ext/link.js';

const LINK_PATH = '/api/v1/ext/link';

/** `unsaid`: it cannot tell; `unanswered`: nothing is known. */
export type LinkOutcome = 'linked' | 'refused' | 'unsaid' | 'unanswered';

/** It wants nothing to do with us. */
const REFUSALS = new Set(['peer_blocked', 'identity_revoked']);
/** It started a moment ago, or has yet to hear of us: what it thinks of a link will show at the next gossip round. */
const LATER = new Set(['not_ready', 'unknown_peer']);

/** Asks other ext peers to be neighbours (wire protocol 2.5). */
@Injectable()
export class LinkClient implements BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly partings = new Set<Promise<unknown>>();

  constructor(private readonly caller: PeerCaller) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('the daemon is stopping'));
    await Promise.all(this.partings);
  }

  /** Aborted when the daemon stops. */
  get signal(): AbortSignal {
    return this.stop.signal;
  }

  async ask(peer: Called, message: MessageOf<typeof linkMessage>): Promise<LinkOutcome> {
    // Whoever has only just started is not waited for: it counts as linked until the next gossip round.
    const options = { signal: this.stop.signal, asksAgain: false };
    try {
      return meaningOf(await this.caller.post(peer, LINK_PATH, linkMessage.encode(message), options));
    } catch (error) {
      if (this.stop.signal.aborted) return 'unanswered';
      if (error instanceof FederationError && error.code === 'own_identity_revoked') return 'unanswered';
      throw error;
    }
  }

  /** Tells it that the link has ended; one that does not hear it finds out when it asks the next time. */
  part(peer: Called): void {
    const message = { wanted: false, feeler: false, inNeed: false };
    const parting = this.ask(peer, message).catch(() => undefined);
    this.partings.add(parting);
    void parting.finally(() => this.partings.delete(parting));
  }
}

function meaningOf(outcome: CallOutcome): LinkOutcome {
  if (outcome.type === 'ok') return answerIn(outcome);
  if (outcome.type === 'unreachable') return 'unanswered';
  const { status, code } = outcome;
  if (code !== null && REFUSALS.has(code)) return 'refused';
  if (code !== null && LATER.has(code)) return 'unsaid';
  // An older server, or a proxy in front of it, knows no such path.
  const isUnknownPath =
    code === 'not_found' || code === 'not_allowed' || (status === 404 && !isOwnAnswer(outcome));
  return isUnknownPath ? 'unsaid' : 'unanswered';
}

function answerIn({ body }: Extract<CallOutcome, { type: 'ok' }>): LinkOutcome {
  try {
    return linkAnswer.decode(body).linked ? 'linked' : 'refused';
  } catch (error) {
    if (error instanceof FederationError) return 'unanswered';
    throw error;
  }
}
