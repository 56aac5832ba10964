import type { Clock } from '../platform/clock.js';
import type { ServiceManager } from '../platform/service-manager.js';

/** How old the status line may be. */
const STATUS_EVERY_MS = 30_000;

export interface Informing {
  readonly manager: ServiceManager;
  readonly clock: Clock;
  /** Aborted when the stop begins: from then on there is nothing more to say. */
  readonly signal: AbortSignal;
}

/** Tells the service manager that the daemon is ready, then how it is doing, and that its event loop turns. */
export function keepInformed(daemon: { describe(): Promise<string> }, informing: Informing): void {
  const { manager, signal } = informing;
  if (!manager.isListening || signal.aborted) return;
  manager.ready('running');
  if (manager.pulseMs !== null) pulse(manager.pulseMs, informing);
  void describe(daemon, informing, null);
}

/** By a timer: where the event loop stands still it does not fire, and the service manager acts. */
function pulse(everyMs: number, informing: Informing): void {
  const { manager, clock, signal } = informing;
  if (signal.aborted) return;
  manager.alive();
  clock.after(everyMs, () => pulse(everyMs, informing));
}

async function describe(
  daemon: { describe(): Promise<string> },
  informing: Informing,
  told: string | null,
): Promise<void> {
  const { manager, clock, signal } = informing;
  const status = await daemon.describe().catch(() => 'degraded: the health check fails');
  if (signal.aborted) return;
  if (status !== told) manager.status(status);
  clock.after(STATUS_EVERY_MS, () => void describe(daemon, informing, status));
}
