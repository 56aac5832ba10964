import * as limits from '../limits.js';
import { defineMessage, type MessageOf } from '../message.js';
import { wireBoolean, wireList, wireLowerCaseText, wireObject, wireText, wireUrl } from '../wire-types.js';

/** ServerAnnouncement (wire protocol 1.3): who a server is and where it is reached. */
export const announcementMessage = defineMessage('announcement', {
  version: wireText(0, limits.MAX_VERSION_LENGTH).default('1.0'),
  server_id: wireLowerCaseText(
    limits.MAX_SERVER_ID_LENGTH,
    (text) => text !== '' && !text.includes(' '),
    'a name without spaces',
  ),
  server_uuid: wireText(0, limits.MAX_SERVER_UUID_LENGTH),
  public_key: wireText(0, limits.MAX_PUBLIC_KEY_LENGTH),
  capabilities: wireObject({
    paging: wireBoolean().default(true),
    ai_messaging: wireBoolean().default(false),
    supported_versions: wireList(
      wireText(0, limits.MAX_VERSION_LENGTH),
      limits.MAX_SUPPORTED_VERSIONS,
    ).default(['1.0']),
  }).prefault({}),
  endpoints: wireObject({ federation: wireUrl(), discovery: wireUrl() }),
  timestamp: wireText(1, limits.MAX_TIMESTAMP_LENGTH),
  signature: wireText(0, limits.MAX_SIGNATURE_LENGTH),
});

export type Announcement = MessageOf<typeof announcementMessage>;
