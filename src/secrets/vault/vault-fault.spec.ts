import { describe, expect, it } from 'vitest';
import { faultOfAnswer, faultOfFailure, type VaultQuestion } from './vault-answer.js';
import { mayHeal, vaultMessage, VaultUnavailable, type VaultFault, type VaultPlace } from './vault-fault.js';

const place: VaultPlace = {
  address: 'https://vault.example:8200',
  namespace: 'sites',
  caCertPath: '/etc/lattice/ca.pem',
  mount: 'kv',
  path: 'lattice',
};

/** Each fault, what its message must tell the operator to look at, and whether waiting may help. */
const table: readonly (readonly [VaultFault, RegExp, heals: boolean])[] = [
  [{ kind: 'down', code: 'ECONNREFUSED' }, /ECONNREFUSED.*check that it runs, VAULT_ADDR/, true],
  [{ kind: 'slow' }, /within 10 s/, true],
  [{ kind: 'sealed' }, /vault operator unseal/, true],
  [{ kind: 'busy', status: 503 }, /HTTP 503.*vault status/, true],
  [{ kind: 'contended', secret: 'keys' }, /kv\/lattice\/keys.*try again/, true],
  [{ kind: 'cas_conflict', secret: 'keys' }, /kv\/lattice\/keys.*try again/, false],
  [{ kind: 'refused', status: 405 }, /HTTP 405.*audit log/, false],
  [{ kind: 'oversized' }, /1048576 bytes: check VAULT_ADDR/, false],
  [{ kind: 'malformed' }, /check VAULT_ADDR, and any proxy/, false],
  [{ kind: 'redirect', to: 'https://active.example' }, /https:\/\/active\.example.*set VAULT_ADDR/, false],
  [{ kind: 'unknown_ca' }, /\/etc\/lattice\/ca\.pem: check VAULT_CACERT/, false],
  [{ kind: 'name_mismatch' }, /another name: set VAULT_ADDR/, false],
  [{ kind: 'certificate_expired' }, /renew it, and check the clock/, false],
  [{ kind: 'certificate_early' }, /not valid yet: check the clock/, true],
  [{ kind: 'tls_failed', code: 'EPROTO' }, /EPROTO.*client certificates/, false],
  [{ kind: 'no_tls_there' }, /set VAULT_ADDR to http:/, false],
  [{ kind: 'tls_needed' }, /set VAULT_ADDR to https:/, false],
  [{ kind: 'ca_unreadable', code: 'ENOENT' }, /VAULT_CACERT names \/etc\/lattice\/ca\.pem.*ENOENT/, false],
  [{ kind: 'ca_not_pem' }, /VAULT_CACERT.*no certificate in PEM/, false],
  [{ kind: 'login_refused' }, /VAULT_ROLE_ID or VAULT_SECRET_ID is wrong.*vault write -f/, false],
  [{ kind: 'login_no_longer_taken' }, /took before.*vault write -f/, false],
  [{ kind: 'secret_id_used_up' }, /used up.*vault write -f.*secret_id_num_uses=0/, false],
  [{ kind: 'secret_id_expired', atMs: 0 }, /expired at 1970-01-01T00:00:00.*secret_id_ttl=0/, false],
  [{ kind: 'login_elsewhere' }, /secret_id_bound_cidrs/, false],
  [{ kind: 'login_forbidden' }, /namespace sites.*auth enable approle.*15 minutes/, false],
  [{ kind: 'approle_missing' }, /namespace sites.*auth enable approle/, false],
  [{ kind: 'token_refused' }, /token_num_uses/, false],
  [{ kind: 'forbidden', secret: 'keys' }, /kv\/lattice\/keys.*policy.*LATTICE_VAULT_PATH/, false],
  [{ kind: 'wrong_mount' }, /engine at kv\/: set LATTICE_VAULT_MOUNT/, false],
  [{ kind: 'not_kv2' }, /vault kv enable-versioning kv/, false],
  [{ kind: 'deleted', secret: 'keys', version: 3 }, /undelete -versions=3 kv\/lattice\/keys/, false],
  [
    { kind: 'field_taken', secret: 'keys', field: 'private_key' },
    /private_key of kv\/lattice\/keys.*nothing was overwritten/,
    false,
  ],
  [
    { kind: 'field_missing', secret: 'keys', field: 'next_private_key' },
    /holds no next_private_key.*vault kv patch/,
    false,
  ],
  [
    { kind: 'field_not_text', secret: 'services', field: 'admin_token' },
    /admin_token of kv\/lattice\/services.*not text/,
    false,
  ],
];

