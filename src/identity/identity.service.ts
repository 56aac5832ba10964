import { isDeepStrictEqual } from 'node:util';
import { announcementMessage, type Announcement } from '../protocol/messages/announcement.js';
import { identityRevocationMessage } from '../protocol/messages/identity-revocation.js';
import { keyRotationMessage, type KeyRotation } from '../protocol/messages/key-rotation.js';
import type { MessageDefinition } from '../protocol/message.js';
import type { Endpoints } from '../protocol/endpoints.js';
import { FederationError } from '../protocol/errors.js';
import { PROTOCOL_VERSION } from '../protocol/extensions.js';
import { formatTimestamp } from '../protocol/timestamps.js';
import { EventBus } from '../observability/events.js';
import { Cached } from '../platform/cached.js';
import { Clock } from '../platform/clock.js';
import { generateKeyPair, Signer } from '../platform/keys.js';
import { Mutex } from '../platform/mutex.js';
import { SecretStore } from '../secrets/secret-store.js';
import type { Identity } from './identity.js';
import type { IdentityRepository } from './identity.repository.js';
import { holdsKey, openKey, promoteKey, reopenIdentity } from './open-identity.js';
import { nextStampMs } from './stamp.js';

/** Wire protocol 1.4 lets an answer be a minute old: an RSA signature costs a millisecond. */
const ANNOUNCEMENT_CACHE_MS = 60_000;

export interface SignedAnnouncement {
  readonly announcement: Announcement;
  /** The JSON text as it is sent, byte for byte. */
  readonly text: string;
  readonly signedAt: number;
}

/** What our announcement says besides who we are. */
export interface AnnouncedFacts {
  readonly endpoints: Endpoints;
  readonly supportedVersions: readonly string[];
}

/** Holds who we are and signs for it. The private key stays inside the `Signer`. */
export class IdentityService {
  private readonly cached: Cached<SignedAnnouncement>;
  private lastStampMs = Number.NEGATIVE_INFINITY;
  private readonly changes = new Mutex();
  private uncertain = false;
  private settling: Promise<void> | null = null;

  constructor(
    private state: { identity: Identity; signer: Signer },
    private announced: AnnouncedFacts,
    private readonly repository: IdentityRepository,
    private readonly secrets: SecretStore,
    private readonly clock: Clock,
    private readonly events: EventBus,
  ) {
    this.cached = new Cached(clock, ANNOUNCEMENT_CACHE_MS, () => this.signAnnouncement());
  }

  get self(): Identity {
    return this.state.identity;
  }

  get announcedEndpoints(): Endpoints {
    return this.announced.endpoints;
  }

  /** Why the store of our key cannot be used just now; null where it can. We sign on with the key we hold. */
  get keyStoreProblem(): string | null {
    return this.secrets.problem;
  }

  /** For a daemon that listens on a port chosen by the system and learns it late. */
  announceAt(endpoints: Endpoints): void {
    this.announced = { ...this.announced, endpoints };
    this.cached.forget();
  }

  /** For a running one that is reached elsewhere from now on: others are told. */
  moveTo(endpoints: Endpoints): void {
    if (isDeepStrictEqual(endpoints, this.announced.endpoints)) return;
    this.announceAt(endpoints);
    this.tell('moved');
  }

  /** Whether a store of secrets holds the key that we sign with, not counting a rotation that is under way. */
  isKeptIn(store: SecretStore): Promise<boolean> {
    return this.changes.run(() => holdsKey(this.self.publicKey, store));
  }

  /**
   * Our ServerAnnouncement (wire protocol 1.3), signed afresh at most once a minute.
   *
   * @throws `own_identity_revoked` once this identity was revoked; `database_unavailable` where a
   * change of key was interrupted and cannot be looked up.
   */
  async announcement(): Promise<SignedAnnouncement> {
    await this.settle();
    this.requireInForce();
    return this.cached.get();
  }

  /** Signs a message of ours: the fields without `signature`, completed by it. */
  async sign<M extends { readonly signature: string | null }>(
    definition: MessageDefinition<M>,
    fields: Omit<M, 'signature'>,
  ): Promise<M> {
    await this.settle();
    return { ...fields, signature: await this.state.signer.sign(definition.signingText(fields)) } as M;
  }

  /** Signs a request of ours (wire protocol 2.1). @throws `own_identity_revoked` */
  async signRequest(signatureBase: string): Promise<string> {
    await this.settle();
    this.requireInForce();
    return this.state.signer.sign(signatureBase, 'request');
  }

  /** The time, in epoch milliseconds, for a message that others take only if it is later than our last one. */
  stamp(): number {
    this.lastStampMs = nextStampMs(this.clock.now(), this.lastStampMs);
    return this.lastStampMs;
  }

  /** The UUID stays (wire protocol 1.1). */
  async rename(serverId: string): Promise<void> {
    await this.changes.run(async () => {
      await this.settle();
      this.requireInForce();
      await this.committing(() => this.repository.rename(serverId));
      this.adopt({ ...this.self, serverId }, this.state.signer);
      this.tell('renamed');
    });
  }

