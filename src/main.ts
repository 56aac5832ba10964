import 'reflect-metadata';
import { setFlagsFromString } from 'node:v8';
import { resolve } from 'node:path';
import { begin, START_LIMIT_MS, type Beginning } from './cli/begin.js';
import { keepInformed } from './cli/keep-informed.js';
import { ReloadRequests } from './cli/reload-requests.js';
import { Reloader } from './cli/reloader.js';
import { explainStartFailure } from './cli/start-failure.js';
import { indented, widthOf } from './cli/terminal-text.js';
import { Interrupted } from './cli/wait-for.js';
import { identityLines, nextSteps, type Started } from './cli/welcome.js';
import { secretValues } from './config/secret-values.js';
import { startDaemon, systemRuntime, type Daemon } from './daemon.js';
import type { Logger } from './observability/logger.js';
import { redactor } from './observability/redactor.js';
import type { ServiceManager } from './platform/service-manager.js';
import { serviceManagerOf } from './platform/systemd.js';

/** How long a stop may take before the process ends anyway; the unit gives it a little longer (TimeoutStopSec). */
const STOP_TIMEOUT_MS = 10_000;
/** The same for a start that is let finish first; one may hang, on a network's folder that is gone for instance. */
const START_TIMEOUT_MS = 30_000;

async function main(): Promise<void> {
  const manager = serviceManagerOf(process.env, (problem) => process.stderr.write(`${problem}\n`));
  const stop = stopper(manager);
  const reloads = reloadsOnSignal(stop);
  let begun: Beginning | null = null;
  try {
    begun = await begin(process.env, { isTerminal: process.stdout.isTTY }, { signal: stop.asked, manager });
    const { config, clock, random, secrets, log } = begun;
    const { logger } = log;
    manager.starting('starting', START_LIMIT_MS);
    surviveNothing(logger);
    collectEagerly();
    const daemon = await startDaemon(systemRuntime(config, logger, { clock, random, secrets }));
    stop.started(daemon, logger);
    keepInformed(daemon, { manager, clock, signal: stop.asked });
    greet(
      {
        config,
        identity: daemon.identity.self,
        endpoints: daemon.identity.announcedEndpoints,
        port: daemon.port,
      },
      logger,
    );
    const reloader = new Reloader(begun, daemon, stop.asked);
    reloads.started(async () => {
      manager.reloading();
      await reloader.reload();
      if (!stop.asked.aborted) manager.ready();
    });
  } catch (error) {
    await begun?.secrets.close();
    if (error instanceof Interrupted) process.exit(0);
    const { exitCode, message } = explainStartFailure(error, begun?.config ?? null);
    const redact = redactor(begun === null ? [] : secretValues(begun.config));
    process.stderr.write(`${redact(message)}\n`);
    process.exit(exitCode);
  }
}

/**
 * Left to itself, V8 lets the heap double before it looks for garbage, and requests make a lot of it. At a fifth, the
 * memory after load is a quarter lower (docs/performance.md); the daemon shares its machine with an application.
 */
function collectEagerly(): void {
  setFlagsFromString('--heap-growing-percent=20');
}

function greet(started: Started, logger: Logger): void {
  const next = nextSteps(started);
  if (started.config.log.format === 'pretty') {
    const steps = indented(next, widthOf(process.stdout));
    const lines = [...identityLines(started), '', 'Next:', ...steps];
    process.stdout.write(`\n${lines.join('\n')}\n\n`);
    logger.info('The daemon is running. Ctrl-C stops it.');
    return;
  }
  const { serverId, serverUuid, fingerprint } = started.identity;
  const { port, endpoints, config } = started;
  const dataDir = resolve(config.dataDir);
  const fields = { serverId, serverUuid, fingerprint, port, endpoints, dataDir, next };
  logger.info('The daemon is running', fields);
}

/** On a terminal SIGHUP says that it was closed, and what runs there ends with it. */
function reloadsOnSignal(stop: Stopper): ReloadRequests {
  const reloads = new ReloadRequests(stop.asked);
  process.on('SIGHUP', () => (process.stdout.isTTY ? stop.ask() : reloads.ask()));
  return reloads;
}

interface Stopper {
  /** Aborted by the first signal to stop, or by `ask`. */
  readonly asked: AbortSignal;
  ask(): void;
  started(daemon: Daemon, logger: Logger): void;
}

/** SIGTERM and SIGINT end the daemon with exit code 0; a terminal and npm may both send the same Ctrl-C. */
function stopper(manager: ServiceManager): Stopper {
  let stop: (() => Promise<void>) | null = null;
  const asked = new AbortController();
  const onSignal = (): void => {
    if (asked.signal.aborted) return;
    // While it starts, the start is let finish: cutting it short could leave half a data folder.
    asked.abort();
    manager.stopping(stop === null ? START_TIMEOUT_MS + STOP_TIMEOUT_MS : STOP_TIMEOUT_MS);
    if (stop === null) endWithin(START_TIMEOUT_MS);
    else void stop();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return {
    asked: asked.signal,
    ask: onSignal,
    started: (daemon, logger) => {
      stop = () => end(daemon, logger);
      if (asked.signal.aborted) void stop();
    },
  };
}

function endWithin(ms: number): void {
  setTimeout(() => {
    process.stderr.write('Stopping takes too long: ending at once.\n');
    process.exit(1);
  }, ms).unref();
}

async function end(daemon: Daemon, logger: Logger): Promise<void> {
  logger.info('Stopping');
  endWithin(STOP_TIMEOUT_MS);
  await daemon.close();
  process.exit(0);
}

/** After a fault nobody foresaw, what is in memory cannot be trusted: the next start has all that was committed. */
function surviveNothing(logger: Logger): void {
  const end = (error: unknown): void => {
    logger.error('Ending after an unexpected fault', { error });
    process.exit(1);
  };
  process.on('uncaughtException', end).on('unhandledRejection', end);
}

await main();
