import type { Endpoints } from '../protocol/endpoints.js';
import type { SecretStoreChoice } from './secret-store-choice.js';

export type AdmissionMode = 'open' | 'bootstrap-only' | 'verified' | 'allowlist';
export type Migrations = 'auto' | 'manual';
export type Scheduler = 'internal' | 'external';
export type Switch = 'on' | 'off';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'pretty' | 'json';

/** What the operator decided. Every value is checked and normalised; docs/configuration.md explains each. */
export interface Config {
  /** The address or name to listen on; an IPv6 address without brackets. */
  readonly host: string;
  /** 0 takes any free port: then the real one is known only after listening (see defaultEndpoints). */
  readonly port: number;
  readonly dataDir: string;
  /** A postgres:// or postgresql:// URL; null means the embedded database. */
  readonly databaseUrl: string | null;
  /** What a start does about migrations that the database lacks: run them, or refuse. */
  readonly migrations: Migrations;
  /** Lower case; null means the default name made from the fingerprint. */
  readonly serverId: string | null;
  readonly appUrl: string | null;
  /** What we announce; always of one origin, without trailing slashes. */
  readonly endpoints: Endpoints;
  /** The discovery URL when the operator set it (LATTICE_APP_URL or LATTICE_DISCOVERY_URL), else null. */
  readonly publicUrl: string | null;
  /** Base URLs without trailing slashes or repeats. */
  readonly bootstrapServers: readonly string[];
  /** Fingerprint (32 upper-case hex digits) by `host` or `host:port`; ask through pinFor. */
  readonly bootstrapPins: ReadonlyMap<string, string>;
  readonly adminToken: string | null;
  readonly admission: AdmissionMode;
  readonly scheduler: Scheduler;
  /** CIDRs; a single address stands as /32 or /128. */
  readonly allowAddresses: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly gossipIntervalMs: number;
  readonly neighborIntervalMs: number;
  readonly cleanupIntervalMs: number;
  /** Whether `ext:1` is spoken (wire protocol, part 2). */
  readonly extensions: Switch;
  readonly syncIntervalMs: number;
  readonly probeIntervalMs: number;
  readonly refreshIntervalMs: number;
  /** 0 means no limit, here and below. */
  readonly peerRateLimitPerMinute: number;
  readonly sourceRateLimitPerMinute: number;
  readonly secretStore: SecretStoreChoice;
}

/** The Nest token under which Config is injected. */
export const CONFIG = Symbol('CONFIG');
