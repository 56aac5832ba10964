import { isIPv4, isIPv6 } from 'node:net';
import { networkOf } from '../platform/networks.js';

/** What one operator usually has whole, so that two neighbours in one are as good as one (wire protocol 2.6). */
const BITS = { v4: 16, v6: 32 };

/** The network that neighbours are spread over: an address's /16, or /32 in IPv6. Null for what is no address. */
export function neighborNetwork(address: string): string | null {
  return networkOf(address, BITS);
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
