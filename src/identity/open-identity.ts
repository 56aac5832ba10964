import { FederationError } from '../protocol/errors.js';
import { defaultServerId } from '../protocol/server-id.js';
import type { Clock } from '../platform/clock.js';
import { generateKeyPair, Signer } from '../platform/keys.js';
import type { Random } from '../platform/random.js';
import type { SecretName, SecretStore } from '../secrets/secret-store.js';
import type { Identity } from './identity.js';
import type { HeldIdentity, IdentityRepository } from './identity.repository.js';
import { decideKey } from './key-custody.js';

export interface IdentityParts {
  readonly repository: IdentityRepository;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Loads who we are, makes it at the first start, and takes over a name changed by configuration. */
export function openIdentity(
  { repository, ...parts }: IdentityParts,
  configuredServerId: string | null,
): Promise<{ identity: Identity; signer: Signer }> {
  return repository.hold((held) => openHeld(held, parts, configuredServerId));
}

/** As it was last decided, with its key. */
export function reopenIdentity(
  repository: IdentityRepository,
  secrets: SecretStore,
): Promise<{ identity: Identity; signer: Signer }> {
  return repository.hold(async ({ identity }) => {
    if (identity === null)
      throw new FederationError('internal_error', 'the identity row is gone from the database');
    return { identity, signer: await openKey(identity.publicKey, secrets) };
  });
}

async function openHeld(
  { identity: onFile, insert, rename }: HeldIdentity,
  { secrets, clock, random }: Omit<IdentityParts, 'repository'>,
  configuredServerId: string | null,
): Promise<{ identity: Identity; signer: Signer }> {
  const signer = await openKey(onFile?.publicKey ?? null, secrets);
  if (onFile === null) {
    const identity: Identity = {
      serverUuid: random.uuid(),
      serverId: configuredServerId ?? defaultServerId(signer.fingerprint),
      publicKey: signer.publicKeyPem,
      fingerprint: signer.fingerprint,
      createdAt: clock.now(),
      revokedAt: null,
    };
    await insert(identity);
    return { identity, signer };
  }
  if (configuredServerId === null || configuredServerId === onFile.serverId || onFile.revokedAt !== null) {
    return { identity: onFile, signer };
  }
  await rename(configuredServerId);
  return { identity: { ...onFile, serverId: configuredServerId }, signer };
}

/**
 * To be called while the identity is held, as it throws away what belongs to no rotation.
 * @throws `secret_store_unavailable` where the identity exists but its key does not: a new key would be another server.
 */
export async function openKey(publicKeyOnFile: string | null, secrets: SecretStore): Promise<Signer> {
  const { current, next } = await readKeys(secrets);
  const decision = decideKey({
    onFile: publicKeyOnFile,
    current: current?.publicKeyPem ?? null,
    next: next?.publicKeyPem ?? null,
  });
  switch (decision.type) {
    case 'create': {
      const pair = await generateKeyPair();
      await secrets.write('private_key', pair.privateKeyPem);
      return Signer.fromPrivateKey(pair.privateKeyPem);
    }
    case 'adopt':
      return current!;
    case 'use_current':
      if (decision.discardNext) await secrets.remove('next_private_key');
      return current!;
    case 'promote_next':
      await promoteKey(next!.publicKeyPem, secrets);
      return next!;
    case 'missing':
      throw new FederationError(
        'secret_store_unavailable',
        `the private key of this server is not in the secret store (${secrets.placeOf('private_key')}): ` +
          'put back the key that belongs to the database, ' +
          'or start with an empty database and secret store to become a new server',
      );
  }
}

/** Makes the next key the one in force, which the row says that it is; a process that started meanwhile may have done so. */
export async function promoteKey(publicKeyOnFile: string, secrets: SecretStore): Promise<void> {
  try {
    await secrets.promote('next_private_key', 'private_key');
  } catch (error) {
    const current = await readSigner('private_key', secrets);
    if (current?.publicKeyPem !== publicKeyOnFile) throw error;
  }
}

/** Whether a daemon with this public key on file could start on what the store holds. */
export async function holdsKey(publicKeyOnFile: string, secrets: SecretStore): Promise<boolean> {
  const { current, next } = await readKeys(secrets);
  const keys = { current: current?.publicKeyPem ?? null, next: next?.publicKeyPem ?? null };
  return decideKey({ onFile: publicKeyOnFile, ...keys }).type !== 'missing';
}

/** The next one first: one that is promoted meanwhile is then seen twice, rather than nowhere. */
async function readKeys(secrets: SecretStore): Promise<{ current: Signer | null; next: Signer | null }> {
  const next = await readSigner('next_private_key', secrets);
  return { current: await readSigner('private_key', secrets), next };
}

async function readSigner(name: SecretName, secrets: SecretStore): Promise<Signer | null> {
  const pem = await secrets.read(name);
  if (pem === null) return null;
  try {
    return Signer.fromPrivateKey(pem);
  } catch {
    // Without the cause: a parser's message could quote the key.
    throw new FederationError(
      'secret_store_unavailable',
      `the secret ${name} is not an RSA private key in PEM (PKCS#8)`,
    );
  }
}
