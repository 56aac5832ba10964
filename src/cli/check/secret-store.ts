import { resolve } from 'node:path';
import type { SecretStoreChoice } from '../../config/secret-store-choice.js';
import { SECRET_ID_ENDS_SOON_MS, type StoreTerms } from '../../secrets/secret-store.js';
import { duration } from '../terminal-text.js';
import { failed, ok, warning, type Verdict } from './finding.js';

export interface SecretStoreFacts {
  readonly choice: SecretStoreChoice;
  /** What kept it from being read, in words that say what to do; null where nothing did. */
  readonly problem: string | null;
  readonly terms: StoreTerms | null;
  readonly nowMs: number;
}

export function judgeSecretStore({ choice, problem, terms, nowMs }: SecretStoreFacts): Verdict {
  if (problem !== null) return failed(problem, 'See docs/secrets.md for how each store is set up.');
  const name = nameOf(choice);
  if (terms === null) return ok(`${name} can be read.`);
  const { secretIdEndsAt, denied } = terms;
  if (denied.length > 0)
    return failed(
      `${name} takes the login, but its policy does not grant: ${denied.join(', ')}.`,
      'Give the role the policy of docs/secrets.md.',
    );
  const newSecretId =
    'Make a new secret id, set VAULT_SECRET_ID to it, and reload the daemon, or restart it where it has no LATTICE_ENV_FILE.';
  if (terms.isSecretIdUsedUp)
    return warning(`The secret id of ${name} has no uses left: this was its last login.`, newSecretId);
  if (typeof secretIdEndsAt === 'number' && secretIdEndsAt - nowMs < SECRET_ID_ENDS_SOON_MS)
    return warning(`The secret id of ${name} ends in ${duration(secretIdEndsAt - nowMs)}.`, newSecretId);
  return ok(`${name} takes the login and lets us read and write. ${tokenIn(terms, nowMs)}`);
}

function tokenIn({ tokenEndsAt, isTokenRenewable }: StoreTerms, nowMs: number): string {
  if (tokenEndsAt === null) return 'Its tokens have no end.';
  return `A token lives for ${duration(tokenEndsAt - nowMs)}, and ${isTokenRenewable ? 'is renewed' : 'is replaced by a new login'}.`;
}

function nameOf(choice: SecretStoreChoice): string {
  switch (choice.kind) {
    case 'files':
      return `The data folder ${resolve(choice.dataDir)}`;
    case 'credentials':
      return `The folder of credentials ${choice.credentialsDir}`;
    case 'vault':
      return `Vault at ${choice.vault.address}`;
  }
}
