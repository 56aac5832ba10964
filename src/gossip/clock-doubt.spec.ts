import { describe, expect, it } from 'vitest';
import { doubtsOurClock } from './clock-doubt.js';
import type { SendOutcome } from './gossip-sender.js';

const accepted: SendOutcome = { type: 'accepted' };
const unreachable: SendOutcome = { type: 'unreachable', reason: 'it is gone' };
const refused = (code: string | null): SendOutcome => ({ type: 'refused', status: 400, code });

describe('our clock is doubted', () => {
  it.each<[string, SendOutcome[], boolean]>([
    ['by nobody, where nobody was asked', [], false],
    ['not where all is well', [accepted, accepted], false],
    ['where the only neighbour finds us ahead', [refused('announcement_in_future')], true],
    ['where the only answer finds us late', [unreachable, refused('announcement_expired')], true],
    ['not where another neighbour agrees with us', [refused('announcement_in_future'), accepted], false],
    ['not for another refusal', [refused('peer_blocked'), refused(null)], false],
    ['not where nobody answers', [unreachable], false],
  ])('%s', (_title, outcomes, doubted) => {
    expect(doubtsOurClock(outcomes)).toBe(doubted);
  });
});
