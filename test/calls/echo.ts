import type { AddressInfo } from 'node:net';
import { Body, Controller, Get, HttpCode, Post, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { assembleDaemon } from '../../src/app.module.js';
import { CallsModule } from '../../src/calls/calls.module.js';
import { Caller, FromExtPeers } from '../../src/calls/ext-peers.guard.js';
import { defaultEndpoints } from '../../src/config/default-endpoints.js';
import { readConfig } from '../../src/config/read-config.js';
import { systemRuntime, type Daemon } from '../../src/daemon.js';
import { configureServer } from '../../src/http/configure-server.js';
import { ExpressServer } from '../../src/http/express-server.js';
import { IdentityService } from '../../src/identity/identity.service.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import type { Peer } from '../../src/peers/peer.js';
import type { Clock } from '../../src/platform/clock.js';
import type { JsonValue } from '../../src/protocol/json.js';
import type { DatabasePlace } from '../support/databases.js';
import { TestDaemon } from '../support/test-daemon.js';

/** Endpoints for ext peers that say who calls, and how often somebody got so far. */
@Controller('api/v1/ext')
class EchoController {
  calls = 0;

  @Get('echo')
  @FromExtPeers()
  get(@Caller() caller: Peer): object {
    this.calls += 1;
    return { caller: caller.serverId };
  }

  @Post('echo')
  @FromExtPeers()
  @HttpCode(200)
  post(@Caller() caller: Peer, @Body() body: JsonValue | undefined): object {
    this.calls += 1;
    return { caller: caller.serverId, body: body ?? 'none' };
  }
}

class EchoModule {}

export interface EchoDaemon extends TestDaemon {
  /** Requests that came through to a handler. */
  readonly handled: () => number;
}

/** A whole daemon with these endpoints besides its own. */
export async function startEcho(
  place: DatabasePlace,
  clock: Clock,
  env: Record<string, string> = {},
): Promise<EchoDaemon> {
  const settings = {
    LATTICE_SERVER_ID: 'echo.example',
    LATTICE_PORT: '0',
    LATTICE_ALLOW_ADDRESSES: '127.0.0.0/8',
    LATTICE_SCHEDULER: 'external',
    LATTICE_ADMISSION: 'open',
    LATTICE_SOURCE_RATE_LIMIT: '0',
    LATTICE_DATA_DIR: place.dataDir,
    LATTICE_DATABASE_URL: place.databaseUrl ?? '',
    ...env,
  };
  const config = readConfig(settings, {}, { isTerminal: false });
  const log = new MemoryLogger();
  const runtime = systemRuntime(config, log, { clock });
  const whole = assembleDaemon(runtime);
  const echo = {
    module: EchoModule,
    imports: [whole, moduleOf(whole, CallsModule)],
    controllers: [EchoController],
  };
  const app = await NestFactory.create<NestExpressApplication>(echo, new ExpressServer(), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  configureServer(app);
  const server = await app.listen(config.port, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  const identity = app.get(IdentityService, { strict: false });
  identity.announceAt(defaultEndpoints('127.0.0.1', port));
  const unused = (): never => {
    throw new Error('not for these tests');
  };
  const close = async (): Promise<void> => {
    await runtime.peerHttp.close();
    await app.close();
  };
  const daemon: Daemon = {
    app,
    events: runtime.events,
    identity,
    port,
    describe: unused,
    adopt: unused,
    close,
  };
  const handled = (): number => app.get(EchoController, { strict: false }).calls;
  return Object.assign(new TestDaemon(daemon, config, log, place), { handled });
}

/** Where assembleDaemon wired a module: Nest tells dynamic modules apart by the object. */
function moduleOf(root: DynamicModule, module: Type): DynamicModule {
  const found = search(root, module);
  if (found === null) throw new Error(`${module.name} is not wired`);
  return found;
}

function search(root: DynamicModule, module: Type): DynamicModule | null {
  if (root.module === module) return root;
  for (const imported of (root.imports ?? []) as DynamicModule[]) {
    const found = search(imported, module);
    if (found !== null) return found;
  }
  return null;
}
