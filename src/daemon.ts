import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { assembleDaemon, type Runtime } from './app.module.js';
import type { Config } from './config/config.js';
import { defaultEndpoints } from './config/default-endpoints.js';
import { LiveConfig } from './config/live-config.js';
import { BootstrapService } from './gossip/bootstrap.service.js';
import { configureServer } from './http/configure-server.js';
import { ExpressServer } from './http/express-server.js';
import { IdentityService } from './identity/identity.service.js';
import { HealthService } from './maintenance/health.service.js';
import { statusLine } from './maintenance/status-line.js';
import { TaskScheduler } from './maintenance/task-scheduler.js';
import { EventBus } from './observability/events.js';
import { logEvents } from './observability/log-events.js';
import type { Logger } from './observability/logger.js';
import { MeasuredPeerHttp } from './observability/metrics/measured-peer-http.js';
import { Metrics } from './observability/metrics/metrics.js';
import { watchProcess } from './observability/metrics/process-metrics.js';
import { recordEvents } from './observability/metrics/record-events.js';
import { NestLogger } from './observability/nest-logger.js';
import { AddressPolicy } from './platform/address-policy.js';
import { SystemClock } from './platform/clock.js';
import { GuardedPeerHttp } from './platform/guarded-peer-http.js';
import { SystemRandom } from './platform/random.js';
import { releaseVersion } from './platform/release.js';
import type { Endpoints } from './protocol/endpoints.js';
import { openSecretStore } from './secrets/open-secret-store.js';

/** A daemon that listens. */
export interface Daemon {
  readonly app: NestExpressApplication;
  readonly events: EventBus;
  readonly identity: IdentityService;
  readonly port: number;
  /** How it is doing, in a line. */
  describe(): Promise<string>;
  /**
   * Takes over a configuration that differs in nothing that needs a restart.
   * @throws where the new name could not be written; everything is as before then
   */
  adopt(next: Config): Promise<void>;
  /** Stops listening, ends what runs, lets go of database and lock. */
  close(): Promise<void>;
}

/** Everything by default as a real process has it; tests put in their own clock. */
export function systemRuntime(config: Config, logger: Logger, given: Partial<Runtime> = {}): Runtime {
  const addresses = new AddressPolicy(config.allowAddresses);
  const clock = given.clock ?? new SystemClock();
  const random = given.random ?? new SystemRandom();
  return {
    config,
    logger,
    addresses,
    events: new EventBus(logger),
    clock,
    random,
    peerHttp: new GuardedPeerHttp(addresses),
    metrics: new Metrics(releaseVersion()),
    secrets: given.secrets ?? openSecretStore(config.secretStore, { clock, random, logger }),
    ...given,
  };
}

/** Opens what the daemon needs, listens, and only then lets its tasks begin. */
export async function startDaemon(runtime: Runtime): Promise<Daemon> {
  const { config, events, clock, metrics, logger } = runtime;
  const live = new LiveConfig(config);
  const stopWatching = watch(runtime);
  const peerHttp = new MeasuredPeerHttp(runtime.peerHttp, clock, metrics);
  const app = await NestFactory.create<NestExpressApplication>(
    assembleDaemon({ ...runtime, config: live.view, peerHttp }),
    new ExpressServer(),
    {
      logger: new NestLogger(logger),
      bodyParser: false,
      abortOnError: false,
    },
  );
  configureServer(app);
  const close = async (): Promise<void> => {
    events.emit('daemon.stopping', {});
    await peerHttp.close();
    await app.close();
    stopWatching();
  };
  try {
    await app.listen(config.port, config.host);
  } catch (error) {
    await close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const identity = app.get(IdentityService, { strict: false });
  identity.announceAt(endpointsOf(config, port));
  const scheduler = app.get(TaskScheduler, { strict: false });
  scheduler.start();
  const adopt = async (next: Config): Promise<void> => {
    if (next.serverId !== live.view.serverId) await takeName(identity, next.serverId);
    // Nothing from here on can fail or be interrupted.
    live.replace(next);
    runtime.addresses.replace(next.allowAddresses);
    peerHttp.forgetConnections();
    identity.moveTo(endpointsOf(next, port));
    app.get(BootstrapService, { strict: false }).reconsider();
    scheduler.reconsider();
  };
  const health = app.get(HealthService, { strict: false });
  const describe = async (): Promise<string> => statusLine(await health.check(), clock.now());
  return { app, events, identity, port, describe, adopt, close };
}

/** What is logged and counted beside the daemon's own work. Returns how to stop. */
function watch({ events, logger, clock, metrics }: Runtime): () => void {
  const stops = [logEvents(events, logger, clock), recordEvents(events, metrics), watchProcess(metrics)];
  return () => stops.forEach((stop) => stop());
}

/** Only a daemon that listens knows the port that the system chose for it. */
function endpointsOf({ host, port, publicUrl, endpoints }: Config, listeningOn: number): Endpoints {
  return port === 0 && publicUrl === null ? defaultEndpoints(host, listeningOn) : endpoints;
}

/** As a start does it: no name keeps the one it has, and a revoked identity keeps its own. */
async function takeName(identity: IdentityService, serverId: string | null): Promise<void> {
  const { self } = identity;
  if (serverId === null || serverId === self.serverId || self.revokedAt !== null) return;
  await identity.rename(serverId);
}
