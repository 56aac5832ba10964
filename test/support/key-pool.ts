import { generateKeyPair, type KeyPair } from '../../src/platform/keys.js';

/** Made once per test file: an RSA key costs more time than most tests. */
const made: Promise<KeyPair>[] = [];

/** Hands out key pairs, each once; another pool hands out the same ones again, to servers of another federation. */
export class KeyPool {
  private given = 0;

  next(): Promise<KeyPair> {
    const position = this.given;
    this.given += 1;
    made[position] ??= generateKeyPair();
    return made[position];
  }
}
