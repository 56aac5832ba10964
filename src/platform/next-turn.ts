/** Resolves when the event loop has turned once: sockets, timers and the watchdog have had their say. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
