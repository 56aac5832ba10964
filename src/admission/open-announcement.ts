import { requireAcceptableKey, type SignatureVerifier } from '../platform/keys.js';
import { parseJson } from '../protocol/json.js';
import { announcementMessage, type Announcement } from '../protocol/messages/announcement.js';
import { requireAcceptableAnnouncement } from '../protocol/strict.js';

/**
 * The announcement that a server answers with, of whatever age; null where its signature does not hold.
 * @throws what is wrong with it otherwise
 */
export async function openAnnouncement(
  text: string,
  verifier: SignatureVerifier,
): Promise<Announcement | null> {
  const announcement = announcementMessage.decode(parseJson(text));
  requireAcceptableAnnouncement(announcement);
  const { publicKey, signature } = announcement;
  requireAcceptableKey(publicKey);
  const holds = await verifier.verify(publicKey, announcementMessage.signingText(announcement), signature);
  return holds ? announcement : null;
}
