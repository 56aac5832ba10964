import { describe, expect, it } from 'vitest';
import { planReload, type SettingChange } from './plan-reload.js';
import { configOf, readSettings } from './read-config.js';
import type { SettingsInForce } from './read-settings.js';
import type { Environment } from './environment.js';
import type { Setting } from './setting.js';
import { SETTINGS } from './settings.js';

const VAULT = { VAULT_ADDR: 'https://vault.example:8200', VAULT_ROLE_ID: 'role-1', VAULT_SECRET_ID: 'id-1' };

const settings = (own: Environment, stored = {}): SettingsInForce => readSettings({ own, file: {} }, stored);

function outcome(before: Environment, after: Environment): Record<'live' | 'restart', string[]> {
  const { changed, needsRestart } = planReload(settings(before), settings(after));
  const inWords = ({ variable, from, to }: SettingChange): string => `${variable} ${from} ${to}`;
  return { live: changed.map(inWords), restart: needsRestart.map(inWords) };
}

describe('a configuration that was read again', () => {
  it.each<[string, Environment, Environment, string[], string[]]>([
    ['is the same', { LATTICE_PORT: '1114' }, { LATTICE_PORT: '1114' }, [], []],
    [
      'says the same in other words',
      { LATTICE_GOSSIP_INTERVAL: '1m' },
      { LATTICE_GOSSIP_INTERVAL: '60s' },
      [],
      [],
    ],
    ['names a default', {}, { LATTICE_LOG_LEVEL: 'info' }, [], []],
    ['has the pins in another order', pins('a', 'b'), pins('b', 'a'), [], []],
    [
      'has a live setting changed',
      { LATTICE_LOG_LEVEL: 'warn' },
      { LATTICE_LOG_LEVEL: 'debug' },
      ['LATTICE_LOG_LEVEL warn debug'],
      [],
    ],
    ['has one unset', { LATTICE_SERVER_ID: 'a' }, {}, ['LATTICE_SERVER_ID a null'], []],
    [
      'has secrets changed, and shows none',
      { LATTICE_ADMIN_TOKEN: 'the-first-admin-token' },
      { LATTICE_ADMIN_TOKEN: 'the-other-admin-token', LATTICE_DATABASE_URL: 'postgres://a:b@c/d' },
      ['LATTICE_ADMIN_TOKEN (hidden) (hidden)'],
      ['LATTICE_DATABASE_URL null (hidden)'],
    ],
    [
      'has both kinds changed',
      {},
      { LATTICE_PORT: '2', LATTICE_ADMISSION: 'bootstrap-only' },
      ['LATTICE_ADMISSION verified bootstrap-only'],
      ['LATTICE_PORT 1113 2'],
    ],
    [
      'has another login for the same Vault',
      VAULT,
      { ...VAULT, VAULT_SECRET_ID: 'id-2' },
      ['VAULT_SECRET_ID (hidden) (hidden)'],
      [],
    ],
    [
      'has another Vault with its login',
      VAULT,
      { ...VAULT, VAULT_SECRET_ID: 'id-2', VAULT_ADDR: 'https://other.example' },
      [],
      ['VAULT_ADDR https://vault.example:8200 https://other.example', 'VAULT_SECRET_ID (hidden) (hidden)'],
    ],
    [
      'moves the secrets out of Vault',
      VAULT,
      {},
      [],
      [
        'VAULT_ADDR https://vault.example:8200 null',
        'VAULT_ROLE_ID (hidden) null',
        'VAULT_SECRET_ID (hidden) null',
      ],
    ],
  ])('%s', (_, before, after, live, restart) => {
    expect(outcome(before, after)).toEqual({ live, restart });
  });

  it('is in force where it may be, and waits where it may not', () => {
    const running = settings({ LATTICE_HOST: '127.0.0.1', LATTICE_PORT: '5' });
    const next = settings({ LATTICE_HOST: '::1', LATTICE_PORT: '6', LATTICE_PEER_RATE_LIMIT: '7' });
    const first = planReload(running, next);
    expect(configOf(first.settings, { isTerminal: false })).toMatchObject({
      host: '127.0.0.1',
      port: 5,
      peerRateLimitPerMinute: 7,
      endpoints: { discovery: 'http://127.0.0.1:5' },
    });
    const second = planReload(first.settings, next);
    expect(second.changed).toEqual([]);
    expect(second.needsRestart.map(({ variable }) => variable)).toEqual(['LATTICE_HOST', 'LATTICE_PORT']);
  });

  it('is refused where the new part does not go with the part that waits', () => {
    const next = settings({ LATTICE_PORT: '6', LATTICE_FEDERATION_URL: 'http://127.0.0.1:6/f' });
    const { settings: mixed } = planReload(settings({ LATTICE_PORT: '5' }), next);
    expect(() => configOf(mixed, { isTerminal: false })).toThrow('must share one origin');
  });

  it.each(
    (Object.values(SETTINGS) as Setting<unknown>[]).map((setting) => [setting.variable, setting] as const),
  )('shows of %s what is no secret', (variable, setting) => {
    const text = setting.secret ? '(hidden)' : setting.example;
    const { changed, needsRestart } = planReload(
      settings({}),
      settings({ ...VAULT, LATTICE_SECRETS: 'vault', [variable]: differentFrom(setting) }),
    );
    const change = [...changed, ...needsRestart].find((each) => each.variable === variable);
    expect(change?.to).toBe(setting.secret ? text : differentFrom(setting));
  });
});

function differentFrom({ variable, default: usual, example }: Setting<unknown>): string {
  if (variable === 'LATTICE_PORT') return '1114';
  if (variable === 'LATTICE_SECRETS') return 'vault';
  if (variable === 'LATTICE_FEDERATION_URL') return 'http://127.0.0.1:1113/f';
  return usual === example ? `${example}0` : example;
}

function pins(...hosts: string[]): Environment {
  return { LATTICE_BOOTSTRAP_PINS: hosts.map((host) => `${host}=${'0'.repeat(32)}`).join(',') };
}
