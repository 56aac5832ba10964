import { PEER_REQUESTS_PER_MINUTE } from '../protocol/limits.js';
import { duration } from './durations.js';
import { wholeNumber } from './parsed.js';
import { defaulted } from './setting.js';

// Shortest periods: 100 ms, for a federation on one machine. Longest: a neighbour counts as active for 24 h and as a
// candidate for 7 days, so half of that leaves room for one failed attempt.
const gossipPeriod = duration('100ms', '12h');
const neighborPeriod = duration('100ms', '3d');
const cleanupPeriod = duration('100ms', '7d');
// A settled federation costs each server a few hundred bytes a second at a minute; the relay age of a record is 7 days.
const syncPeriod = duration('100ms', '1h');
const probePeriod = duration('100ms', '1h');
const refreshPeriod = duration('100ms', '3d');
const perMinute = wholeNumber(0, 1_000_000);

/** What runs how often, and how much others may ask a minute. */
export const PERIOD_SETTINGS = {
  gossipIntervalMs: defaulted({
    variable: 'LATTICE_GOSSIP_INTERVAL',
    what: 'Time between gossip rounds, 100ms to 12h',
    default: '10m',
    example: '5m',
    change: 'live',
    parse: gossipPeriod,
  }),
  neighborIntervalMs: defaulted({
    variable: 'LATTICE_NEIGHBOR_INTERVAL',
    what: 'Time between updates of the neighbours, 100ms to 3d',
    default: '6h',
    example: '1h',
    change: 'live',
    parse: neighborPeriod,
  }),
  cleanupIntervalMs: defaulted({
    variable: 'LATTICE_CLEANUP_INTERVAL',
    what: 'Time between clean-ups, 100ms to 7d',
    default: '24h',
    example: '12h',
    change: 'live',
    parse: cleanupPeriod,
  }),
  syncIntervalMs: defaulted({
    variable: 'LATTICE_SYNC_INTERVAL',
    what: 'Time between comparisons of the directory with a neighbour, 100ms to 1h',
    default: '60s',
    example: '30s',
    change: 'live',
    parse: syncPeriod,
  }),
  probeIntervalMs: defaulted({
    variable: 'LATTICE_PROBE_INTERVAL',
    what: 'How long a neighbour may be silent before it is asked whether it is there, 100ms to 1h',
    default: '60s',
    example: '30s',
    change: 'live',
    parse: probePeriod,
  }),
  refreshIntervalMs: defaulted({
    variable: 'LATTICE_REFRESH_INTERVAL',
    what: 'Time between announcements that are passed on through the whole federation, 100ms to 3d',
    default: '24h',
    example: '12h',
    change: 'live',
    parse: refreshPeriod,
  }),
  peerRateLimitPerMinute: defaulted({
    variable: 'LATTICE_PEER_RATE_LIMIT',
    what: 'Requests a minute of one proven peer; 0 is no limit',
    default: String(PEER_REQUESTS_PER_MINUTE),
    example: '200',
    change: 'live',
    parse: perMinute,
  }),
  sourceRateLimitPerMinute: defaulted({
    variable: 'LATTICE_SOURCE_RATE_LIMIT',
    what: 'Requests a minute of one source address; 0 is no limit',
    default: '600',
    example: '1200',
    change: 'live',
    parse: perMinute,
  }),
} as const;
