import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../database/inspect-database.js';
import type { Identity } from '../../identity/identity.js';
import { DAY_MS, MINUTE_MS } from '../../protocol/durations.js';
import { judgeBootstrapServer } from './bootstrap-servers.js';
import { judgeClock } from './clock.js';
import { judgeDatabase, judgeMigrations, type DatabaseFacts } from './database.js';
import { judgeDisk, type DiskFacts } from './disk.js';
import type { Fetched } from './fetch-announcement.js';
import type { Outcome, Verdict } from './finding.js';
import { judgeNode } from './node-version.js';
import { judgePort, type Listener } from './port.js';
import { judgePrivateKey, type HeldKeys } from './private-key.js';
import { judgeAdministration, judgePublicUrl } from './public-url.js';
import { judgeSecretStore } from './secret-store.js';

const [OURS, NEXT, THEIRS] = ['A', 'B', 'C'].map((letter) => letter.repeat(32)) as [string, string, string];
const MIB = 1024 * 1024;

type Row = [title: string, verdict: Verdict, outcome: Outcome, says?: RegExp];

/** What failed or is worth a warning always comes with what to do. */
function expectVerdict(verdict: Verdict, outcome: Outcome, says = /./): void {
  expect(verdict).toMatchObject({ outcome });
  expect(`${verdict.summary} ${verdict.advice ?? ''}`).toMatch(says);
  if (outcome === 'failed' || outcome === 'warning') expect(verdict.advice).toMatch(/^[A-Z].{10}/);
}

