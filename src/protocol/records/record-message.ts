import { MAX_ROTATIONS_PER_RECORD, MAX_SERVER_UUID_LENGTH } from '../limits.js';
import { defineMessage, wireMessage, type MessageOf } from '../message.js';
import { announcementMessage } from '../messages/announcement.js';
import { identityRevocationMessage } from '../messages/identity-revocation.js';
import { keyRotationMessage } from '../messages/key-rotation.js';
import { wireList, wireText } from '../wire-types.js';

const revocation = () => wireMessage(identityRevocationMessage).nullable().default(null);

/**
 * A record as it travels (wire protocol 2.2): the messages themselves, as they were signed. It proves itself, whoever
 * brings it. The first key is that of the first rotation or, without one, of the announcement; one of the two is there.
 */
export const recordMessage = defineMessage('record', {
  server_uuid: wireText(0, MAX_SERVER_UUID_LENGTH),
  rotations: wireList(wireMessage(keyRotationMessage), MAX_ROTATIONS_PER_RECORD).default([]),
  announcement: wireMessage(announcementMessage).nullable().default(null),
  revocation: revocation(),
  void_revocation: revocation(),
});

export type WireRecord = MessageOf<typeof recordMessage>;
