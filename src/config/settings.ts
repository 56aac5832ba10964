import { isServerId, normalizeServerId } from '../protocol/server-id.js';
import { baseUrl, listenHost, network, pin, pinTable } from './addresses.js';
import type { AdmissionMode, LogFormat, LogLevel, Migrations, Scheduler, Switch } from './config.js';
import { chain, listOf, oneOf, quoted, wholeNumber, type Parsed, type Parser } from './parsed.js';
import { PERIOD_SETTINGS } from './period-settings.js';
import { adminToken, databaseUrl } from './secret-parsers.js';
import { SECRET_STORE_SETTINGS } from './secret-store-settings.js';
import { defaulted, optional } from './setting.js';

/** Every variable, by the name that its value has inside. */
export const SETTINGS = {
  host: defaulted({
    variable: 'LATTICE_HOST',
    what: 'Address or name to listen on',
    default: '127.0.0.1',
    example: '0.0.0.0',
    change: 'restart',
    parse: listenHost,
  }),
  port: defaulted({
    variable: 'LATTICE_PORT',
    what: 'Port to listen on; 0 takes any free one, for tests',
    default: '1113',
    example: '1113',
    change: 'restart',
    parse: wholeNumber(0, 65_535),
  }),
  dataDir: defaulted({
    variable: 'LATTICE_DATA_DIR',
    what: 'Folder of the key and the embedded database',
    default: './data',
    example: '/var/lib/lattice',
    change: 'restart',
    parse: (text) => ({ value: text }),
  }),
  databaseUrl: optional({
    variable: 'LATTICE_DATABASE_URL',
    what: 'PostgreSQL 13 or newer',
    unset: 'the embedded database',
    example: 'postgres://lattice:password@127.0.0.1:5432/lattice',
    change: 'restart',
    parse: databaseUrl,
    secret: true,
    storeKey: 'database_url',
  }),
  migrations: defaulted({
    variable: 'LATTICE_MIGRATIONS',
    what: 'Who brings the tables up to date: the daemon at its start (`auto`) or the operator with `npx lattice migrate` (`manual`)',
    default: 'auto',
    example: 'manual',
    change: 'restart',
    parse: oneOf<Migrations>('auto', 'manual'),
  }),
  serverId: optional({
    variable: 'LATTICE_SERVER_ID',
    what: 'Name of this server in addresses; changing it is a rename',
    unset: '`lattice-` and 8 letters of the fingerprint',
    example: 'chat.example.org',
    change: 'live',
    parse: serverId,
  }),
  appUrl: optional({
    variable: 'LATTICE_APP_URL',
    what: 'Public base URL; announces `{it}/discovery` and `{it}/discovery/api/v1/federation`',
    unset: 'the listening address is announced',
    example: 'https://chat.example.org',
    change: 'live',
    parse: baseUrl,
    storeKey: 'app_url',
  }),
  discoveryUrl: optional({
    variable: 'LATTICE_DISCOVERY_URL',
    what: 'Announced discovery endpoint',
    unset: 'from LATTICE_APP_URL',
    example: 'https://chat.example.org/discovery',
    change: 'live',
    parse: baseUrl,
  }),
  federationUrl: optional({
    variable: 'LATTICE_FEDERATION_URL',
    what: 'Announced federation endpoint, on the same origin as the discovery endpoint',
    unset: '`/api/v1/federation` under the discovery endpoint',
    example: 'https://chat.example.org/discovery/api/v1/federation',
    change: 'live',
    parse: baseUrl,
  }),
  bootstrapServers: defaulted({
    variable: 'LATTICE_BOOTSTRAP_SERVERS',
    what: 'Discovery endpoints of servers to meet first, comma-separated',
    default: '',
    unset: 'none',
    example: 'https://chat.example.org/discovery,https://acme.example/discovery',
    change: 'live',
    parse: uniqueListOf(baseUrl),
    storeKey: 'bootstrap_servers',
  }),
  bootstrapPins: defaulted({
    variable: 'LATTICE_BOOTSTRAP_PINS',
    what: 'Fingerprints that bootstrap servers must have: `host=fingerprint` or `host:port=fingerprint`, comma-separated',
    default: '',
    unset: 'none',
    example: 'chat.example.org=0123456789ABCDEF0123456789ABCDEF',
    change: 'live',
    parse: (text) => chain(listOf(pin)(text), pinTable),
  }),
  adminToken: optional({
    variable: 'LATTICE_ADMIN_TOKEN',
    what: 'Opens the administration endpoints; at least 16 characters, no space',
    unset: 'administration only straight from this machine',
    example: 'a-long-random-text-of-your-own',
    change: 'live',
    parse: adminToken,
    secret: true,
    storeKey: 'admin_token',
  }),
  admission: defaulted({
    variable: 'LATTICE_ADMISSION',
    what: 'Who may join: whoever proves where it is (`verified`) or announces itself (`open`), the hosts of bootstrap servers (`bootstrap-only`), or whom you approve (`allowlist`)',
    default: 'verified',
    example: 'allowlist',
    change: 'live',
    parse: oneOf<AdmissionMode>('verified', 'open', 'bootstrap-only', 'allowlist'),
  }),
  scheduler: defaulted({
    variable: 'LATTICE_SCHEDULER',
    what: 'Who starts periodic work: the daemon (`internal`) or `POST` requests from outside (`external`)',
    default: 'internal',
    example: 'external',
    change: 'restart',
    parse: oneOf<Scheduler>('internal', 'external'),
  }),
  allowAddresses: defaulted({
    variable: 'LATTICE_ALLOW_ADDRESSES',
    what: 'Addresses and networks besides public ones that calls to other servers may reach, comma-separated',
    default: '',
    unset: 'none',
    example: '10.0.0.0/8,fd00::/8',
    change: 'live',
    parse: uniqueListOf(network),
  }),
  logLevel: defaulted({
    variable: 'LATTICE_LOG_LEVEL',
    what: 'Least level that is logged: `debug`, `info`, `warn` or `error`',
    default: 'info',
    example: 'debug',
    change: 'live',
    parse: oneOf<LogLevel>('debug', 'info', 'warn', 'error'),
  }),
  logFormat: optional({
    variable: 'LATTICE_LOG_FORMAT',
    what: 'Form of log lines: `pretty` or `json`',
    unset: '`pretty` on a terminal, else `json`',
    example: 'json',
    change: 'restart',
    parse: oneOf<LogFormat>('pretty', 'json'),
  }),
  extensions: defaulted({
    variable: 'LATTICE_EXTENSIONS',
    what: 'Whether this server speaks `ext:1` with those who do (`on`), or version 1.0 alone (`off`)',
    default: 'on',
    example: 'off',
    change: 'restart',
    parse: oneOf<Switch>('on', 'off'),
  }),
  ...PERIOD_SETTINGS,
  envFile: optional({
    variable: 'LATTICE_ENV_FILE',
    what: 'File of variables, written as for systemd; what it holds beats the environment',
    unset: 'none',
    example: '/etc/lattice/lattice.env',
    change: 'restart',
    parse: (text) => ({ value: text }),
  }),
  ...SECRET_STORE_SETTINGS,
} as const;

export type Settings = typeof SETTINGS;

function serverId(text: string): Parsed<string> {
  if (isServerId(text)) return { value: normalizeServerId(text) };
  return { problem: `${quoted(text)} is not 1 to 255 of the letters A to Z, digits, '.', '-' and '_'` };
}

function uniqueListOf<T>(parse: Parser<T>): Parser<readonly T[]> {
  return (text) => chain(listOf(parse)(text), (items) => ({ value: [...new Set(items)] }));
}
