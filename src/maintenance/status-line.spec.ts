import { expect, it } from 'vitest';
import { statusLine } from './status-line.js';

const NOW = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const healthy = { problems: [], lastRoundAt: NOW - 2 * MINUTE };
const figures = { neighbors: 3, peers: 120 };

it.each([
  [
    'says whom it knows and when it last gossiped',
    healthy,
    figures,
    '3 neighbours, 120 peers; last gossip 2 min ago',
  ],
  ['counts one as one', healthy, { neighbors: 1, peers: 1 }, '1 neighbour, 1 peer; last gossip 2 min ago'],
  [
    'knows the time before the first round',
    { problems: [], lastRoundAt: null },
    { neighbors: 0, peers: 0 },
    '0 neighbours, 0 peers; no gossip yet',
  ],
  [
    'begins with what is wrong',
    {
      problems: [
        { detail: 'gossip rounds are not run' },
        { detail: 'the identity of this server is revoked' },
      ],
      lastRoundAt: NOW,
    },
    figures,
    'degraded: gossip rounds are not run; the identity of this server is revoked; 3 neighbours, 120 peers; last gossip just now',
  ],
  [
    'counts nothing while the database is away',
    { problems: [{ detail: 'the database cannot be reached' }], lastRoundAt: NOW },
    null,
    'degraded: the database cannot be reached',
  ],
])('%s', (_, health, counted, line) => {
  expect(statusLine({ ...health, figures: counted }, NOW)).toBe(line);
});

it.each([
  [59_999, 'just now'],
  [MINUTE, '1 min ago'],
  [119 * MINUTE, '119 min ago'],
  [120 * MINUTE, '2 h ago'],
])('a round %d ms ago was %s', (ageMs, words) => {
  expect(statusLine({ problems: [], figures, lastRoundAt: NOW - ageMs }, NOW)).toContain(
    `last gossip ${words}`,
  );
});