describe('each fault of Vault', () => {
  it.each(table)('%o says what to do', (fault, message, heals) => {
    expect(vaultMessage(fault, place)).toMatch(message);
    expect(mayHeal(fault)).toBe(heals);
    expect(new VaultUnavailable(fault, place)).toMatchObject({
      code: 'secret_store_unavailable',
      message: vaultMessage(fault, place),
      mayHeal: heals,
    });
  });

  it('has a message of its own', () => {
    const alike = new Set(
      table.filter(([{ kind }]) => kind !== 'cas_conflict').map(([fault]) => vaultMessage(fault, place)),
    );
    expect(alike.size).toBe(table.length - 1);
  });

  it('without VAULT_CACERT an unknown authority is answered by setting it', () => {
    expect(vaultMessage({ kind: 'unknown_ca' }, { ...place, caCertPath: null })).toMatch(/set VAULT_CACERT/);
  });
});

describe('why a call came back without an answer', () => {
  it.each<[string, VaultFault['kind']]>([
    ['ECONNREFUSED', 'down'],
    ['ECONNRESET', 'down'],
    ['ENOTFOUND', 'down'],
    ['EAI_AGAIN', 'down'],
    ['ETIMEDOUT', 'down'],
    ['EHOSTUNREACH', 'down'],
    ['something new', 'down'],
    ['LATTICE_SLOW', 'slow'],
    ['LATTICE_OVERSIZED', 'oversized'],
    ['LATTICE_NO_TLS', 'no_tls_there'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown_ca'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown_ca'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown_ca'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown_ca'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'name_mismatch'],
    ['CERT_HAS_EXPIRED', 'certificate_expired'],
    ['CERT_NOT_YET_VALID', 'certificate_early'],
    ['EPROTO', 'tls_failed'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'tls_failed'],
    ['HPE_INVALID_CONSTANT', 'malformed'],
  ])('%s', (code, kind) => {
    expect(faultOfFailure(code).kind).toBe(kind);
  });
});

describe('what an answer says', () => {
  const login: VaultQuestion = { about: 'login' };
  const token: VaultQuestion = { about: 'token' };
  const engine: VaultQuestion = { about: 'engine' };
  const secret: VaultQuestion = { about: 'secret', secret: 'keys' };

  it.each<[VaultQuestion, number, string, VaultFault['kind'] | null]>([
    [login, 200, '', null],
    [secret, 204, '', null],
    [login, 301, '', 'redirect'],
    [secret, 503, 'Vault is sealed', 'sealed'],
    [secret, 503, 'maintenance', 'busy'],
    [secret, 500, 'local node not active but active cluster node not found', 'busy'],
    [secret, 429, 'rate limit quota exceeded', 'busy'],
    [secret, 473, '', 'busy'],
    [secret, 400, 'Upgrading from non-versioned to versioned data.', 'busy'],
    [login, 400, 'invalid role or secret ID', 'login_refused'],
    [login, 400, 'invalid secret id', 'login_refused'],
    [login, 400, 'missing secret_id', 'login_refused'],
    [login, 400, 'source address "10.0.0.1" unauthorized', 'login_elsewhere'],
    [login, 400, 'something else', 'refused'],
    [login, 403, 'permission denied', 'login_forbidden'],
    [login, 404, 'no handler for route', 'approle_missing'],
    [token, 403, 'permission denied', 'token_refused'],
    [token, 400, 'lease is not renewable', 'token_refused'],
    [engine, 403, 'preflight capability check returned 403', 'wrong_mount'],
    [secret, 403, 'permission denied', 'forbidden'],
    [secret, 404, 'no handler for route "kv/data/lattice/keys". route entry not found.', 'wrong_mount'],
    [secret, 400, 'check-and-set parameter did not match the current version', 'cas_conflict'],
    [secret, 413, '', 'refused'],
  ])('%o %i %s', (question, status, words, kind) => {
    const body = JSON.stringify({ errors: words === '' ? [] : [words] });
    const fault = faultOfAnswer({ status, body, location: null }, question);
    expect(fault?.kind ?? null).toBe(kind);
    expect(JSON.stringify(fault)).not.toContain(words === '' ? '\0' : words);
  });

  it.each([
    [null, 'another address'],
    ['/v1/relative', 'another address'],
    ['https://user:password@active.example:8200/v1/x?y', 'https://active.example:8200'],
  ])('a redirect to %s names %s', (location, to) => {
    expect(faultOfAnswer({ status: 307, body: '', location }, login)).toEqual({ kind: 'redirect', to });
  });
});
