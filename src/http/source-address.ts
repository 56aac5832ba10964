import type { IncomingMessage } from 'node:http';
import { isIPv4 } from 'node:net';
import { networkOf, normalizeAddress } from '../platform/networks.js';

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

export function isLoopback(address: string | undefined): boolean {
  const normal = normalizeAddress(address ?? '');
  return normal !== null && (normal === '::1' || normal.startsWith('127.'));
}

/** The network that newcomers are counted by (wire protocol 2.4): the /24 or /48. What is no address stays as it is. */
export function sourceNetwork(address: string): string {
  return networkOf(address, { v4: 24, v6: 48 }) ?? address;
}

/** The key that requests are counted by: an IPv4 address, or the /64 that one IPv6 subscriber has for itself. */
export function sourceKey(address: string): string {
  return isIPv4(address) ? address : (networkOf(address, { v4: 32, v6: 64 }) ?? address);
}
