import type { Database, Queryable } from '../../database/database.js';
import type { AddressPolicy } from '../../platform/address-policy.js';
import type { Clock } from '../../platform/clock.js';
import { fingerprintOfPrivate, type SignatureVerifier, type Signer } from '../../platform/keys.js';
import type { SecretStore } from '../../secrets/secret-store.js';
import { TransferRefused } from '../refused.js';
import { shown } from './fields.js';
import { ImportWriter } from './import-writer.js';
import { planBlocklist, type PlannedBlock } from './plan-blocklist.js';
import { type OwnIdentity, planIdentity, readKey } from './plan-identity.js';
import { type PlannedPeer, planPeers } from './plan-peers.js';
import { type Ending, planRevocations } from './plan-revocations.js';
import { type ImportReport, isItem, type Item, leftOut, type Planned, section, valuesOf } from './report.js';
import { readSource, type Source } from './source.js';

export interface ImportParts {
  readonly database: Database;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly verifier: SignatureVerifier;
  readonly addresses: AddressPolicy;
}

export interface ImportOrder {
  /** The Python daemon's SQLite file. */
  readonly from: string;
  /** PEM. */
  readonly key: string;
  readonly dryRun: boolean;
}

interface Plan {
  readonly own: OwnIdentity;
  readonly peers: readonly Planned<PlannedPeer>[];
  readonly blocklist: readonly Planned<PlannedBlock>[];
  readonly revocations: readonly Planned<Ending>[];
  readonly keyRotations: readonly Item[];
}

/** Ends the transaction of a dry run. */
class DryRunOver extends Error {
  constructor(readonly report: ImportReport) {
    super('dry run');
  }
}

/**
 * Moves a server in from the Python daemon: identity, peers, blocklist, revocations. Everything is checked before, and
 * taken in one transaction or not at all; what is there already stays as it is, so a second run changes nothing.
 *
 * @throws TransferRefused
 */
export async function importFromPython(
  parts: ImportParts,
  { from, key, dryRun }: ImportOrder,
): Promise<ImportReport> {
  const { pem, signer } = readKey(key);
  const plan = await makePlan(await readSource(from), signer, parts);
  const hasKey = await holdsKey(parts.secrets, signer);
  const take = (): Promise<ImportReport> => parts.database.transaction((tx) => carryOut(tx, plan, dryRun));
  if (dryRun) {
    return take().catch((error: unknown) => {
      if (error instanceof DryRunOver) return error.report;
      throw error;
    });
  }
  if (hasKey) return take();
  // As in a rotation: a crash before the commit leaves a key that nobody uses, one after it a key that the next start
  // puts in its place.
  await parts.database.transaction((tx) => new ImportWriter(tx).requireVacant(plan.own));
  await parts.secrets.write('next_private_key', pem);
  const report = await take();
  await parts.secrets.promote('next_private_key', 'private_key');
  return report;
}

async function makePlan(
  source: Source,
  signer: Signer,
  { clock, verifier, addresses }: ImportParts,
): Promise<Plan> {
  const nowMs = clock.now();
  const own = planIdentity(source, signer, nowMs);
  const peers = await planPeers(source.peers, { own, nowMs, verifier, addresses });
  const keys = new Map(valuesOf(peers).map((peer) => [peer.serverUuid, peer.publicKey]));
  const revocations = await planRevocations(source.revocations, { own, keys, verifier, nowMs });
  const blocklist = await planBlocklist(source.blocklist, own, nowMs);
  const keyRotations = source.key_rotations.map((row) =>
    leftOut(
      `${shown(row, 'server_uuid')}: ${shown(row, 'old_key_fingerprint')} to ${shown(row, 'new_key_fingerprint')}, ${shown(row, 'rotated_at')}`,
      'the Python daemon kept no signed text that would prove it',
    ),
  );
  return { own, peers, blocklist, revocations, keyRotations };
}

/** @throws TransferRefused where the secret store holds another key */
async function holdsKey(secrets: SecretStore, signer: Signer): Promise<boolean> {
  const held = await secrets.read('private_key');
  if (held === null) return false;
  if (fingerprintOfPrivate(held) === signer.fingerprint) return true;
  throw new TransferRefused(
    `The secret store holds the private key of another server (${secrets.placeOf('private_key')}). If a daemon was started ` +
      'here before the import, remove that key and give the import an empty database.',
  );
}

async function carryOut(tx: Queryable, plan: Plan, dryRun: boolean): Promise<ImportReport> {
  const { own } = plan;
  const writer = new ImportWriter(tx);
  const outcome = await writer.identity(own);
  const peers = await writer.peers(valuesOf(plan.peers));
  const onFile = await writer.onFile(valuesOf(plan.peers).map(({ serverUuid }) => serverUuid));
  const endings = valuesOf(plan.revocations);
  const unproved = endings.flatMap((ending) => ('block' in ending ? [ending.block] : []));
  const blocks = await writer.blocks([...valuesOf(plan.blocklist), ...unproved], peers);
  const revoked = await writer.revocations(
    endings.flatMap((ending) => ('revocation' in ending ? [ending.revocation] : [])),
  );
  const report: ImportReport = {
    dry_run: dryRun,
    identity: { outcome, server_id: own.serverId, server_uuid: own.serverUuid, fingerprint: own.fingerprint },
    bootstrap_servers: own.bootstrapServers,
    peers: section(
      plan.peers.map((one) => {
        if (isItem(one) || peers.has(one.value.serverUuid)) return settled(one, true);
        return onFile.has(one.value.serverUuid)
          ? settled(one, false)
          : leftOut(one.what, 'its name belongs to another server here');
      }),
    ),
    blocklist: section(
      plan.blocklist.map((one) => settled(one, !isItem(one) && blocks.has(keyOf(one.value)))),
    ),
    revocations: section(
      plan.revocations.map((one) =>
        settled(
          one,
          !isItem(one) &&
            ('block' in one.value
              ? blocks.has(keyOf(one.value.block))
              : revoked.has(one.value.revocation.serverUuid)),
        ),
      ),
    ),
    key_rotations: section(plan.keyRotations),
  };
  if (dryRun) throw new DryRunOver(report);
  return report;
}

function keyOf({ kind, identifier }: PlannedBlock): string {
  return `${kind} ${identifier}`;
}

function settled<T>(planned: Planned<T>, isNew: boolean): Item {
  if (isItem(planned)) return planned;
  const { what, note } = planned;
  const outcome = isNew ? 'taken' : 'already_there';
  return note === undefined || !isNew ? { what, outcome } : { what, outcome, note };
}
