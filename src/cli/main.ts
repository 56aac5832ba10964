#!/usr/bin/env -S node --
// Without the two dashes Node takes our --env-file for its own, wherever it stands.
import { runLattice } from './lattice.js';
import { widthOf } from './terminal-text.js';

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runLattice(
  process.argv.slice(2),
  {
    env: process.env,
    isTerminal: process.stdout.isTTY,
    columns: process.stdout.isTTY ? widthOf(process.stdout) : null,
    print: (text) => process.stdout.write(`${text}\n`),
  },
  (text) => process.stderr.write(`${text}\n`),
);
