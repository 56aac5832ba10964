import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** One spelling per address: IPv6 compressed, without a zone, IPv4-mapped folded to IPv4; null if it is no IP address. */
export function normalizeAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return null;
  const address = ipaddr.IPv6.parse(text.replace(/%.*$/, ''));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toString();
}

/** The network around an address, of so many bits in IPv4 and in IPv6; null for what is no address. */
export function networkOf(text: string, { v4, v6 }: { v4: number; v6: number }): string | null {
  const address = normalizeAddress(text);
  if (address === null) return null;
  return isIPv4(address)
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address}/${v4}`).toString()}/${v4}`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${v6}`).toString()}/${v6}`;
}
