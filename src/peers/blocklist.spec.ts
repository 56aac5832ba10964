import { describe, expect, it } from 'vitest';
import { type Block, Blocklist, type Presented } from './blocklist.js';

const NOW = 1_000_000;
const server: Presented = {
  serverUuid: 'uuid-b',
  serverId: 'chat.b.example',
  endpoints: {
    discovery: 'https://edge.host.example:8443/discovery',
    federation: 'https://edge.host.example:8443/f',
  },
  fingerprint: () => 'F00D',
};
const block = (kind: Block['kind'], identifier: string, expiresAt: number | null = null): Block => ({
  kind,
  identifier,
  expiresAt,
});

describe('a server', () => {
  it.each<[string, Block, boolean]>([
    ['blocked by name is kept out', block('server', 'chat.b.example'), true],
    ['blocked by UUID is kept out', block('server', 'uuid-b'), true],
    ['is not kept out by the block of a name above its own', block('server', 'b.example'), false],
    ['blocked by fingerprint is kept out', block('fingerprint', 'F00D'), true],
    ['of another fingerprint is let in', block('fingerprint', 'BEEF'), false],
    ['of a blocked domain is kept out', block('domain', 'chat.b.example'), true],
    ['below a blocked domain is kept out', block('domain', 'b.example'), true],
    ['with endpoints below a blocked domain is kept out', block('domain', 'host.example'), true],
    ['is not kept out by a domain that its name merely ends with', block('domain', '.example'), false],
    ['is not kept out by half a label', block('domain', 't.b.example'), false],
    ['below its own domain is not meant', block('domain', 'x.chat.b.example'), false],
    ['is not kept out by a domain under the kind server', block('server', 'example'), false],
    ['is kept out until the end of the block', block('server', 'uuid-b', NOW + 1), true],
    ['is let in at the end of the block', block('server', 'uuid-b', NOW), false],
  ])('%s', (_, one, expected) => {
    expect(new Blocklist([one]).find(server, NOW)).toEqual(expected ? one : null);
  });

  it('blocked twice stays out until the later end, and one for good beats all', () => {
    const [short, long, ever] = [
      block('server', 'uuid-b', NOW + 1),
      block('domain', 'b.example', NOW + 2),
      block('fingerprint', 'F00D'),
    ];
    expect(new Blocklist([short, long]).find(server, NOW)).toBe(long);
    expect(new Blocklist([long, short, ever]).find(server, NOW)).toBe(ever);
  });

  it('costs no hash where no fingerprint is blocked', () => {
    const fingerprint = (): string => {
      throw new Error('asked');
    };
    expect(new Blocklist([block('domain', 'x')]).find({ ...server, fingerprint }, NOW)).toBeNull();
  });
});
