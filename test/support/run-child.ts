import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A process of its own that runs a TypeScript module of `test`, as it is now and not as it was last built. */
export interface Child {
  readonly pid: number;
  /** The next line it prints; rejects when it ends without one. */
  readonly line: () => Promise<string>;
  /** As `kill -9`; resolves when it is gone. */
  readonly kill: () => Promise<void>;
  /** Closes its standard input; resolves with its exit code. */
  readonly finish: () => Promise<number | null>;
}

const LOADER = `
  import { runnerImport } from 'vite';
  await runnerImport(process.argv[1]);
`;

/** @param module relative to `test`; its own arguments are `process.argv.slice(2)` */
export function runChild(module: string, ...parameters: string[]): Child {
  const path = fileURLToPath(new URL(`../${module}`, import.meta.url));
  const child: ChildProcess = spawn(
    process.execPath,
    ['--input-type=module', '-e', LOADER, path, ...parameters],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'exit') as Promise<[number | null]>;
  if (child.pid === undefined || child.stdout === null) throw new Error('The child process did not start.');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    line: async () => {
      const next = await lines.next();
      if (next.done === true) throw new Error('The child process ended without a word.');
      return next.value;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
    finish: async () => {
      child.stdin?.end();
      const [code] = await ended;
      return code;
    },
  };
}
