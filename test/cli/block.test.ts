import { expect, it } from 'vitest';
import type { DaemonClient } from '../../src/cli/daemon-client.js';
import { block, unblock } from '../../src/cli/commands/block.js';
import type { CommandContext } from '../../src/cli/commands/command-context.js';

async function said(command: typeof block, answer: object): Promise<string> {
  const printed: string[] = [];
  const daemon = { put: () => Promise.resolve(answer) } as unknown as DaemonClient;
  const context = {
    daemon: () => Promise.resolve(daemon),
    print: (text: string) => void printed.push(text),
  } as unknown as CommandContext;
  await command(context).parseAsync(['spam.example'], { from: 'user' });
  return printed.join('\n');
}

it('block says how to take it back', async () => {
  const answer = { server_id: 'spam.example', trust_status: 'blocked' };
  expect(await said(block, answer)).toContain('lattice unblock spam.example');
});

it('unblock says whether the server is really let in', async () => {
  const answer = { server_id: 'spam.example', trust_status: 'unknown' };
  expect(await said(unblock, answer)).toBe('spam.example is blocked no more.');
  const listed = { ...answer, still_blocked_by: { kind: 'domain', identifier: 'example' } };
  expect(await said(unblock, listed)).toMatch(/still kept out: the blocklist has the domain example/);
});
