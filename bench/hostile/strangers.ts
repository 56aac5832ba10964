import { randomUUID } from 'node:crypto';
import { signed, type BenchPeer } from '../peers.js';

const STRANGERS = 10_000;

const MIB = 1024 * 1024;
const LARGE = `[${Array(MIB / 2 - 1)
  .fill('1')
  .join(',')}]`;
const GARBAGE: readonly ((body: string) => string)[] = [
  (body) => body.slice(0, body.length / 2),
  () => '['.repeat(5_000),
  () => `{"message_type":"announcement","payload":{"a":${'[1,2,3],'.repeat(500)}`,
  (body) => body.replace('"endpoints"', '"end_points"'),
  () => '\u0000'.repeat(2_000),
  (body) => body.replace('announcement', 'domain_query'),
];

/**
 * What 10,000 requests from strangers bring, in turn: an announcement of a server that nobody knows, well signed and from
 * nowhere that answers; one whose signature is another's; garbage, and now and then 1 MiB of numbers.
 */
export async function strangeBodies(
  peers: readonly BenchPeer[],
  nowMs: number,
  tarPit: string,
): Promise<string[]> {
  const endpoints = { discovery: tarPit, federation: `${tarPit}/api/v1/federation` };
  const announce = async (number: number): Promise<string> => {
    const serverUuid = randomUUID();
    const { signer } = peers[number % peers.length]!;
    const stranger = { serverUuid, serverId: `s-${serverUuid}.example`, signer };
    return (await signed(stranger, nowMs, endpoints)).body.toString();
  };
  const sound = await Promise.all(Array.from({ length: Math.ceil(STRANGERS / 3) }, (_, i) => announce(i)));
  return Array.from({ length: STRANGERS }, (_, i) => {
    const body = sound[Math.floor(i / 3)]!;
    if (i % 3 === 0) return body;
    if (i % 3 === 1) return body.replace(/"signature": "[^"]*"/, signatureOf(sound[(i + 7) % sound.length]!));
    return i % 500 === 2 ? LARGE : GARBAGE[i % GARBAGE.length]!(body);
  });
}

function signatureOf(body: string): string {
  const found = /"signature": "[^"]*"/.exec(body)?.[0];
  if (found === undefined) throw new Error('an announcement without a signature');
  return found;
}
