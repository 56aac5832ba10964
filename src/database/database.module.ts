import { Module, type DynamicModule, type ModuleMetadata, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config/config.js';
import { Logger } from '../observability/logger.js';
import { Database } from './database.js';
import { openDatabase } from './open-database.js';

/**
 * Opens the database of the configuration, with its tables up to date, before anything that injects `Database` is
 * made; closes it after the last answer.
 */
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  /** @param imports the modules that provide CONFIG and Logger */
  static register(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: DatabaseModule,
      imports,
      providers: [
        {
          provide: Database,
          inject: [CONFIG, Logger],
          useFactory: (config: Config, logger: Logger) => openDatabase(config, logger),
        },
      ],
      exports: [Database],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.database.close();
  }
}
