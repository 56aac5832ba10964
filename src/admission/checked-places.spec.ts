import { expect, it } from 'vitest';
import { ManualClock } from '../platform/manual-clock.js';
import { checkedPlace, CheckedPlaces, FAILURE_MEMORY_MS } from './checked-places.js';

it('a place that was called in vain is left alone for 10 minutes, whoever sets the clock meanwhile', async () => {
  const clock = new ManualClock();
  const places = new CheckedPlaces(clock);
  expect(places.take('https://a.example')).toBe(true);
  clock.step(-3 * 3_600_000);
  expect(places.take('https://a.example')).toBe(false);
  await clock.advance(FAILURE_MEMORY_MS + 1);
  expect(places.take('https://a.example')).toBe(true);
  clock.step(3 * 3_600_000);
  expect(places.take('https://a.example')).toBe(false);
});

const url = 'https://chat.example.org/discovery/api/v1/announcement';

it.each([
  ['by origin, for most', 'other.example', url, 'https://chat.example.org'],
  ['by its own address, for the server named after the host', 'chat.example.org', url, url],
  ['by origin, for a name below the host', 'evil.chat.example.org', url, 'https://chat.example.org'],
])('a failed check is remembered %s', (_sentence, serverId, announcementUrl, place) => {
  expect(checkedPlace(serverId, announcementUrl)).toBe(place);
});
