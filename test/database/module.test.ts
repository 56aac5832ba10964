import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect, it } from 'vitest';
import { CONFIG } from '../../src/config/config.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { Database } from '../../src/database/database.js';
import { Logger } from '../../src/observability/logger.js';
import { MemoryLogger } from '../../src/observability/memory-logger.js';
import { FileSecretStore } from '../../src/secrets/file-secret-store.js';
import { SecretStore } from '../../src/secrets/secret-store.js';
import { SecretsModule } from '../../src/secrets/secrets.module.js';
import { onEachDatabase } from '../support/databases.js';

@Injectable()
class Reader {
  constructor(
    readonly database: Database,
    readonly secrets: SecretStore,
  ) {}
}

onEachDatabase('the modules', (under) => {
  it('give an open database and the secrets, and close at the end of the application', async () => {
    const place = await under.create();
    @Module({
      providers: [
        { provide: CONFIG, useValue: place },
        { provide: Logger, useValue: new MemoryLogger() },
      ],
      exports: [CONFIG, Logger],
    })
    class Settings {}

    @Module({
      imports: [
        DatabaseModule.register([Settings]),
        SecretsModule.register(new FileSecretStore(place.dataDir)),
      ],
      providers: [Reader],
    })
    class Application {}

    const application = await NestFactory.createApplicationContext(Application, { logger: false });
    const { database, secrets } = application.get(Reader);
    expect(await database.query('SELECT count(*) FROM peers')).toEqual([{ count: 0 }]);
    await secrets.write('admin_token', 'x');
    await application.close();

    await expect(database.query('SELECT 1')).rejects.toMatchObject({ code: 'database_unavailable' });
    const again = await NestFactory.createApplicationContext(Application, { logger: false });
    expect(await again.get(Reader).secrets.read('admin_token')).toBe('x');
    await again.close();
    await place.remove();
  });
});
