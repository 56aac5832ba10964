import 'reflect-metadata';
import { resolve } from 'node:path';
import { loadConfig } from './cli/load-config.js';
import { explainStartFailure } from './cli/start-failure.js';
import { identityLines, nextSteps, type Started } from './cli/welcome.js';
import type { Config } from './config/config.js';
import { secretValues } from './config/secret-values.js';
import { startDaemon, systemRuntime, type Daemon } from './daemon.js';
import type { Logger } from './observability/logger.js';
import { createLogger } from './observability/pino-logger.js';

/** How long a stop may take before the process ends anyway; systemd would wait for 90 s. */
const STOP_TIMEOUT_MS = 10_000;

/** Ends the process; null leaves it running. */
async function main(): Promise<void> {
  let config: Config | null = null;
  try {
    config = await loadConfig(process.env, process.stdout.isTTY);
    const { level, format } = config.log;
    const logger = createLogger({ level, format, secrets: secretValues(config) });
    surviveNothing(logger);
    const stop = stopper(logger);
    const daemon = await startDaemon(systemRuntime(config, logger));
    stop.started(daemon);
    greet(
      {
        config,
        identity: daemon.identity.self,
        endpoints: daemon.identity.announcedEndpoints,
        port: daemon.port,
      },
      logger,
    );
  } catch (error) {
    const { exitCode, message } = explainStartFailure(error, config);
    process.stderr.write(`${message}\n`);
    process.exit(exitCode);
  }
}

function greet(started: Started, logger: Logger): void {
  const next = nextSteps(started);
  if (started.config.log.format === 'pretty') {
    const lines = [...identityLines(started), '', 'Next:', ...next.map((step) => `  ${step}`)];
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

/** SIGTERM and SIGINT end the daemon with exit code 0; a terminal and npm may both send the same Ctrl-C. */
function stopper(logger: Logger): { started(daemon: Daemon): void } {
  let daemon: Daemon | null = null;
  let isStopping = false;
  const stop = async (): Promise<void> => {
    logger.info('Stopping');
    setTimeout(() => {
      logger.error('Stopping takes too long; ending at once');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    await daemon?.close();
    process.exit(0);
  };
  const onSignal = (): void => {
    if (isStopping) return;
    isStopping = true;
    // While it starts, the start is let finish: cutting it short could leave half a data folder.
    if (daemon !== null) void stop();
  };
  process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  return {
    started: (running) => {
      daemon = running;
      if (isStopping) void stop();
    },
  };
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
