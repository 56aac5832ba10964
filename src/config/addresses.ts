import { isIP } from 'node:net';
import { parseNetwork } from '../platform/address-policy.js';
import { parseUrl } from '../protocol/url.js';
import { quoted, type Parsed } from './parsed.js';

/** Room for the paths that are appended to a base, within the 2048 characters that a URL may have on the wire. */
const MAX_BASE_LENGTH = 1900;
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/i;
const PIN = /^(\[[^\]]*\]|[^:[\]]+)(?::(\d{1,5}))?=([0-9a-f]{32})$/i;
const MAX_PORT = 65_535;

/** What to listen on: an IP address (IPv6 with or without brackets) or a host name. */
export function listenHost(text: string): Parsed<string> {
  const host = text.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  const version = host.includes('%') ? 0 : isIP(host);
  // A name whose last label is a number is a mistyped IPv4 address.
  if (version > 0 || (HOST_NAME.test(host) && !/(^|\.)\d+$/.test(host))) return { value: host };
  return { problem: `${quoted(text)} is neither an IP address nor a host name (no scheme, port or zone)` };
}

/** A base URL, normalised and without trailing slashes. */
export function baseUrl(text: string): Parsed<string> {
  const wrong = (why: string): Parsed<string> => ({ problem: `${quoted(text)} ${why}` });
  const url = parseUrl(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return wrong('is not a URL with http:// or https://');
  if (url.username !== '' || url.password !== '') return wrong('must not hold a user name or password');
  if (/[?#]/.test(text)) return wrong('must not have a query or fragment (? or #)');
  if (/[\s\\]/.test(text)) return wrong('must not hold spaces or backslashes');
  if (url.port === '0') return wrong('names port 0, which nobody can call');
  const value = (url.origin + url.pathname).replace(/\/+$/, '');
  return value.length <= MAX_BASE_LENGTH ? { value } : wrong(`is longer than ${MAX_BASE_LENGTH} characters`);
}

/** A network, or an address as a network of one. */
export function network(text: string): Parsed<string> {
  const parsed = parseNetwork(text);
  if (parsed === 'malformed')
    return { problem: `${quoted(text)} is neither an IP address nor a network such as 10.0.0.0/8` };
  if (parsed === 'mapped')
    return { problem: `${quoted(text)} is IPv4 in the form of IPv6: write it as IPv4` };
  const [address, prefixLength] = parsed;
  return { value: `${address.toString()}/${prefixLength}` };
}

/** `host=fingerprint` or `host:port=fingerprint`. */
export function pin(text: string): Parsed<readonly [host: string, fingerprint: string]> {
  const [, name = '', port, fingerprint = ''] = PIN.exec(text.replace(/\s*=\s*/, '=')) ?? [];
  const host = parseUrl(`http://${name}`)?.host;
  if (name === '' || host === undefined || /[/?#@\\]/.test(name) || Number(port ?? 1) > MAX_PORT)
    return {
      problem: `${quoted(text)} is not host=fingerprint or host:port=fingerprint, with 32 hex digits`,
    };
  return { value: [port === undefined ? host : `${host}:${Number(port)}`, fingerprint.toUpperCase()] };
}

/** Pins by host; one host has one fingerprint. */
export function pinTable(pins: readonly (readonly [string, string])[]): Parsed<ReadonlyMap<string, string>> {
  const table = new Map(pins);
  const torn = pins.find(([host, fingerprint]) => table.get(host) !== fingerprint);
  return torn === undefined ? { value: table } : { problem: `${quoted(torn[0])} has two fingerprints` };
}

/** The fingerprint that a server must have to be believed, or null where none was pinned. `host:port` beats `host`. */
export function pinFor(base: string, pins: ReadonlyMap<string, string>): string | null {
  const { protocol, hostname, port } = new URL(base);
  const actualPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
  return pins.get(`${hostname}:${actualPort}`) ?? pins.get(hostname) ?? null;
}
