import { describe, expect, it } from 'vitest';
import { decideExchange, exchangedNames, type ExchangeFacts } from './exchange-policy.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const base: ExchangeFacts = {
  nowMs: NOW,
  sentAt: NOW,
  lastSentAt: null,
  lastActedAt: null,
  gossipIntervalMs: 10 * MINUTE,
  isProven: true,
};

describe('what a peer exchange does', () => {
  it.each<[string, Partial<ExchangeFacts>, string]>([
    ['the first one is acted upon', {}, 'act'],
    [
      'one a round later is acted upon',
      { lastSentAt: NOW - 9 * MINUTE, lastActedAt: NOW - 9 * MINUTE },
      'act',
    ],
    [
      'the second within an interval is only noted',
      { lastSentAt: NOW - MINUTE, lastActedAt: NOW - MINUTE },
      'note',
    ],
    ['one of a peer that has yet to answer us is only noted', { isProven: false }, 'note'],
    ['one after our clock was set back is acted upon', { lastActedAt: NOW + 1 }, 'act'],
    ['the same again is a replay', { lastSentAt: NOW }, 'message_replayed'],
    ['an earlier one is a replay', { lastSentAt: NOW + 1 }, 'message_replayed'],
    ['one older than an hour is refused', { sentAt: NOW - 60 * MINUTE - 1 }, 'message_expired'],
    ['one from the future is refused', { sentAt: NOW + 5 * MINUTE + 1 }, 'message_in_future'],
  ])('%s', (_sentence, facts, expected) => {
    const decision = decideExchange({ ...base, ...facts });
    expect(decision.type === 'reject' ? decision.code : decision.type).toBe(expected);
  });
});

it('asks for usable names once each, and neither for ourselves nor for the sender', () => {
  const names = [
    'B.example',
    'b.example',
    'us.example',
    'c d',
    '',
    'x'.repeat(256),
    'sender.example',
    'bücher.example',
    'c',
  ];
  expect(exchangedNames(names, ['us.example', 'sender.example'])).toEqual(['b.example', 'c']);
});
