import type { SecretStoreChoice } from '../config/secret-store-choice.js';
import { CredentialsSecretStore } from './credentials-secret-store.js';
import { FileSecretStore } from './file-secret-store.js';
import type { SecretStore } from './secret-store.js';
import { VaultSecretStore, type VaultSurroundings } from './vault/vault-secret-store.js';

/** The store that the configuration names. Nothing is read or called before it is asked. */
export function openSecretStore(choice: SecretStoreChoice, surroundings: VaultSurroundings): SecretStore {
  switch (choice.kind) {
    case 'files':
      return new FileSecretStore(choice.dataDir);
    case 'credentials':
      return new CredentialsSecretStore(choice.credentialsDir, new FileSecretStore(choice.dataDir));
    case 'vault':
      return new VaultSecretStore(choice.vault, surroundings);
  }
}
