import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { FileSecretStore } from './file-secret-store.js';
import { SecretStore } from './secret-store.js';

/** Provides the `SecretStore` in use: files of the data folder. */
@Module({})
export class SecretsModule {
  /** @param imports the modules that provide CONFIG */
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: SecretsModule,
      imports,
      providers: [
        {
          provide: SecretStore,
          inject: [CONFIG],
          useFactory: (config: Config) => new FileSecretStore(config.dataDir),
        },
      ],
      exports: [SecretStore],
    };
  }
}
