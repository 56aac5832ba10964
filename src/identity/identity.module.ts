import { Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { EventBus } from '../observability/events.js';
import { Clock } from '../platform/clock.js';
import { Random } from '../platform/random.js';
import { EXTENSION, PROTOCOL_VERSION } from '../protocol/extensions.js';
import { SecretStore } from '../secrets/secret-store.js';
import { IdentityController } from './identity.controller.js';
import { IdentityRepository } from './identity.repository.js';
import { IdentityService, type AnnouncedFacts } from './identity.service.js';
import { openIdentity } from './open-identity.js';

@Module({
  controllers: [IdentityController],
  providers: [
    IdentityRepository,
    {
      provide: IdentityService,
      inject: [IdentityRepository, SecretStore, CONFIG, Clock, Random, EventBus],
      useFactory: async (
        repository: IdentityRepository,
        secrets: SecretStore,
        config: Config,
        clock: Clock,
        random: Random,
        events: EventBus,
      ) => {
        const state = await openIdentity({ repository, secrets, clock, random }, config.serverId);
        return new IdentityService(state, announcedBy(config), repository, secrets, clock, events);
      },
    },
  ],
  exports: [IdentityService],
})
export class IdentityModule {}

function announcedBy({ endpoints, extensions }: Config): AnnouncedFacts {
  return {
    endpoints,
    supportedVersions: extensions === 'on' ? [PROTOCOL_VERSION, EXTENSION] : [PROTOCOL_VERSION],
  };
}
