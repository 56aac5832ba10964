import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

const IPV6_SITE_BITS = 48;
const IPV6_SUBSCRIBER_BITS = 64;

/**
 * Where a request comes from, for limits and logs (wire protocol 1.5): the socket's address or, from a
 * loopback socket, the last element of X-Forwarded-For. Only the last one was written by our own proxy;
 * those before it are the caller's to invent.
 */
export function sourceAddress(
  socketAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
): string {
  const socket = normalizeAddress(socketAddress ?? '') ?? 'unknown';
  if (forwardedFor === undefined || !isLoopback(socket)) return socket;
  const last = forwardedFor.toString().split(',').at(-1) ?? '';
  return normalizeAddress(last.trim()) ?? socket;
}

export function sourceOf(request: IncomingMessage): string {
  return sourceAddress(request.socket.remoteAddress, request.headers['x-forwarded-for']);
}

/** One spelling per address: IPv6 compressed, without a zone, IPv4-mapped folded to IPv4; null if it is no IP address. */
export function normalizeAddress(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!isIPv6(text)) return null;
  const address = ipaddr.IPv6.parse(text.replace(/%.*$/, ''));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toString();
}

export function isLoopback(address: string | undefined): boolean {
  const normal = normalizeAddress(address ?? '');
  return normal !== null && (normal === '::1' || normal.startsWith('127.'));
}

/** The network that newcomers are counted by (wire protocol 2.4): the /24 or /48. */
export function sourceNetwork(address: string): string {
  if (isIPv4(address)) return `${address.slice(0, address.lastIndexOf('.'))}.0/24`;
  return ipv6Network(address, IPV6_SITE_BITS);
}

/** The key that requests are counted by: an IPv4 address, or the /64 that one IPv6 subscriber has for itself. */
export function sourceKey(address: string): string {
  return isIPv4(address) ? address : ipv6Network(address, IPV6_SUBSCRIBER_BITS);
}

/** What is no address stays as it is. */
function ipv6Network(address: string, bits: number): string {
  if (!isIPv6(address)) return address;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address}/${bits}`).toString()}/${bits}`;
}
