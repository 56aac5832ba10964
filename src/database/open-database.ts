import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import type { Clock } from '../platform/clock.js';
import type { Database } from './database.js';

/** Opens and migrates the database of the configuration. */
export function openDatabase(
  _config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  _dependencies: { readonly clock: Clock; readonly logger: Logger },
): Promise<Database> {
  return Promise.reject(new Error('not yet'));
}
