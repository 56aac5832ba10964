import type { Announcement } from './messages/announcement.js';

/** What part 1 of the wire protocol calls itself, in `version` and `supported_versions`. */
export const PROTOCOL_VERSION = '1.0';
/** What a server lists in `supported_versions` that speaks part 2 of the wire protocol. */
export const EXTENSION = 'ext:1';

/** False for a legacy peer, which gets part 1 alone. */
export function speaksExtension({ capabilities }: Pick<Announcement, 'capabilities'>): boolean {
  return capabilities.supportedVersions.includes(EXTENSION);
}
