/**
 * Under what the failure of a check is remembered. By origin, so that a hundred newcomers that name one victim make
 * one call and not a hundred; but a server that is named after its host has its own memory there, or whoever
 * names that host first, and a path at which nobody answers, would keep the server itself from being checked.
 */
export function checkedPlace(serverId: string, announcementUrl: string): string {
  const { hostname, origin, href } = new URL(announcementUrl);
  return hostname === serverId ? href : origin;
}
