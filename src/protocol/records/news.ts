import { RUMOR_MIN_NEWER_MS } from '../limits.js';

/** What a record that was taken in has brought. */
export interface Brought {
  /** More than the time of its announcement, or the whole record (wire protocol 2.2). */
  readonly material: boolean;
  /** Announcement against announcement; 0 where there is no other. */
  readonly newerByMs: number;
}

/** Whether others want to hear of it at once (wire protocol 2.5). The statement of `AnnouncementWriter` says the same in SQL. */
export function isNews({ material, newerByMs }: Brought): boolean {
  return material || newerByMs > RUMOR_MIN_NEWER_MS;
}
