// Node does not read TypeScript, and the benchmark is to be checked like all other code: Vite translates it.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('bench.ts', import.meta.url)), { logLevel: 'error' });
