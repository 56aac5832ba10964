#!/usr/bin/env node
import { DaemonClient } from './daemon-client.js';
import { runLattice } from './lattice.js';
import { loadConfig, loadSettings, openStore } from './load-config.js';

process.exitCode = await runLattice(
  process.argv.slice(2),
  {
    config: () => loadConfig(process.env, process.stdout.isTTY),
    settings: () => loadSettings(process.env, process.stdout.isTTY),
    secrets: () => openStore(process.env, process.stdout.isTTY),
    daemon: async () => new DaemonClient(await loadConfig(process.env, process.stdout.isTTY)),
    print: (text) => process.stdout.write(`${text}\n`),
  },
  (text) => process.stderr.write(`${text}\n`),
);
