import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_DIR } from '../support/processes.js';

/** A file of the folder `systemd`. */
export function shipped(name: string): string {
  return readFileSync(join(PACKAGE_DIR, 'systemd', name), 'utf8');
}

export const UNIT = shipped('lattice-discovery.service');

/** `section.Key` with its values in order; comments are left out. */
export function entries(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const name = `${section}.${key}`;
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** What remains of the unit when another program runs in its sandbox, once. */
export function sandboxOf(unit: string, command: string): string {
  const changed = unit
    .replace(/^ExecStart=.*$/m, `ExecStart=${command}`)
    .replace(/^Type=notify$/m, 'Type=oneshot')
    .replace(/^(Restart|WatchdogSec)=.*\n/gm, '');
  if (changed === unit) throw new Error('The unit has no ExecStart= of its own.');
  return changed;
}
