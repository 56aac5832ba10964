import { describe, expect, it } from 'vitest';
import {
  GOSSIP_INTERVAL_MS,
  PEER_REQUESTS_PER_MINUTE,
  PROBE_INTERVAL_MS,
  REFRESH_INTERVAL_MS,
  SYNC_INTERVAL_MS,
} from '../protocol/limits.js';
import { checkEndpoints } from '../protocol/endpoints.js';
import type { Config } from './config.js';
import { ConfigError } from './config-error.js';
import { defaultEndpoints } from './default-endpoints.js';
import type { Environment } from './environment.js';
import { readConfig } from './read-config.js';
import type { StoredSettings } from './read-settings.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

const TOKEN = 'Zq8-unguessable-token';
const FINGERPRINT = '0123456789abcdef0123456789ABCDEF';

function read(env: Environment = {}, stored: StoredSettings = {}, isTerminal = false): Config {
  return readConfig(env, stored, { isTerminal });
}

function failure(env: Environment, stored: StoredSettings = {}): ConfigError {
  try {
    read(env, stored);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was accepted');
}

function refusedVariables(env: Environment, stored?: StoredSettings): string[] {
  return failure(env, stored).problems.map((problem) => problem.variable);
}

describe('with nothing set', () => {
  it('every value is its default', () => {
    expect(read()).toEqual({
      host: '127.0.0.1',
      port: 1113,
      dataDir: './data',
      databaseUrl: null,
      migrations: 'auto',
      serverId: null,
      appUrl: null,
      endpoints: {
        discovery: 'http://127.0.0.1:1113',
        federation: 'http://127.0.0.1:1113/api/v1/federation',
      },
      publicUrl: null,
      bootstrapServers: [],
      bootstrapPins: new Map(),
      adminToken: null,
      admission: 'verified',
      scheduler: 'internal',
      allowAddresses: [],
      log: { level: 'info', format: 'json' },
      gossipIntervalMs: 600_000,
      neighborIntervalMs: 21_600_000,
      cleanupIntervalMs: 86_400_000,
      extensions: 'on',
      syncIntervalMs: 60_000,
      probeIntervalMs: 60_000,
      refreshIntervalMs: 86_400_000,
      peerRateLimitPerMinute: 100,
      sourceRateLimitPerMinute: 600,
      secretStore: { kind: 'files', dataDir: './data' },
    } satisfies Config);
  });

  it('the defaults are the numbers of the protocol', () => {
    expect(read()).toMatchObject({
      gossipIntervalMs: GOSSIP_INTERVAL_MS,
      syncIntervalMs: SYNC_INTERVAL_MS,
      probeIntervalMs: PROBE_INTERVAL_MS,
      refreshIntervalMs: REFRESH_INTERVAL_MS,
      peerRateLimitPerMinute: PEER_REQUESTS_PER_MINUTE,
    });
  });

  it('log lines are pretty on a terminal, unless the format is set', () => {
    expect(read({}, {}, true).log.format).toBe('pretty');
    expect(read({ LATTICE_LOG_FORMAT: 'json' }, {}, true).log.format).toBe('json');
  });
});

describe('where a value comes from', () => {
  const stored = {
    admin_token: TOKEN,
    app_url: 'https://stored.example',
    bootstrap_servers: 'https://seed.example',
    database_url: 'postgresql://stored.example/lattice',
  };

  it('the secret store beats the default', () => {
    expect(read({}, stored)).toMatchObject({
      adminToken: TOKEN,
      appUrl: 'https://stored.example',
      bootstrapServers: ['https://seed.example'],
      databaseUrl: 'postgresql://stored.example/lattice',
    });
  });

  it('the environment beats the secret store, even a broken entry of it', () => {
    const config = read({ LATTICE_APP_URL: 'https://env.example' }, { ...stored, app_url: 'broken' });
    expect(config.appUrl).toBe('https://env.example');
  });

  it('empty text counts as unset', () => {
    expect(read({ LATTICE_APP_URL: '', LATTICE_PORT: ' ', LATTICE_HSOT: '' }, stored)).toMatchObject({
      appUrl: 'https://stored.example',
      port: 1113,
    });
    expect(read({}, { app_url: '\n' }).appUrl).toBeNull();
  });

  it('spaces around a value and the line end of a secret are dropped', () => {
    expect(read({ LATTICE_PORT: ' 8080 ' }, { admin_token: `${TOKEN}\n` })).toMatchObject({
      port: 8080,
      adminToken: TOKEN,
    });
  });

  it('a mistake in the secret store is told as such', () => {
    const [problem] = failure({}, { app_url: 'nonsense' }).problems;
    expect(problem).toMatchObject({ variable: 'LATTICE_APP_URL' });
    expect(problem?.problem).toContain('from the secret store: app_url');
  });

  it('other entries of the secret store are ignored', () => {
    expect(read({}, { private_key: 'x', LATTICE_PORT: '9' })).toEqual(read());
  });
});

describe('mistakes', () => {
  it('all are reported at once, each with name, reason and example', () => {
    const error = failure({ LATTICE_PORT: 'http', LATTICE_ADMISSION: 'closed', LATTICE_HSOT: '::1' });
    expect(error.exitCode).toBe(78);
    expect(error.problems).toEqual([
      {
        variable: 'LATTICE_PORT',
        problem: '"http" is not a whole number from 0 to 65535',
        example: 'LATTICE_PORT=1113',
      },
      {
        variable: 'LATTICE_ADMISSION',
        problem: '"closed" is none of verified, open, bootstrap-only, allowlist',
        example: 'LATTICE_ADMISSION=allowlist',
      },
      {
        variable: 'LATTICE_HSOT',
        problem: 'is not a known variable; did you mean LATTICE_HOST?',
        example: 'LATTICE_HOST=0.0.0.0',
      },
    ]);
    for (const { variable, problem, example } of error.problems) {
      expect(error.message).toContain(`${variable}: ${problem}`);
      expect(error.message).toContain(example);
    }
  });

  it.each([
    ['LATTICE_BOOTSTRAP_SERVER', 'LATTICE_BOOTSTRAP_SERVERS'],
    ['LATTICE_NEIGHBOUR_INTERVAL', 'LATTICE_NEIGHBOR_INTERVAL'],
    ['LATTICE_LOGLEVEL', 'LATTICE_LOG_LEVEL'],
    ['LATTICE_ADMIN_TOKN', 'LATTICE_ADMIN_TOKEN'],
  ])('for the unknown %s, %s is suggested', (variable, suggestion) => {
    const [problem] = failure({ [variable]: TOKEN }).problems;
    expect(problem?.problem).toContain(suggestion);
    expect(problem?.problem).not.toContain(TOKEN);
  });

  it('variables of the test suite and of other programs are left alone', () => {
    expect(read({ LATTICE_TEST_DATABASE_URL: 'x', LATTICEWORK: 'x', PORT: 'x' })).toEqual(read());
    expect(refusedVariables({ LATTICE_TESTING: 'x' })).toEqual(['LATTICE_TESTING']);
  });

  it.each<[string, Environment]>([
    ['a token that is too short', { LATTICE_ADMIN_TOKEN: 'hunter2-hunter2' }],
    ['a token with a space', { LATTICE_ADMIN_TOKEN: 'hunter2 hunter2 hunter2' }],
    ['a token with a space at its end', { LATTICE_ADMIN_TOKEN: 'hunter2-hunter2-hunter2 ' }],
    ['a token of spaces', { LATTICE_ADMIN_TOKEN: ' '.repeat(20) }],
    ['a token that no header carries', { LATTICE_ADMIN_TOKEN: 'hunter2-hunter2-hünter' }],
    ['a database of another kind', { LATTICE_DATABASE_URL: 'mysql://u:hunter2@db/x' }],
    ['a database without a host or name', { LATTICE_DATABASE_URL: 'postgres://' }],
    ['a database URL with a bare #', { LATTICE_DATABASE_URL: 'postgres://u:hunter2#x@db/x' }],
    ['a database URL with a bare %', { LATTICE_DATABASE_URL: 'postgres://u:hunter2%@db/x' }],
    ['a database URL with a bad port', { LATTICE_DATABASE_URL: 'postgres://u:hunter2@db:port/x' }],
    ['a database URL with a space', { LATTICE_DATABASE_URL: 'postgres://u:hunter2 @db/x' }],
    ['a base URL with a password', { LATTICE_APP_URL: 'https://u:hunter2@chat.example.org' }],
    ['a database URL in the wrong place', { LATTICE_APP_URL: 'postgres://u:hunter2/x@db/x' }],
    ['a bootstrap server with a password', { LATTICE_BOOTSTRAP_SERVERS: 'https://hunter2@a.example' }],
  ])('%s is refused without being shown', (_, env) => {
    const error = failure(env);
    expect(error.problems.map((problem) => problem.variable)).toEqual(Object.keys(env));
    expect(error.message).not.toMatch(/hunter2|hünter/);
    expect(JSON.stringify(error.problems)).not.toMatch(/hunter2|hünter/);
  });

  it('secrets from the store are not shown either', () => {
    const error = failure({}, { admin_token: 'hunter2', database_url: 'hunter2' });
    expect(error.problems).toHaveLength(2);
    expect(error.message).not.toContain('hunter2');
  });

  it.each(Object.values(SETTINGS).map((setting: Setting<unknown>) => [setting.variable, setting] as const))(
    'the example of %s is right',
    (_, setting) => {
      expect(setting.parse(setting.example)).toHaveProperty('value');
    },
  );
});

describe('endpoints', () => {
  it.each<[string, Environment, string, string, string | null]>([
    [
      'an app URL gives both',
      { LATTICE_APP_URL: 'https://Chat.Example.org/' },
      'https://chat.example.org/discovery',
      'https://chat.example.org/discovery/api/v1/federation',
      'https://chat.example.org/discovery',
    ],
    [
      'an app URL may have a path',
      { LATTICE_APP_URL: 'https://example.org/chat/' },
      'https://example.org/chat/discovery',
      'https://example.org/chat/discovery/api/v1/federation',
      'https://example.org/chat/discovery',
    ],
    [
      'a discovery URL alone has the federation endpoint under it',
      { LATTICE_DISCOVERY_URL: 'https://chat.example.org/d/' },
      'https://chat.example.org/d',
      'https://chat.example.org/d/api/v1/federation',
      'https://chat.example.org/d',
    ],
    [
      'each override replaces its own endpoint only',
      { LATTICE_APP_URL: 'https://a.example', LATTICE_FEDERATION_URL: 'https://a.example/fed' },
      'https://a.example/discovery',
      'https://a.example/fed',
      'https://a.example/discovery',
    ],
    [
      'both may be overridden together, away from the app URL',
      {
        LATTICE_APP_URL: 'https://a.example',
        LATTICE_DISCOVERY_URL: 'https://b.example/d',
        LATTICE_FEDERATION_URL: 'https://b.example:443/f',
      },
      'https://b.example/d',
      'https://b.example/f',
      'https://b.example/d',
    ],
    [
      'without a URL they are on the listening address',
      { LATTICE_HOST: '[::]', LATTICE_PORT: '8080' },
      'http://[::1]:8080',
      'http://[::1]:8080/api/v1/federation',
      null,
    ],
  ])('%s', (_, env, discovery, federation, publicUrl) => {
    const config = read(env);
    expect(config.endpoints).toEqual({ discovery, federation });
    expect(config.publicUrl).toBe(publicUrl);
    expect(() => checkEndpoints(config.endpoints)).not.toThrow();
  });

  it.each<[string, Environment]>([
    [
      'LATTICE_DISCOVERY_URL',
      { LATTICE_APP_URL: 'https://a.example', LATTICE_DISCOVERY_URL: 'https://b.example' },
    ],
    [
      'LATTICE_FEDERATION_URL',
      { LATTICE_APP_URL: 'https://a.example', LATTICE_FEDERATION_URL: 'http://a.example' },
    ],
    ['LATTICE_FEDERATION_URL', { LATTICE_FEDERATION_URL: 'https://a.example' }],
  ])('%s on another origin is refused: %o', (variable, env) => {
    expect(refusedVariables(env)).toEqual([variable]);
  });

  it('are not judged where one of their parts is broken already', () => {
    expect(
      refusedVariables({ LATTICE_APP_URL: 'a.example', LATTICE_FEDERATION_URL: 'https://a.example' }),
    ).toEqual(['LATTICE_APP_URL']);
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:1'],
    ['0.0.0.0', 'http://127.0.0.1:1'],
    ['::', 'http://[::1]:1'],
    ['fd00::7', 'http://[fd00::7]:1'],
    ['localhost', 'http://localhost:1'],
  ])('on %s by default are under %s', (host, base) => {
    expect(defaultEndpoints(host, 1)).toEqual({ discovery: base, federation: `${base}/api/v1/federation` });
  });
});

it('what was set is read and normalised', () => {
  const config = read({
    LATTICE_SERVER_ID: 'Chat.Example.ORG',
    LATTICE_BOOTSTRAP_SERVERS:
      ' https://a.example/discovery/ , https://b.example,,https://A.example/discovery ',
    LATTICE_BOOTSTRAP_PINS: `A.example = ${FINGERPRINT}, b.example:8443=${FINGERPRINT}`,
    LATTICE_ADMIN_TOKEN: TOKEN,
    LATTICE_SCHEDULER: 'External',
    LATTICE_ALLOW_ADDRESSES: '127.0.0.1, 10.0.0.0/8',
    LATTICE_GOSSIP_INTERVAL: '500ms',
    LATTICE_SOURCE_RATE_LIMIT: '0',
  });
  expect(config).toMatchObject({
    serverId: 'chat.example.org',
    bootstrapServers: ['https://a.example/discovery', 'https://b.example'],
    bootstrapPins: new Map([
      ['a.example', FINGERPRINT.toUpperCase()],
      ['b.example:8443', FINGERPRINT.toUpperCase()],
    ]),
    adminToken: TOKEN,
    scheduler: 'external',
    allowAddresses: ['127.0.0.1/32', '10.0.0.0/8'],
    gossipIntervalMs: 500,
    sourceRateLimitPerMinute: 0,
  });
});