describe('Node', () => {
  it.each<Row>([
    ['exactly as needed', judgeNode('20.19.0', '>=20.19'), 'ok'],
    ['newer', judgeNode('22.1.0', '>=20.19'), 'ok'],
    ['older', judgeNode('20.9.1', '>=20.19'), 'failed', /20\.19/],
    ['much older', judgeNode('18.20.0', '>=20.19'), 'failed'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('the secret store', () => {
  const terms = {
    tokenEndsAt: 3_600_000,
    isTokenRenewable: true,
    secretIdEndsAt: null,
    isSecretIdUsedUp: false,
    denied: [],
  };
  const choice = {
    kind: 'vault',
    vault: {
      address: 'https://vault.example',
      roleId: 'r',
      secretId: 's',
      namespace: null,
      caCertPath: null,
      mount: 'kv',
      path: 'x',
    },
  } as const;
  const judge = (changes: object, problem: string | null = null): Verdict =>
    judgeSecretStore({ choice, problem, terms: { ...terms, ...changes }, nowMs: 0 });
  it.each<Row>([
    ['that serves', judge({}), 'ok', /1 h, and is renewed/],
    ['that has no end', judge({ tokenEndsAt: null }), 'ok', /no end/],
    ['that cannot be read', judge({}, 'Vault is sealed.'), 'failed', /sealed/],
    ['whose policy lacks something', judge({ denied: ['update kv/data/x/keys'] }), 'failed', /update kv/],
    ['that took the last login', judge({ isSecretIdUsedUp: true }), 'warning', /no uses left/],
    ['whose secret id ends tomorrow', judge({ secretIdEndsAt: DAY_MS }), 'warning', /24 h/],
    ['whose secret id ends in a month', judge({ secretIdEndsAt: 30 * DAY_MS }), 'ok'],
    ['that does not say when it ends', judge({ secretIdEndsAt: undefined }), 'ok'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('the private key', () => {
  const judge = (keys: Partial<HeldKeys>, onFile: string | null | undefined): Verdict =>
    judgePrivateKey(
      { current: null, next: null, problem: null, place: '/data/private_key.pem', owners: null, ...keys },
      onFile,
    );
  it.each<Row>([
    ['of a new machine', judge({}, null), 'ok', /first start makes one/],
    ['without an identity', judge({ current: OURS }, null), 'ok', /identity with it/],
    ['of the identity', judge({ current: OURS, next: NEXT }, OURS), 'ok'],
    ['of an interrupted rotation', judge({ current: OURS, next: NEXT }, NEXT), 'warning', /interrupted/],
    ['of another identity', judge({ current: THEIRS }, OURS), 'failed', /another/],
    ['that is missing', judge({}, OURS), 'failed', /no private key/],
    ['that others may read', judge({ problem: 'Others may read it: chmod 600.' }, OURS), 'failed', /chmod/],
    ['of root in the daemon’s folder', judge({ owners: { file: 0, folder: 9 } }, OURS), 'failed', /chown/],
    ['beside a database that is away', judge({ current: OURS }, undefined), 'warning'],
    ['missing beside a database that is away', judge({}, undefined), 'warning'],
    ['in a store that is away', judgePrivateKey(null, OURS), 'skipped'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('the port', () => {
  const judge = (listener: Listener, fingerprints: string[] | null = [OURS]): Verdict =>
    judgePort({ host: '127.0.0.1', port: 1113, listener, fingerprints });
  const nobody = (bindFailure: string | null): Listener => ({ kind: 'nobody', bindFailure });
  const daemon = (fingerprint: string): Listener => ({ kind: 'daemon', serverUuid: 'u', fingerprint });
  it.each<Row>([
    ['free', judge(nobody(null)), 'ok', /stopped, or not ready/],
    ['below 1024', judge(nobody('EACCES')), 'failed', /above 1023/],
    ['on a foreign address', judge(nobody('EADDRNOTAVAIL')), 'failed', /LATTICE_HOST/],
    ['taken elsewhere', judge(nobody('EADDRINUSE')), 'failed', /LATTICE_PORT/],
    ['unusable for another reason', judge(nobody('EINVAL')), 'failed', /EINVAL/],
    ['taken by a stranger', judge({ kind: 'stranger' }), 'failed', /ss -ltnp/],
    ['held by us', judge(daemon(OURS)), 'ok', /running daemon/],
    ['held by another daemon', judge(daemon(THEIRS)), 'failed', /another Lattice daemon/],
    ['held by who knows whom', judge(daemon(THEIRS), null), 'warning'],
    ['held by a revoked one', judge({ kind: 'revoked_daemon' }), 'warning', /revoked/],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

const INSPECTED: Inspection<Identity | null> = {
  state: 'inspected',
  kind: 'postgres',
  version: 130_004,
  isReadOnly: false,
  mayWrite: true,
  mayCreate: true,
  done: ['a', 'b'],
  found: null,
};

describe('the database', () => {
  const judge = (changes: object): Verdict => judgeDatabase({ ...INSPECTED, ...changes });
  it.each<Row>([
    ['that serves', judge({}), 'ok', /PostgreSQL 13\.4/],
    ['that is embedded', judge({ kind: 'embedded' }), 'ok', /embedded/],
    ['that is too old', judge({ version: 120_009 }), 'failed', /12/],
    ['that is a standby', judge({ isReadOnly: true }), 'failed', /primary/],
    ['that lets us only read', judge({ mayWrite: false }), 'failed', /GRANT/],
    ['that is not there yet', judgeDatabase({ state: 'absent' }), 'ok'],
    ['open elsewhere', judgeDatabase({ state: 'in_use', pid: 7 }), 'failed', /process 7/],
    ['of the running daemon', judgeDatabase({ state: 'asked_daemon', isReachable: true }), 'ok'],
    ['that the daemon lost', judgeDatabase({ state: 'asked_daemon', isReachable: false }), 'failed'],
    ['that is away', judgeDatabase({ state: 'unusable', problem: 'No.' }), 'failed'],
    ['nobody knows where', judgeDatabase({ state: 'unknown' }), 'skipped'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('migrations', () => {
  const judge = (
    changes: object,
    { mode = 'auto', isDaemonRunning = false }: { mode?: 'auto' | 'manual'; isDaemonRunning?: boolean } = {},
  ): Verdict =>
    judgeMigrations({ database: { ...INSPECTED, ...changes }, ours: ['a', 'b'], mode, isDaemonRunning });
  const of = (database: DatabaseFacts): Verdict =>
    judgeMigrations({ database, ours: ['a'], mode: 'auto', isDaemonRunning: true });
  it.each<Row>([
    ['all done', judge({}), 'ok', /2 migrations/],
    ['of an empty database', judge({ done: [] }), 'ok', /empty/],
    [
      'of an empty database, left to the operator',
      judge({ done: [] }, { mode: 'manual' }),
      'failed',
      /migrate/,
    ],
    ['pending', judge({ done: ['a'] }), 'warning', /b.*next start/],
    [
      'pending, left to the operator',
      judge({ done: ['a'] }, { mode: 'manual' }),
      'failed',
      /lattice migrate/,
    ],
    [
      'pending under a running daemon',
      judge({ done: ['a'] }, { isDaemonRunning: true }),
      'warning',
      /Restart/,
    ],
    ['pending, and not allowed', judge({ done: ['a'], mayCreate: false }), 'failed', /CREATE/],
    ['of a newer release', judge({ done: ['a', 'b', 'c'] }), 'failed', /does not know c/],
    ['of the running daemon', of({ state: 'asked_daemon', isReachable: true }), 'ok'],
    ['of a database that is away', of({ state: 'unusable', problem: 'No.' }), 'skipped'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('the disk', () => {
  const judge = (changes: Partial<DiskFacts>): Verdict =>
    judgeDisk({
      dataDir: '/data',
      isThere: true,
      isFolder: true,
      freeBytes: 10_240 * MIB,
      freeFiles: null,
      unwritable: null,
      ...changes,
    });
  it.each<Row>([
    ['with room', judge({}), 'ok', /10\.0 GiB/],
    ['of a folder to come', judge({ isThere: false }), 'ok', /not there yet/],
    ['that gets full', judge({ freeBytes: 500 * MIB }), 'warning', /500 MiB/],
    ['that is full', judge({ freeBytes: 99 * MIB }), 'failed', /99 MiB/],
    ['without inodes', judge({ freeFiles: 0 }), 'failed', /inodes/],
    ['that is read-only', judge({ unwritable: 'EROFS' }), 'failed', /read-only/],
    ['of another user', judge({ unwritable: 'EACCES' }), 'warning', /EACCES/],
    ['under a file', judge({ isFolder: false }), 'failed', /LATTICE_DATA_DIR/],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('the clock', () => {
  const judge = (...minutes: number[]): Verdict =>
    judgeClock(minutes.map((each, index) => ({ server: `s${index}`, aheadMs: each * MINUTE_MS })));
  it.each<Row>([
    ['that nobody can judge', judge(), 'skipped', /cannot be judged/],
    ['that agrees', judge(0, -1, 5), 'ok', /s0, s1, s2/],
    ['that is behind the only other', judge(6), 'failed', /s0 is 6 min ahead/],
    ['that is ahead of all', judge(-60, -61), 'failed', /1 h behind/],
    ['that most contradict', judge(0, 10, 10), 'failed', /most/],
    ['that one contradicts', judge(0, 0, 10), 'warning', /s2 is 10 min ahead/],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

const answered = (changes: object = {}): Fetched => ({
  kind: 'announcement',
  serverId: 'a.example',
  serverUuid: 'u',
  fingerprint: OURS,
  aheadMs: 0,
  ...changes,
});
const unreachable = (reason: 'timeout' | 'address_not_allowed'): Fetched => ({
  kind: 'unreachable',
  reason,
  problem: 'no answer',
});

describe('the public URL', () => {
  const self = { serverUuid: 'u', fingerprint: OURS };
  const judge = (fetched: Fetched, isDaemonRunning = true, known: typeof self | null = self): Verdict =>
    judgePublicUrl({ url: 'https://a.example', fetched, self: known, isDaemonRunning });
  it.each<Row>([
    ['that leads back', judge(answered()), 'ok'],
    ['of another server', judge(answered({ serverUuid: 'v' })), 'failed', /another server/],
    ['of a copy of us', judge(answered({ fingerprint: THEIRS })), 'failed', /stolen/],
    ['of who knows whom', judge(answered(), true, null), 'warning'],
    ['that cannot be reached', judge(unreachable('timeout')), 'failed', /no answer/],
    ['on a private address', judge(unreachable('address_not_allowed')), 'warning', /ALLOW/],
    ['behind which nobody is', judge({ kind: 'status', status: 502 }), 'failed', /502/],
    ['of a stopped daemon', judge({ kind: 'status', status: 502 }, false), 'skipped', /stopped/],
    ['of something else', judge({ kind: 'invalid', problem: 'no JSON' }), 'failed', /no JSON/],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('administration from outside', () => {
  const judge = (status: number, isSwitchedOff = false): Verdict =>
    judgeAdministration({ kind: 'answered', url: 'https://a.example/x', status, isSwitchedOff });
  it.each<Row>([
    ['is refused', judge(403), 'ok'],
    ['is open', judge(200), 'failed', /strangers/],
    ['is off because the proxy hides itself', judge(403, true), 'failed', /switched/],
    ['answers something else', judge(404), 'failed', /404/],
    ['was not asked', judgeAdministration({ kind: 'not_asked' }), 'skipped'],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});

describe('a bootstrap server', () => {
  const judge = (fetched: Fetched, pin: string | null = null, isAnyUsable = true): Verdict =>
    judgeBootstrapServer({ url: 'https://hub.example', fetched, pin, ownUuid: 'me', isAnyUsable });
  it.each<Row>([
    ['that answers', judge(answered()), 'ok'],
    ['with the pinned key', judge(answered(), OURS), 'ok', /pinned/],
    ['with another key', judge(answered(), NEXT), 'failed', /PINS/],
    ['that is this server', judge(answered({ serverUuid: 'me' })), 'warning', /itself/],
    ['that is away, of several', judge(unreachable('timeout')), 'warning', /no answer/],
    ['that is away, as all are', judge(unreachable('timeout'), null, false), 'failed'],
    ['on a private address', judge(unreachable('address_not_allowed')), 'warning', /ALLOW/],
    ['that answers something else', judge({ kind: 'status', status: 404 }), 'warning', /404/],
    ['that lies', judge({ kind: 'invalid', problem: 'its signature does not hold' }), 'warning', /signature/],
  ])('%s', (_, verdict, outcome, says) => expectVerdict(verdict, outcome, says));
});
