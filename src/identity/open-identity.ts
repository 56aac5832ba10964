import { FederationError } from '../protocol/errors.js';
import { defaultServerId } from '../protocol/server-id.js';
import type { Clock } from '../platform/clock.js';
import { generateKeyPair, Signer } from '../platform/keys.js';
import type { Random } from '../platform/random.js';
import type { SecretName, SecretStore } from '../secrets/secret-store.js';
import type { Identity } from './identity.js';
import type { IdentityRepository } from './identity.repository.js';
import { decideKey } from './key-custody.js';

export interface IdentityParts {
  readonly repository: IdentityRepository;
  readonly secrets: SecretStore;
  readonly clock: Clock;
  readonly random: Random;
}

/** Loads who we are, makes it at the first start, and takes over a name changed by configuration. */
export async function openIdentity(
  { repository, secrets, clock, random }: IdentityParts,
  configuredServerId: string | null,
): Promise<{ identity: Identity; signer: Signer }> {
  const onFile = await repository.load();
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
    await repository.insert(identity);
    return { identity, signer };
  }
  if (configuredServerId === null || configuredServerId === onFile.serverId || onFile.revokedAt !== null) {
    return { identity: onFile, signer };
  }
  await repository.rename(configuredServerId);
  return { identity: { ...onFile, serverId: configuredServerId }, signer };
}

/** @throws `secret_store_unavailable` where the identity exists but its key does not: a new key would be another server. */
export async function openKey(publicKeyOnFile: string | null, secrets: SecretStore): Promise<Signer> {
  const current = await readSigner('private_key', secrets);
  const next = await readSigner('next_private_key', secrets);
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
      await secrets.promote('next_private_key', 'private_key');
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

/** Whether a daemon with this public key on file could start on what the store holds. */
export async function holdsKey(publicKeyOnFile: string, secrets: SecretStore): Promise<boolean> {
  const current = await readSigner('private_key', secrets);
  const next = await readSigner('next_private_key', secrets);
  const keys = { current: current?.publicKeyPem ?? null, next: next?.publicKeyPem ?? null };
  return decideKey({ onFile: publicKeyOnFile, ...keys }).type !== 'missing';
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
