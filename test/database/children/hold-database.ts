// Opens the embedded database of a folder, says so, and holds it until its standard input ends. With a table to
// fill it counts there, one row after the other, and prints each number once it is committed.
import { once } from 'node:events';
import { openDatabase } from '../../../src/database/open-database.js';
import { MemoryLogger } from '../../../src/observability/memory-logger.js';

const [dataDir = '', table] = process.argv.slice(2);

try {
  const database = await openDatabase({ dataDir, databaseUrl: null }, new MemoryLogger());
  console.log('open');
  if (table !== undefined) {
    for (let number = 1; ; number += 1) {
      await database.query(`INSERT INTO ${table} VALUES ($1)`, [number]);
      console.log(number);
    }
  }
  await once(process.stdin.resume(), 'end');
  await database.close();
} catch (error) {
  console.log(String(error));
}
