import { readdirSync, readFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { sampleEventLoopLag } from '../../platform/event-loop.js';
import type { Metrics } from './metrics.js';

const COLLECTION_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weakcb',
};

/** Watches what only shows while it happens: stalls of the event loop, and garbage collection. Returns how to stop. */
export function watchProcess({ lag, collections }: Metrics): () => void {
  const lags = lag.of({});
  const sampling = sampleEventLoopLag((lagMs) => lags.observe(lagMs));
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      // Node's own types leave `detail` out.
      const { kind = -1 } = (entry as { readonly detail?: { readonly kind?: number } }).detail ?? {};
      collections.of({ kind: COLLECTION_KINDS[kind] ?? 'other' }).observe(entry.duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => {
    sampling.cancel();
    observer.disconnect();
  };
}

/** Reads what the process uses at this moment; /proc costs no disk. */
export function readProcess(metrics: Metrics): void {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  metrics.residentMemory.set(rss);
  const kinds = { heap_total: heapTotal, heap_used: heapUsed, external, array_buffers: arrayBuffers };
  for (const [kind, bytes] of Object.entries(kinds)) metrics.memory.set({ kind }, bytes);
  const { user, system } = process.cpuUsage();
  metrics.cpu.reading({ mode: 'user' }, user / 1e6);
  metrics.cpu.reading({ mode: 'system' }, system / 1e6);
  metrics.startTime.set(performance.timeOrigin / 1000);
  const { open, limit } = openFiles();
  if (open !== null) metrics.openFiles.set(open);
  if (limit !== null) metrics.maxOpenFiles.set(limit);
}

/** Null where there is no /proc, or no limit. */
function openFiles(): { open: number | null; limit: number | null } {
  try {
    const open = readdirSync('/proc/self/fd').length;
    const limit = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return { open, limit: limit === undefined ? null : Number(limit) };
  } catch {
    return { open: null, limit: null };
  }
}
