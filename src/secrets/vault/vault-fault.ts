import type { VaultSettings } from '../../config/secret-store-choice.js';
import { FederationError } from '../../protocol/errors.js';
import { formatTimestamp } from '../../protocol/timestamps.js';

/** How an answer may be late or large before it counts as none. */
export const VAULT_TIMEOUT_MS = 10_000;
export const MAX_VAULT_ANSWER_BYTES = 1024 * 1024;

/** What is wrong between us and Vault. Holds no secret, and nothing of Vault's own words, which may quote one. */
export type VaultFault =
  | { readonly kind: 'down' | 'tls_failed'; readonly code: string }
  | { readonly kind: 'busy' | 'refused'; readonly status: number }
  | { readonly kind: 'slow' | 'sealed' | 'oversized' | 'malformed' }
  | { readonly kind: 'unknown_ca' | 'name_mismatch' | 'certificate_expired' | 'certificate_early' }
  | { readonly kind: 'ca_not_pem' | 'no_tls_there' | 'tls_needed' }
  | { readonly kind: 'ca_unreadable'; readonly code: string }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'login_refused' | 'login_no_longer_taken' | 'secret_id_used_up' }
  | { readonly kind: 'secret_id_expired'; readonly atMs: number }
  | { readonly kind: 'login_elsewhere' | 'login_forbidden' | 'approle_missing' }
  | { readonly kind: 'token_refused' }
  | { readonly kind: 'forbidden'; readonly secret: string }
  | { readonly kind: 'wrong_mount' | 'not_kv2' }
  | { readonly kind: 'deleted'; readonly secret: string; readonly version: number }
  | { readonly kind: 'cas_conflict' | 'contended'; readonly secret: string }
  | {
      readonly kind: 'field_taken' | 'field_missing' | 'field_not_text';
      readonly secret: string;
      readonly field: string;
    };

/** Whether waiting may help; the rest needs the operator. */
export function mayHeal({ kind }: VaultFault): boolean {
  return HEALING.has(kind);
}

/** The clock of a machine that has just started may yet have to be set. */
const HEALING: ReadonlySet<VaultFault['kind']> = new Set([
  'down',
  'slow',
  'sealed',
  'busy',
  'contended',
  'certificate_early',
]);

/** What a message names; nothing of the login. */
export type VaultPlace = Omit<VaultSettings, 'roleId' | 'secretId'>;

const NEW_SECRET_ID =
  'make a new one with "vault write -f auth/approle/role/ROLE/secret-id", set VAULT_SECRET_ID to it, and restart';

/** What is wrong, and what to do about it. */
export function vaultMessage<K extends VaultFault['kind']>(fault: FaultOf<K>, place: VaultPlace): string {
  return MESSAGES[fault.kind](fault, place);
}

type FaultOf<K extends VaultFault['kind']> = VaultFault & { readonly kind: K };
type Messages = {
  readonly [K in VaultFault['kind']]: (fault: FaultOf<K>, place: VaultPlace) => string;
};

