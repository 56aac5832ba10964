import { isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What one operator usually has whole, so that two neighbours in one are as good as one (wire protocol 2.6). */
const IPV4_BITS = 16;
const IPV6_BITS = 32;

/** The network that neighbours are spread over: an address's /16, or /32 in IPv6. Null for what is no address. */
export function neighborNetwork(address: string): string | null {
  if (isIPv4(address)) return `${address.split('.').slice(0, 2).join('.')}.0.0/${IPV4_BITS}`;
  if (!isIPv6(address)) return null;
  const parsed = ipaddr.IPv6.parse(address.replace(/%.*$/, ''));
  if (parsed.isIPv4MappedAddress()) return neighborNetwork(parsed.toIPv4Address().toString());
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/${IPV6_BITS}`).toString()}/${IPV6_BITS}`;
}

/** Labels under which the registries of countries sell names (co.uk, com.br); where it is wrong, names are spread less or more. */
const SECOND_LEVEL = /^(?:ac|co|com|edu|gob|gouv|gov|go|mil|net|ne|nom|or|org|sch)$/;

/**
 * The part of a host name that somebody has registered: `example.co.uk` of `a.b.example.co.uk`. Null for a bare name and
 * for an address, which are nobody's domain. A rule of thumb instead of the Public Suffix List (docs/adr/0035).
 */
export function registrableDomain(host: string): string | null {
  const labels = host.toLowerCase().replace(/\.$/, '').split('.');
  if (labels.length < 2 || isIPv4(host) || isIPv6(host)) return null;
  const isCountry = labels.at(-1)!.length === 2;
  const depth = isCountry && labels.length > 2 && SECOND_LEVEL.test(labels.at(-2)!) ? 3 : 2;
  return labels.slice(-depth).join('.');
}
