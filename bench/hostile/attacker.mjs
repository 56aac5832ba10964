// The process of the hostile clients; see attacker.ts.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('attacker.ts', import.meta.url)), { logLevel: 'error' });
