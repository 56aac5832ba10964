import { expect, it } from 'vitest';
import { checkedPlace } from './checked-place.js';

const url = 'https://chat.example.org/discovery/api/v1/announcement';

it.each([
  ['by origin, for most', 'other.example', url, 'https://chat.example.org'],
  ['by its own address, for the server named after the host', 'chat.example.org', url, url],
  ['by origin, for a name below the host', 'evil.chat.example.org', url, 'https://chat.example.org'],
])('a failed check is remembered %s', (_sentence, serverId, announcementUrl, place) => {
  expect(checkedPlace(serverId, announcementUrl)).toBe(place);
});
