import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Why tests that need one are skipped where there is none. */
export const NO_OPENSSL = 'needs the openssl program to make certificates';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority of its own for a test run, in a folder of its own. */
export class Authority {
  readonly caPath: string;
  readonly #folder: string;
  #issued = 0;

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'lattice-authority-'));
    this.caPath = join(this.#folder, 'ca.pem');
    const subject = ['-subj', '/CN=Lattice test authority', '-days', '2'];
    this.#openssl('req', '-x509', ...NEW_KEY, ...subject, '-keyout', 'ca.key', '-out', 'ca.pem');
  }

  /** Null without the openssl program. */
  static create(): Authority | null {
    try {
      return new Authority();
    } catch {
      return null;
    }
  }

  /** @param names such as `IP:127.0.0.1,DNS:vault.example` */
  issue(names: string, days = 2): Certificate {
    const name = `server${(this.#issued += 1)}`;
    const [key, cert] = [`${name}.key`, `${name}.pem`];
    writeFileSync(join(this.#folder, `${name}.ext`), `subjectAltName=${names}\n`);
    this.#openssl('req', '-new', ...NEW_KEY, '-subj', '/CN=vault', '-keyout', key, '-out', `${name}.csr`);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-extfile', `${name}.ext`, '-days', String(days), '-out', cert],
    );
    return {
      key: readFileSync(join(this.#folder, key), 'utf8'),
      cert: readFileSync(join(this.#folder, cert), 'utf8'),
    };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openssl(...parameters: string[]): void {
    execFileSync('openssl', parameters, { cwd: this.#folder, stdio: 'ignore' });
  }
}
