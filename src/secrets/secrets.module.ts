import { Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { SecretStore } from './secret-store.js';

/** Provides the `SecretStore` in use, and closes it in the end. */
@Module({})
export class SecretsModule implements OnApplicationShutdown {
  constructor(private readonly store: SecretStore) {}

  /** @param store the one from which the configuration was read too: Vault may take a login only once */
  static register(store: SecretStore): DynamicModule {
    return {
      module: SecretsModule,
      providers: [{ provide: SecretStore, useValue: store }],
      exports: [SecretStore],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.store.close();
  }
}
