import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/commands/command-context.js';
import { DaemonClient } from '../../src/cli/daemon-client.js';
import { latticeProgram } from '../../src/cli/lattice.js';
import { peerListMessage, type PeerList } from '../../src/protocol/messages/peer-list.js';
import { parseJson } from '../../src/protocol/json.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { bring, recordOf } from '../support/records.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('servers in a file', (under) => {
  let federation: Federation;
  let from: TestDaemon;
  let to: TestDaemon;
  let folder: string;
  const printed: string[] = [];

  beforeEach(async () => {
    printed.length = 0;
    federation = new Federation(under);
    from = await federation.start('from.example');
    to = await federation.start('to.example');
    folder = await mkdtemp(join(tmpdir(), 'lattice-lists-'));
  });
  afterEach(async () => {
    await federation.end();
    await rm(folder, { recursive: true });
  });

  const lattice = (at: TestDaemon, ...words: string[]): Promise<unknown> => {
    const context = {
      daemon: () =>
        Promise.resolve(new DaemonClient({ host: '127.0.0.1', port: at.daemon.port, adminToken: null })),
      print: (text: string) => void printed.push(text),
    } as unknown as CommandContext;
    return latticeProgram(context).parseAsync(words, { from: 'user' });
  };
  const pageOf = async (at: TestDaemon): Promise<PeerList> => {
    const { body } = await at.get('/api/v1/peer-lists');
    return peerListMessage.decode(parseJson(JSON.stringify(body.list)));
  };

  it('are known where it is taken, from a directory of more than a page, and nobody is called', async () => {
    const template = await federation.stranger('invented.example');
    for (let i = 0; i < 401; i += 1) {
      template.serverUuid = `00000000-0000-4000-8000-${i.toString().padStart(12, '0')}`;
      template.serverId = `invented-${i}.example`;
      await bring(from, await recordOf(template));
    }
    const file = join(folder, 'peers.json');
    await lattice(from, 'peers', 'export', '--file', file);
    expect(printed).toEqual([`402 servers were written to ${file}.`]);
    const lists = JSON.parse(await readFile(file, 'utf8')) as { records: unknown[] }[];
    expect(lists.map(({ records }) => records.length)).toEqual([200, 200, 2]);
    await lattice(to, 'peers', 'import', file);
    await lattice(to, 'peers', 'import', file);
    expect(printed.slice(1)).toEqual([
      '402 servers are new, 0 changed, 0 were known so, 0 were refused.',
      '0 servers are new, 0 changed, 402 were known so, 0 were refused.',
    ]);
    expect(await to.names()).toHaveLength(402);
    expect(template.calls).toEqual([]);
  });

  it('are verified one by one, whoever signed the list', async () => {
    const honest = await federation.stranger('honest.example');
    const forged = await federation.stranger('forged.example');
    const record = await recordOf(forged);
    const records = [
      await recordOf(honest),
      { ...record, announcement: { ...record.announcement!, serverId: 'bank.example' } },
    ];
    const list = await from.daemon.identity.sign(peerListMessage, { ...(await pageOf(from)), records });
    const { status, body } = await to.post('/api/v1/peer-lists/import', peerListMessage.encode(list));
    expect(status).toBe(200);
    expect(body).toEqual({
      added: 1,
      changed: 0,
      unchanged: 0,
      refused: [{ server_uuid: forged.serverUuid, code: 'signature_invalid' }],
    });
    expect(await to.names()).toEqual(['honest.example']);
  });

  it('are not looked at where the list was not signed as it says', async () => {
    const stranger = await federation.stranger('far.example');
    const list = { ...(await pageOf(from)), records: [await recordOf(stranger)] };
    const answer = await to.post('/api/v1/peer-lists/import', peerListMessage.encode(list));
    expect(outcome(answer)).toBe('403 signature_invalid');
    expect(await to.names()).toEqual([]);
  });

  it('need a file that holds lists, and one to write to that is not there', async () => {
    const file = join(folder, 'other.json');
    await writeFile(file, '{"no": "list"}');
    await expect(lattice(to, 'peers', 'import', file)).rejects.toThrow('is no list of servers');
    await expect(lattice(to, 'peers', 'import', join(folder, 'none'))).rejects.toThrow('cannot be read');
    await expect(lattice(to, 'peers', 'export', '--file', file)).rejects.toThrow('cannot be written');
    expect(await readFile(file, 'utf8')).toBe('{"no": "list"}');
  });
});
