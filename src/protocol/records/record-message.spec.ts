import { expect, it } from 'vitest';
import { EXAMPLE_ANNOUNCEMENT } from '../examples.js';
import { parseJson } from '../json.js';
import { announcementMessage } from '../messages/announcement.js';
import { materialHash, statementHash } from './record-hash.js';
import { recordMessage } from './record-message.js';

const wire = JSON.stringify({
  server_uuid: EXAMPLE_ANNOUNCEMENT.server_uuid,
  announcement: EXAMPLE_ANNOUNCEMENT,
});
const record = recordMessage.decode(parseJson(wire));

it('holds messages exactly as they were signed', () => {
  const announcement = announcementMessage.decode(parseJson(JSON.stringify(EXAMPLE_ANNOUNCEMENT)));
  expect(record).toEqual({
    serverUuid: EXAMPLE_ANNOUNCEMENT.server_uuid,
    rotations: [],
    announcement,
    revocation: null,
    voidRevocation: null,
  });
  expect(recordMessage.encode(record)).toContain(
    `"announcement": ${announcementMessage.encode(announcement)}`,
  );
  expect(recordMessage.decode(parseJson(recordMessage.encode(record)))).toEqual(record);
});

it('the material of an announcement is all but its time and signature', () => {
  const announcement = record.announcement!;
  const material = materialHash(announcement);
  expect(materialHash({ ...announcement, timestamp: '2026-01-01T00:00:00Z', signature: 'other' })).toBe(
    material,
  );
  expect(materialHash({ ...announcement, serverId: 'other.example' })).not.toBe(material);
  expect(statementHash('a')).not.toBe(statementHash('b'));
});