  /** New key: stored first, then committed with its signed rotation, then used (wire protocol 1.3, KeyRotation). */
  async rotateKey(reason: KeyRotation['reason']): Promise<Identity> {
    return this.changes.run(async () => {
      await this.settle();
      this.requireInForce();
      const next = await generateKeyPair();
      const signer = Signer.fromPrivateKey(next.privateKeyPem);
      const now = this.clock.now();
      const rotation = await this.sign(keyRotationMessage, {
        version: PROTOCOL_VERSION,
        serverUuid: this.self.serverUuid,
        oldPublicKey: this.self.publicKey,
        newPublicKey: signer.publicKeyPem,
        reason,
        timestamp: formatTimestamp(now),
      });
      const key = { publicKey: signer.publicKeyPem, fingerprint: signer.fingerprint };
      const body = keyRotationMessage.encode(rotation);
      const storeKey = async (): Promise<void> => {
        // An interrupted rotation may have left the key in force as the next one: nothing may be written over it.
        await openKey(this.self.publicKey, this.secrets);
        await this.secrets.write('next_private_key', next.privateKeyPem);
      };
      const statement = { kind: 'key_rotation', body, createdAt: now } as const;
      await this.committing(() => this.repository.commitRotation(this.self, key, statement, storeKey));
      this.adopt({ ...this.self, ...key }, signer);
      this.tell('rotated');
      // Left undone by a crash, the next start or rotation does it (key-custody.ts).
      await promoteKey(key.publicKey, this.secrets);
      return this.self;
    });
  }

  /** Ends this identity for good (wire protocol 1.3, IdentityRevocation). */
  async revoke(reason: string): Promise<Identity> {
    return this.changes.run(async () => {
      await this.settle();
      this.requireInForce();
      const now = this.clock.now();
      const revocation = await this.sign(identityRevocationMessage, {
        version: PROTOCOL_VERSION,
        serverUuid: this.self.serverUuid,
        serverId: this.self.serverId,
        reason,
        timestamp: formatTimestamp(now),
      });
      const body = identityRevocationMessage.encode(revocation);
      const statement = { kind: 'identity_revocation', body, createdAt: now } as const;
      await this.committing(() => this.repository.commitRevocation(this.self, statement));
      this.adopt({ ...this.self, revokedAt: now }, this.state.signer);
      this.tell('revoked');
      return this.self;
    });
  }

  private async signAnnouncement(): Promise<SignedAnnouncement> {
    // Taken together: a rotation may end while this is being signed.
    const { identity, signer } = this.state;
    const signedAt = this.stamp();
    const fields = {
      version: PROTOCOL_VERSION,
      serverId: identity.serverId,
      serverUuid: identity.serverUuid,
      publicKey: identity.publicKey,
      capabilities: { paging: true, aiMessaging: false, supportedVersions: this.announced.supportedVersions },
      endpoints: this.announced.endpoints,
      timestamp: formatTimestamp(signedAt),
    };
    const signature = await signer.sign(announcementMessage.signingText(fields));
    const announcement = { ...fields, signature };
    return { announcement, text: announcementMessage.encode(announcement), signedAt };
  }

  private tell(change: 'renamed' | 'moved' | 'rotated' | 'revoked'): void {
    const { serverUuid, serverId } = this.self;
    this.events.emit('identity.changed', { serverUuid, serverId, change });
  }

  private requireInForce(): void {
    if (this.self.revokedAt !== null) {
      throw new FederationError('own_identity_revoked', 'this server has revoked its identity for good');
    }
  }

  /** A commit that failed may still have happened: what the row says is looked up before the key is used again. */
  private async committing(commit: () => Promise<void>): Promise<void> {
    try {
      await commit();
    } catch (error) {
      // The secret store is asked before the commit: what it refused was rolled back.
      const isOfStore = error instanceof FederationError && error.code === 'secret_store_unavailable';
      if (!isOfStore) this.uncertain = true;
      throw error;
    }
  }

  /** Everyone waits for the same look-up: a second one could discard the key that the next rotation has just stored. */
  private async settle(): Promise<void> {
    if (!this.uncertain) return;
    this.settling ??= this.lookUp().finally(() => (this.settling = null));
    await this.settling;
  }

  private async lookUp(): Promise<void> {
    const before = this.self;
    const { identity, signer } = await reopenIdentity(this.repository, this.secrets);
    this.adopt(identity, signer);
    this.uncertain = false;
    if (identity.serverId !== before.serverId) this.tell('renamed');
    if (identity.fingerprint !== before.fingerprint) this.tell('rotated');
    if (identity.revokedAt !== before.revokedAt) this.tell('revoked');
  }

  private adopt(identity: Identity, signer: Signer): void {
    this.state = { identity, signer };
    this.cached.forget();
  }
}
