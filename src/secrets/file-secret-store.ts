import type { SecretName } from './secret-store.js';
import { SecretStore } from './secret-store.js';

export class FileSecretStore extends SecretStore {
  constructor(private readonly dir: string) {
    super();
  }
  read(_name: SecretName): Promise<string | null> {
    return Promise.reject(new Error(`not yet: ${this.dir}`));
  }
  write(_name: SecretName, _value: string): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
  promote(_from: SecretName, _to: SecretName): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
  remove(_name: SecretName): Promise<void> {
    return Promise.reject(new Error('not yet'));
  }
}