const MESSAGES: Messages = {
  down: (fault, place) =>
    `Vault at ${place.address} cannot be reached (${fault.code}): check that it runs, VAULT_ADDR, and the network between.`,
  slow: (_, place) =>
    `Vault at ${place.address} did not answer within ${VAULT_TIMEOUT_MS / 1000} s: check its load, and the network between.`,
  sealed: (_, place) =>
    `Vault at ${place.address} is sealed, or not initialised: run "vault operator unseal" there.`,
  busy: (fault, place) =>
    `Vault at ${place.address} cannot serve just now (HTTP ${fault.status}): look at "vault status" and its log.`,
  refused: (fault, place) =>
    `Vault at ${place.address} refuses the request (HTTP ${fault.status}): look at its log and audit log.`,
  oversized: (_, place) =>
    `Vault at ${place.address} answered more than ${MAX_VAULT_ANSWER_BYTES} bytes: check VAULT_ADDR, and what is stored under ${under(place)}.`,
  malformed: (_, place) =>
    `What answers at ${place.address} does not speak as Vault does: check VAULT_ADDR, and any proxy between.`,
  redirect: (fault, place) =>
    `Vault at ${place.address} sends us on to ${fault.to}, and a login follows no redirect: set VAULT_ADDR to the address of the active node.`,
  unknown_ca: (_, place) =>
    place.caCertPath === null
      ? `${certificateOf(place)} is signed by an unknown authority: set VAULT_CACERT to the file with its certificate.`
      : `${certificateOf(place)} is not signed by the authority in ${place.caCertPath}: check VAULT_CACERT.`,
  name_mismatch: (_, place) =>
    `${certificateOf(place)} is for another name: set VAULT_ADDR to a name in it, or give Vault one for this name.`,
  certificate_early: (_, place) =>
    `${certificateOf(place)} is not valid yet: check the clock of this machine.`,
  certificate_expired: (_, place) =>
    `${certificateOf(place)} has expired or is not valid yet: renew it, and check the clock of this machine.`,
  tls_failed: (fault, place) =>
    `Vault at ${place.address} refuses the TLS connection (${fault.code}): check its listener, and whether it asks for client certificates, which this daemon has none of.`,
  no_tls_there: (_, place) =>
    `Vault at ${place.address} does not speak TLS: set VAULT_ADDR to http://, or give Vault a certificate.`,
  tls_needed: (_, place) => `Vault at ${place.address} speaks only TLS: set VAULT_ADDR to https://.`,
  ca_unreadable: (fault, place) =>
    `VAULT_CACERT names ${place.caCertPath}, which cannot be read (${fault.code}): check the path and its permissions.`,
  ca_not_pem: (_, place) =>
    `VAULT_CACERT names ${place.caCertPath}, which holds no certificate in PEM (-----BEGIN CERTIFICATE-----).`,
  login_refused: () =>
    `Vault refuses the login: VAULT_ROLE_ID or VAULT_SECRET_ID is wrong, or the secret id has expired, was used up or was withdrawn (Vault does not say which). Check both; where the secret id is the reason, ${NEW_SECRET_ID}.`,
  login_no_longer_taken: () =>
    `Vault no longer takes the login that it took before: the secret id has expired, was used up or was withdrawn; ${NEW_SECRET_ID}.`,
  secret_id_expired: (fault) =>
    `The secret id expired at ${formatTimestamp(fault.atMs)}; ${NEW_SECRET_ID}. With secret_id_ttl=0 on the role it does not expire.`,
  secret_id_used_up: () =>
    `The secret id is used up; ${NEW_SECRET_ID}. With secret_id_num_uses=0 on the role it can be used without end.`,
  login_elsewhere: () =>
    'Vault takes this login only from other addresses: check secret_id_bound_cidrs and token_bound_cidrs of the role.',
  login_forbidden: (_, place) =>
    `Vault allows no login at auth/approle${inNamespace(place)}: enable it with "vault auth enable approle", and check VAULT_NAMESPACE. After five refused logins Vault also locks a role out for 15 minutes.`,
  approle_missing: (_, place) =>
    `Vault has no AppRole login at auth/approle${inNamespace(place)}: enable it with "vault auth enable approle", and check VAULT_NAMESPACE and VAULT_ADDR.`,
  token_refused: () =>
    'Vault refuses the token that it gave: check token_bound_cidrs and token_num_uses of the role.',
  forbidden: (fault, place) =>
    `Vault does not let this role use ${secretAt(fault, place)}: give it the policy of docs/secrets.md, and check LATTICE_VAULT_MOUNT and LATTICE_VAULT_PATH.`,
  wrong_mount: (_, place) =>
    `Vault has no secrets engine at ${place.mount}/: set LATTICE_VAULT_MOUNT to that of KV version 2, or run "vault secrets enable -path=${place.mount} -version=2 kv".`,
  not_kv2: (_, place) =>
    `The secrets engine at ${place.mount}/ is not KV version 2: run "vault kv enable-versioning ${place.mount}", or set LATTICE_VAULT_MOUNT to another.`,
  deleted: (fault, place) =>
    `Version ${fault.version} of ${secretAt(fault, place)}, the newest, was deleted in Vault: run "vault kv undelete -versions=${fault.version} ${secretAt(fault, place)}", or "vault kv metadata delete ${secretAt(fault, place)}" to begin anew.`,
  cas_conflict: (fault, place) =>
    `Somebody else keeps changing ${secretAt(fault, place)} in Vault at the same time: find out who, and try again.`,
  contended: (fault, place) =>
    `Somebody else keeps changing ${secretAt(fault, place)} in Vault at the same time: find out who, and try again.`,
  field_taken: (fault, place) =>
    `Somebody else wrote ${fault.field} of ${secretAt(fault, place)} in Vault at the same time; nothing was overwritten: look which value is right, and try again.`,
  field_missing: (fault, place) =>
    `${secretAt(fault, place)} in Vault holds no ${fault.field}: put it there with "vault kv patch ${secretAt(fault, place)} ${fault.field}=...".`,
  field_not_text: (fault, place) =>
    `${fault.field} of ${secretAt(fault, place)} in Vault is not text: replace it with "vault kv patch ${secretAt(fault, place)} ${fault.field}=...".`,
};

function certificateOf({ address }: VaultPlace): string {
  return `The certificate of Vault at ${address}`;
}

function inNamespace({ namespace }: VaultPlace): string {
  return namespace === null ? '' : ` in the namespace ${namespace}`;
}

/** As the commands of Vault write it. */
function secretAt({ secret }: { readonly secret: string }, place: VaultPlace): string {
  return `${under(place)}/${secret}`;
}

function under({ mount, path }: VaultPlace): string {
  return `${mount}/${path}`;
}

/** `secret_store_unavailable`, with what to do about it. */
export class VaultUnavailable extends FederationError {
  constructor(
    readonly fault: VaultFault,
    place: VaultPlace,
  ) {
    super('secret_store_unavailable', vaultMessage(fault, place));
  }

  get mayHeal(): boolean {
    return mayHeal(this.fault);
  }
}
