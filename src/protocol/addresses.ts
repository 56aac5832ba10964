export interface Address {
  readonly user: string;
  readonly serverId: string;
}

/**
 * Splits `user@server_id` (wire protocol 1.3) at the last `@`, so a user's name may hold one. Null where
 * either part is missing. Whether the server part is a possible name is `isServerId`'s to say.
 */
export function splitAddress(text: string): Address | null {
  const at = text.lastIndexOf('@');
  if (at < 1 || at === text.length - 1) return null;
  return { user: text.slice(0, at), serverId: text.slice(at + 1) };
}
