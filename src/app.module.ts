import { Module, type DynamicModule, type Provider, type Type } from '@nestjs/common';
import { AdmissionModule } from './admission/admission.module.js';
import { KeychainFetcher } from './admission/keychain-fetcher.js';
import { JoinController } from './admission/join.controller.js';
import { WellKnownController } from './admission/well-known.controller.js';
import { CallsModule } from './calls/calls.module.js';
import { ChallengeController } from './calls/challenge.controller.js';
import { CONFIG, type Config } from './config/config.js';
import { DatabaseModule } from './database/database.module.js';
import { GossipModule } from './gossip/gossip.module.js';
import { HttpModule } from './http/http.module.js';
import { IdentityModule } from './identity/identity.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { DetectionModule } from './neighbors/detection.module.js';
import { LinksModule } from './neighbors/links.module.js';
import { NeighborsModule } from './neighbors/neighbors.module.js';
import { EventBus } from './observability/events.js';
import { Logger } from './observability/logger.js';
import { Metrics } from './observability/metrics/metrics.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { KeychainController } from './peers/keychain.controller.js';
import { PeersModule } from './peers/peers.module.js';
import { AddressPolicy } from './platform/address-policy.js';
import { Clock } from './platform/clock.js';
import { SignatureVerifier } from './platform/keys.js';
import { PeerHttp } from './platform/peer-http.js';
import { Random } from './platform/random.js';
import { RegistrationModule } from './registration/registration.module.js';
import { RoutingModule } from './routing/routing.module.js';
import type { SecretStore } from './secrets/secret-store.js';
import { SecretsModule } from './secrets/secrets.module.js';
import { SyncModule } from './sync/sync.module.js';

/** What a daemon is given by whoever starts it: a process, or a test that runs a federation of them. */
export interface Runtime {
  readonly config: Config;
  readonly logger: Logger;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: Random;
  readonly addresses: AddressPolicy;
  readonly peerHttp: PeerHttp;
  readonly secrets: SecretStore;
  readonly metrics: Metrics;
}

@Module({})
class RuntimeModule {}

/**
 * The daemon's modules and who sees whom, floor by floor (docs/architecture.md). A module gets what stands in its
 * row and nothing else; nothing is global.
 */
export function assembleDaemon(runtime: Runtime): DynamicModule {
  const isExtended = runtime.config.extensions === 'on';
  const outside = runtimeModule(runtime);
  const database = DatabaseModule.register([outside]);
  const secrets = SecretsModule.register(runtime.secrets);
  const http = HttpModule.register([outside]);
  const identity = wired(IdentityModule, outside, database, secrets, http);
  const peers = extended(runtime.config, wired(PeersModule, outside, database, http, identity), {
    controllers: [KeychainController],
  });
  const calls = extended(runtime.config, wired(CallsModule, outside, http, identity, peers), {
    controllers: [ChallengeController],
  });
  const admission = extended(
    runtime.config,
    wired(AdmissionModule, outside, database, http, identity, peers, calls),
    { controllers: [JoinController, WellKnownController], providers: [KeychainFetcher] },
  );
  const neighbors = wired(NeighborsModule, outside, database, peers, calls, admission);
  const routing = wired(RoutingModule, outside, database, identity, peers, admission, neighbors);
  const gossip = wired(GossipModule, outside, database, identity, peers, admission, neighbors, routing);
  const sync = isExtended ? [wired(SyncModule, outside, peers, calls, neighbors)] : [];
  const detection = isExtended ? [wired(DetectionModule, outside, peers, calls, neighbors)] : [];
  const links = isExtended ? [wired(LinksModule, outside, calls, admission, neighbors)] : [];
  const registration = wired(RegistrationModule, outside, identity, peers, neighbors, routing);
  const tended = [outside, database, http, identity, peers, neighbors, gossip, ...sync, ...detection];
  const maintenance = wired(MaintenanceModule, ...tended);
  const openApi = wired(OpenApiModule, outside);
  return wired(AppModule, http, registration, maintenance, openApi, ...links);
}

@Module({})
class AppModule {}

function wired(module: Type, ...imports: DynamicModule[]): DynamicModule {
  return { module, imports };
}

/**
 * With what belongs to the extension, which is not there where it is switched off: paths of its controllers are 404 like any
 * other, and nobody is asked what only the extension answers.
 */
function extended(
  { extensions }: Config,
  module: DynamicModule,
  own: Pick<DynamicModule, 'controllers' | 'providers'>,
): DynamicModule {
  return extensions === 'on' ? { ...module, ...own } : module;
}

function runtimeModule(runtime: Runtime): DynamicModule {
  const providers: Provider[] = [
    { provide: CONFIG, useValue: runtime.config },
    { provide: Logger, useValue: runtime.logger },
    { provide: EventBus, useValue: runtime.events },
    { provide: Clock, useValue: runtime.clock },
    { provide: Random, useValue: runtime.random },
    { provide: AddressPolicy, useValue: runtime.addresses },
    { provide: PeerHttp, useValue: runtime.peerHttp },
    { provide: SignatureVerifier, useValue: measuredVerifier(runtime.metrics) },
    { provide: Metrics, useValue: runtime.metrics },
  ];
  const exported = providers.map((provider) => (provider as { provide: symbol | Type }).provide);
  return { module: RuntimeModule, providers, exports: exported };
}

function measuredVerifier({ verification }: Metrics): SignatureVerifier {
  const valid = verification.of({ result: 'valid' });
  const invalid = verification.of({ result: 'invalid' });
  return new SignatureVerifier((holds, durationMs) => (holds ? valid : invalid).observe(durationMs));
}
