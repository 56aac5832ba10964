import type { AddressInfo, Socket } from 'node:net';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Param,
  Post,
  Query,
  type DynamicModule,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { CONFIG, type Config } from '../../src/config/config.js';
import { configureServer } from '../../src/http/configure-server.js';
import { ExpressServer } from '../../src/http/express-server.js';
import { queryBoolean, queryText } from '../../src/http/decode-body.js';
import { HttpModule } from '../../src/http/http.module.js';
import { OpenToPeers } from '../../src/http/open-to-peers.js';
import { ProxyCheck } from '../../src/http/proxy-check.js';
import { SERVER_LIMITS, type ServerLimits } from '../../src/http/server-limits.js';
import { EventBus } from '../../src/observability/events.js';
import { Logger } from '../../src/observability/logger.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { Metrics } from '../../src/observability/metrics/metrics.js';
import { AddressPolicy } from '../../src/platform/address-policy.js';
import { Clock } from '../../src/platform/clock.js';
import { GuardedPeerHttp } from '../../src/platform/guarded-peer-http.js';
import { ManualClock } from '../../src/platform/manual-clock.js';
import { PeerHttp } from '../../src/platform/peer-http.js';
import { Random, SystemRandom } from '../../src/platform/random.js';
import { FederationError } from '../../src/protocol/errors.js';
import { JsonNumber, type JsonValue } from '../../src/protocol/json.js';

/** Every body that reached a handler, undefined where there was none. */
class Received {
  readonly bodies: unknown[] = [];
  /** Requests that wait for the clock. */
  waiting = 0;
  onWaiting = (): void => undefined;
}

@Controller('api/v1')
class PeerController {
  constructor(
    private readonly received: Received,
    private readonly clock: Clock,
  ) {}

  /** Answers when a second has passed on the test's clock. */
  @Post('later')
  @OpenToPeers()
  @HttpCode(200)
  async later(): Promise<object> {
    this.received.waiting += 1;
    this.received.onWaiting();
    await this.clock.sleep(1_000);
    return {};
  }

  @Post('gossip')
  @OpenToPeers()
  @HttpCode(200)
  gossip(@Body() body: JsonValue | undefined): object {
    this.received.bodies.push(body);
    return {
      type: body === undefined ? 'none' : body instanceof JsonNumber ? `number ${body.text}` : typeof body,
    };
  }

  @Post('outage')
  @OpenToPeers()
  outage(): never {
    throw new FederationError('database_unavailable', 'The database cannot be reached');
  }

  @Post('bug')
  @OpenToPeers()
  bug(): never {
    throw new TypeError('postgres://user:secret@host is undefined');
  }
}

/** Administration, because nothing says otherwise. */
@Controller('api/v1')
class OperatorController {
  constructor(private readonly received: Received) {}

  @Get('identity')
  identity(): object {
    return { server_id: 'example' };
  }

  @Post('announce')
  @HttpCode(200)
  announce(@Body() body: JsonValue | undefined): object {
    this.received.bodies.push(body);
    return { status: 'scheduled' };
  }

  @Get('peers/:serverId')
  peer(): never {
    throw new FederationError('unknown_peer', 'no such server is known here');
  }

  @Get('route/:domain')
  route(@Param('domain') domain: string, @Query('near') near: unknown, @Query('fast') fast: unknown): object {
    return { domain, near: queryText(near, 'near') ?? null, fast: queryBoolean(fast, 'fast', false) };
  }
}

@Module({})
class Surroundings {}

@Module({})
class TestModule {}

export interface TestDaemon {
  readonly port: number;
  readonly received: unknown[];
  readonly log: MemoryLogger;
  readonly clock: ManualClock;
  readonly proxyCheck: ProxyCheck;
  readonly metrics: Metrics;
  /** A request from loopback, as curl would send it; answers are JSON. */
  call(
    method: string,
    path: string,
    init?: { headers?: Record<string, string>; body?: string | Uint8Array },
  ): Promise<Answer>;
  /** Resolves with the next connection that it takes. */
  connection(): Promise<void>;
  /** Bytes that it has read from all of its connections. */
  bytesRead(): number;
  /** Resolves when so many requests wait for the clock. */
  waiting(count: number): Promise<void>;
  /** Requests that ever waited for the clock. */
  readonly waited: number;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** A daemon with nothing but the HTTP floor and two controllers, on a free loopback port. Its clock stands still. */
export async function startDaemon(
  config: Partial<Config> = {},
  limits: ServerLimits = SERVER_LIMITS,
): Promise<TestDaemon> {
  const log = new MemoryLogger();
  const clock = new ManualClock();
  const received = new Received();
  const app = await NestFactory.create<NestExpressApplication>(
    moduleOf(config, log, clock, received),
    new ExpressServer(limits),
    {
      bodyParser: false,
      logger: false,
    },
  );
  configureServer(app);
  const server = await app.listen(0, '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const awaited: (() => void)[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    awaited.shift()?.();
  });
  return {
    port,
    received: received.bodies,
    log,
    clock,
    proxyCheck: app.get(ProxyCheck, { strict: false }),
    metrics: app.get(Metrics, { strict: false }),
    call: (method, path, init) => call(`http://127.0.0.1:${port}${path}`, method, init),
    connection: () => new Promise((resolve) => awaited.push(resolve)),
    bytesRead: () => sockets.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    waiting: (count) =>
      new Promise((resolve) => {
        received.onWaiting = () => received.waiting >= count && resolve();
        received.onWaiting();
      }),
    get waited() {
      return received.waiting;
    },
    close: () => app.close(),
  };
}

async function call(url: string, method: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, { ...init, method });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}

function moduleOf(config: Partial<Config>, log: Logger, clock: Clock, received: Received): DynamicModule {
  const settings = {
    publicUrl: null,
    adminToken: null,
    peerRateLimitPerMinute: 0,
    sourceRateLimitPerMinute: 0,
    log: { level: 'debug', format: 'json' },
    ...config,
  };
  const providers = [
    { provide: CONFIG, useValue: settings },
    { provide: Clock, useValue: clock },
    { provide: Logger, useValue: log },
    { provide: Random, useValue: new SystemRandom() },
    { provide: PeerHttp, useValue: new GuardedPeerHttp(new AddressPolicy(['127.0.0.0/8'])) },
    { provide: EventBus, useValue: new EventBus(log) },
    { provide: Metrics, useValue: new Metrics('0.0.0') },
    { provide: Received, useValue: received },
  ];
  const surroundings = { module: Surroundings, providers, exports: providers.map(({ provide }) => provide) };
  return {
    module: TestModule,
    imports: [surroundings, HttpModule.register([surroundings])],
    controllers: [PeerController, OperatorController],
  };
}
