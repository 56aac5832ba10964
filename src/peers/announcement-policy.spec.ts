import { describe, expect, it } from 'vitest';
import {
  decideAnnouncement,
  type AnnouncementDecision,
  type AnnouncementFacts,
} from './announcement-policy.js';
import type { Peer } from './peer.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;
const endpoints = {
  discovery: 'https://b.example/discovery',
  federation: 'https://b.example/discovery/api/v1/federation',
};

const known: Peer = {
  serverUuid: 'uuid-b',
  serverId: 'b.example',
  publicKey: 'key-b',
  fingerprint: 'F',
  endpoints,
  trust: 'unknown',
  announcedAt: NOW - 10 * MINUTE,
  lastSeenAt: NOW - 10 * MINUTE,
  provenAt: NOW - 10 * MINUTE,
  introducedBy: null,
  speaksExt: false,
};

const announced = {
  serverUuid: 'uuid-b',
  serverId: 'b.example',
  publicKey: 'key-b',
  announcedAt: NOW,
  endpoints,
};
const base: AnnouncementFacts = {
  nowMs: NOW,
  self: { serverUuid: 'uuid-a', serverId: 'a.example', publicKey: 'key-a' },
  announced,
  known,
  nameOwner: 'uuid-b',
  isNameHearsay: false,
  revoked: false,
  blocked: false,
};
const stranger = { known: null, nameOwner: null };
const introduced = { known: { ...known, introducedBy: 'uuid-d', provenAt: null } };
const elsewhere = { discovery: 'https://b.example/d2', federation: endpoints.federation };

function outcome(decision: AnnouncementDecision): string {
  switch (decision.type) {
    case 'reject':
      return decision.code;
    case 'ignore':
      return `ignore ${decision.reason}`;
    case 'refresh':
      return (decision.moved ? 'moved' : 'refresh') + (decision.introduced ? ' of an introduced one' : '');
    case 'newcomer':
    case 'rename':
      return decision.type + (decision.contests === null ? '' : ` against ${decision.contests}`);
  }
}

describe('what an announcement does', () => {
  it.each<[string, Partial<AnnouncementFacts>, string]>([
    ['a known peer is refreshed', {}, 'refresh'],
    ['an unknown server is a newcomer', stranger, 'newcomer'],
    [
      'our own announcement coming back is ignored',
      { announced: { ...announced, serverUuid: 'uuid-a', publicKey: 'key-a' } },
      'ignore own',
    ],
    [
      'our server_uuid under another key is refused',
      { announced: { ...announced, serverUuid: 'uuid-a' } },
      'key_mismatch',
    ],
    [
      'the same announcement again has no effect',
      { announced: { ...announced, announcedAt: known.announcedAt } },
      'ignore repeated',
    ],
    [
      'an older one than the one held is refused',
      { announced: { ...announced, announcedAt: known.announcedAt - 1 } },
      'announcement_superseded',
    ],
    [
      'one of exactly an hour is still taken',
      { ...stranger, announced: { ...announced, announcedAt: NOW - 60 * MINUTE } },
      'newcomer',
    ],
    [
      'one older than an hour is refused',
      { ...stranger, announced: { ...announced, announcedAt: NOW - 60 * MINUTE - 1 } },
      'announcement_expired',
    ],
    [
      'one 5 minutes ahead is taken',
      { announced: { ...announced, announcedAt: NOW + 5 * MINUTE } },
      'refresh',
    ],
    [
      'one further ahead is refused',
      { announced: { ...announced, announcedAt: NOW + 5 * MINUTE + 1 } },
      'announcement_in_future',
    ],
    [
      'a known peer cannot change its key by announcing',
      { announced: { ...announced, publicKey: 'key-x' } },
      'key_mismatch',
    ],
    ['a revoked identity never comes back', { ...stranger, revoked: true }, 'identity_revoked'],
    ['a revoked peer never comes back', { known: { ...known, trust: 'revoked' } }, 'identity_revoked'],
    ['a blocked peer is refused', { known: { ...known, trust: 'blocked' } }, 'peer_blocked'],
    [
      'nobody takes our name',
      { ...stranger, announced: { ...announced, serverId: 'a.example' } },
      'name_taken',
    ],
    ['a name on file under another identity is refused', { known: null, nameOwner: 'uuid-c' }, 'name_taken'],
    [
      'a known peer cannot rename itself to a name that is taken',
      { announced: { ...announced, serverId: 'c.example' }, nameOwner: 'uuid-c' },
      'name_taken',
    ],
    [
      'a new name is a rename',
      { announced: { ...announced, serverId: 'new.example' }, nameOwner: null },
      'rename',
    ],
    [
      'an owner may go back to a name reserved for it',
      { announced: { ...announced, serverId: 'old.example' } },
      'rename',
    ],
    ['new endpoints are a move', { announced: { ...announced, endpoints: elsewhere } }, 'moved'],
    ['of whom others told us is to be admitted', introduced, 'refresh of an introduced one'],
    [
      'also where it says itself what others brought',
      { ...introduced, announced: { ...announced, announcedAt: known.announcedAt } },
      'refresh of an introduced one',
    ],
    [
      'or what it said before',
      { ...introduced, announced: { ...announced, announcedAt: known.announcedAt - 1 } },
      'refresh of an introduced one',
    ],
    [
      'but not where it was before',
      {
        ...introduced,
        announced: { ...announced, announcedAt: known.announcedAt - 1, endpoints: elsewhere },
      },
      'announcement_superseded',
    ],
    [
      'a name that its holder has by hearsay alone may be had',
      { known: null, nameOwner: 'uuid-c', isNameHearsay: true },
      'newcomer against uuid-c',
    ],
    [
      'by a known server as well',
      {
        announced: { ...announced, serverId: 'c.example' },
        nameOwner: 'uuid-c',
        isNameHearsay: true,
      },
      'rename against uuid-c',
    ],
  ])('%s', (_sentence, facts, expected) => {
    expect(outcome(decideAnnouncement({ ...base, ...facts }))).toBe(expected);
  });
});
