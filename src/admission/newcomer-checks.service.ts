import { Injectable, BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { EventBus } from '../observability/events.js';
import { Logger } from '../observability/logger.js';
import { FederationError } from '../protocol/errors.js';
import { CallBack } from './call-back.js';
import { CheckQueue } from './check-queue.js';
import { keyOf, PendingNewcomers, type NewcomerIdentity } from './pending-newcomers.js';

/** Checks newcomers before they take a row and a name (wire protocol 2.4, `verified`), each in its turn. */
@Injectable()
export class NewcomerChecks implements OnModuleInit, BeforeApplicationShutdown {
  private readonly log: Logger;
  private unsubscribe = (): void => undefined;

  constructor(
    private readonly pending: PendingNewcomers,
    private readonly callBack: CallBack,
    private readonly queue: CheckQueue,
    private readonly events: EventBus,
    logger: Logger,
  ) {
    this.log = logger.child({ component: 'admission' });
  }

  onModuleInit(): void {
    this.unsubscribe = this.events.on('newcomer.pending', (newcomer) =>
      this.queue.enqueue(keyOf(newcomer), () => this.check(newcomer)),
    );
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe();
  }

  private async check(identity: NewcomerIdentity): Promise<void> {
    const newcomer = this.pending.find(identity);
    if (newcomer?.state !== 'checking') return;
    try {
      await this.callBack.prove(newcomer, { type: 'answered', isVerified: false }, this.queue.signal);
      this.pending.remove(identity);
    } catch (error) {
      const { serverId } = newcomer;
      const problem = error instanceof Error ? error.message : String(error);
      this.pending.fail(identity, problem);
      const code = error instanceof FederationError ? error.code : 'internal_error';
      this.events.emit('newcomer.refused', { serverId, code });
      this.log.info('A newcomer was not admitted', { serverId, problem });
    }
  }
}
