import { SystemClock } from '../../src/platform/clock.js';
import { Authority, NO_OPENSSL } from './certificates.js';
import { VaultOperator, type VaultPlace } from './vault.js';
import { VaultServer } from './vault-server.js';

export interface RunningVault {
  readonly place: VaultPlace;
  /** Tokens and secret ids that it gave and that can be known. */
  readonly given: () => readonly string[];
  /** All that the role of a test may hold; the operator's stays. */
  readonly revokeTokens: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface VaultUnderTest {
  readonly title: string;
  readonly missing: boolean;
  readonly start: () => Promise<RunningVault>;
}

const { VAULT_TEST_ADDR: address, VAULT_TEST_TOKEN: rootToken, VAULT_TEST_CACERT: caCertPath } = process.env;

/** Null without the openssl program. */
export const authority = Authority.create();
process.once('exit', () => authority?.remove());

const standIn: VaultUnderTest = {
  title: authority === null ? `a stand-in over TLS (skipped: ${NO_OPENSSL})` : 'a stand-in over TLS',
  missing: authority === null,
  start: async () => {
    const server = await VaultServer.start(new SystemClock(), authority!.issue('IP:127.0.0.1'));
    const { model } = server;
    return {
      place: { address: server.address, caCertPath: authority!.caPath, rootToken: model.rootToken },
      given: () => model.given,
      revokeTokens: async () => {
        for (const token of model.tokens.keys()) if (token !== model.rootToken) model.tokens.delete(token);
        return Promise.resolve();
      },
      stop: () => server.close(),
    };
  },
};

const real: VaultUnderTest = {
  title:
    address === undefined
      ? 'a real server (skipped: VAULT_TEST_ADDR and VAULT_TEST_TOKEN name none)'
      : 'the real server of VAULT_TEST_ADDR',
  missing: address === undefined || rootToken === undefined,
  start: () => {
    const place = { address: address!, caCertPath: caCertPath ?? null, rootToken: rootToken! };
    const operator = new VaultOperator(place);
    return Promise.resolve({
      place,
      given: () => [place.rootToken],
      revokeTokens: async () => {
        await operator.call('POST', 'sys/leases/revoke-prefix/auth/approle', { sync: true });
      },
      stop: () => operator.close(),
    });
  },
};

/** The stand-in always, and a real server where `VAULT_TEST_ADDR` and `VAULT_TEST_TOKEN` (a root token) name one. */
export const vaultsUnderTest: readonly VaultUnderTest[] = [standIn, real];
