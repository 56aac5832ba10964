import type { EventBus } from '../events.js';
import type { Metrics } from './metrics.js';

/** Counts what the daemon says of itself. Returns how to stop. */
export function recordEvents(events: EventBus, metrics: Metrics): () => void {
  const { gossipReceived, gossipSent, newcomers, roundNeighbors } = metrics;
  const rounds = metrics.rounds.of({});
  const took = roundNeighbors.of({ outcome: 'sent' });
  const missed = roundNeighbors.of({ outcome: 'failed' });
  const admitted = newcomers.of({ outcome: 'admitted' });
  const subscriptions = [
    events.on('peer.heard', ({ kind, effect }) =>
      gossipReceived.of({ kind, outcome: effect === 'unchanged' ? 'unchanged' : 'accepted' }).add(),
    ),
    events.on('peer.refused', ({ kind, code }) => gossipReceived.of({ kind, outcome: code }).add()),
    events.on('gossip.sent', ({ kind, outcome }) => gossipSent.of({ kind, outcome }).add()),
    events.on('round.finished', ({ sent, failed }) => {
      rounds.add();
      took.add(sent);
      missed.add(failed);
    }),
    events.on('probe.finished', ({ outcome }) => metrics.probes.of({ outcome }).add()),
    events.on('peer.learned', () => admitted.add()),
    events.on('newcomer.refused', ({ code }) => newcomers.of({ outcome: code }).add()),
    events.on('limit.reached', ({ limit }) => metrics.limited.of({ limit }).add()),
    events.on('task.finished', ({ task, succeeded, durationMs }) => {
      metrics.taskRuns.of({ task, outcome: succeeded ? 'succeeded' : 'failed' }).add();
      metrics.taskDuration.of({ task }).observe(durationMs);
    }),
  ];
  return () => subscriptions.forEach((unsubscribe) => unsubscribe());
}
