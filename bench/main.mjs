// Node does not read TypeScript, and the benchmark is to be checked like all other code: Vite translates it.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const [part] = process.argv.slice(2);
const PARTS = { hostile: 'hostile/bench.ts', 'catching-up': 'catching-up/bench.ts' };
const file = PARTS[part] ?? 'bench.ts';
await runnerImport(fileURLToPath(new URL(file, import.meta.url)), { logLevel: 'error' });
