import type { Database } from '../src/database/database.js';
import { AnnouncementWriter, type VerifiedAnnouncement } from '../src/peers/announcement-writer.js';
import { SignatureVerifier } from '../src/platform/keys.js';
import { announcementMessage } from '../src/protocol/messages/announcement.js';
import { materialHash, statementHash } from '../src/protocol/records/record-hash.js';
import type { BenchPeer, Signed } from './peers.js';
import { rateOf } from './statistics.js';

/** What the gossip path cannot do without, each by itself: times a second with so many in flight. */
export const IN_FLIGHT = 16;

/** RSA-2048 verification with parsed keys, as for known peers. */
export async function verificationAlone(signed: readonly Signed[]): Promise<number> {
  const verifier = new SignatureVerifier();
  const inputs = signed.map(({ announcement }) => ({
    key: announcement.publicKey,
    text: announcementMessage.signingText(announcement),
    signature: announcement.signature,
  }));
  const verify = async (position: number): Promise<void> => {
    const { key, text, signature } = inputs[position % inputs.length]!;
    if (!(await verifier.verify(key, text, signature))) throw new Error('a signature does not hold');
  };
  for (let i = 0; i < inputs.length; i += 1) await verify(i);
  let next = 0;
  return rateOf(20_000, IN_FLIGHT, () => verify(next++));
}

/** The daemon's own UPDATE of announcements, through the daemon's pool. */
export async function statementAlone(
  database: Database,
  peers: readonly BenchPeer[],
  signed: readonly Signed[],
  times: number,
): Promise<{ oneRow: number; shared: number }> {
  const writers = Array.from({ length: IN_FLIGHT }, () => new AnnouncementWriter(database));
  const fingerprints = new Map(peers.map(({ serverUuid, signer }) => [serverUuid, signer.fingerprint]));
  let next = 0;
  const refresh = async (writer: AnnouncementWriter): Promise<void> => {
    const one = signed[next++]!;
    const written = await writer.refresh(verified(one, fingerprints.get(one.announcement.serverUuid)!));
    if (!written) throw new Error('an announcement was not written');
  };
  await rateOf(times / 4, IN_FLIGHT, (lane) => refresh(writers[lane]!));
  // A writer of its own for each of those in flight has nothing to share.
  const oneRow = await rateOf(times, IN_FLIGHT, (lane) => refresh(writers[lane]!));
  const shared = await rateOf(times, IN_FLIGHT, () => refresh(writers[0]!));
  return { oneRow, shared };
}

function verified({ announcement, announcedAt }: Signed, fingerprint: string): VerifiedAnnouncement {
  const text = announcementMessage.encode(announcement);
  return {
    ...announcement,
    fingerprint,
    announcedAt,
    text,
    hash: statementHash(text),
    materialHash: materialHash(announcement),
    speaksExt: false,
    seenAt: announcedAt,
  };
}
