import { Module } from '@nestjs/common';
import { BootstrapService } from './bootstrap.service.js';
import { ExchangesRepository } from './exchanges.repository.js';
import { GossipSender } from './gossip-sender.js';
import { GossipController } from './gossip.controller.js';
import { GossipService } from './gossip.service.js';
import { PeerExchangeService } from './peer-exchange.service.js';
import { ReceiverService } from './receiver.service.js';
import { ReferralService } from './referral.service.js';
import { StatementDeliveriesRepository } from './statement-deliveries.repository.js';
import { StatementDeliveryService } from './statement-delivery.service.js';

@Module({
  controllers: [GossipController],
  providers: [
    GossipSender,
    GossipService,
    BootstrapService,
    ExchangesRepository,
    ReferralService,
    PeerExchangeService,
    ReceiverService,
    StatementDeliveriesRepository,
    StatementDeliveryService,
  ],
  exports: [GossipService, BootstrapService, StatementDeliveryService],
})
export class GossipModule {}
