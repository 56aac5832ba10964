import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { ipLiteralOf } from '../protocol/endpoints.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = readonly [Address, number];

/** Where all global unicast IPv6 is (RFC 4291, 2.4); outside of it lie forms that embed an IPv4 address. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Which addresses a stranger may make this server call (wire protocol 1.5): public unicast, and those allowed. */
export class AddressPolicy {
  #allowed: readonly Range[];

  /**
   * @param allowedCidrs CIDRs (`10.0.0.0/8`, `fd00::/8`) and single addresses that may be called besides public ones
   * @throws RangeError naming the text that is neither
   */
  constructor(allowedCidrs: readonly string[]) {
    this.#allowed = allowedCidrs.map(parseRange);
  }

  /**
   * Allows these from now on, in place of those so far. A connection that is open stays so.
   * @throws RangeError naming the text that is neither; nothing has changed then
   */
  replace(allowedCidrs: readonly string[]): void {
    this.#allowed = allowedCidrs.map(parseRange);
  }

  /** Whether an address (as a socket or a resolver gives it, without brackets) may be called. */
  isAllowed(ip: string): boolean {
    // ipaddr.js also reads 127.1, 0x7f.1 and decimals, which no socket ever reports.
    if (isIP(ip) === 0) return false;
    const address = ipaddr.process(ip.replace(/%.*$/, ''));
    return isPublicUnicast(address) || this.#allowed.some((range) => contains(range, address));
  }

  /** The address in a URL, where it may not be called; null for a name, which is checked when it is called. */
  blockedAddressOf(url: string): string | null {
    const address = ipLiteralOf(url);
    return address === null || this.isAllowed(address) ? null : address;
  }
}

function isPublicUnicast(address: Address): boolean {
  // Every embedding of IPv4 (NAT64, 6to4, Teredo) has a range name of its own, or lies outside 2000::/3.
  return address.range() === 'unicast' && (address.kind() === 'ipv4' || contains(GLOBAL_IPV6, address));
}

function contains([network, prefixLength]: Range, address: Address): boolean {
  return address.kind() === network.kind() && address.match(network, prefixLength);
}

function parseRange(text: string): Range {
  const range = parseNetwork(text);
  if (typeof range === 'string') throw new RangeError(`"${text}" is a ${range} network`);
  return range;
}

/** A network, or an address as a network of one. IPv4 in the form of IPv6 is none: whoever is called there is called by IPv4. */
export function parseNetwork(text: string): Range | 'malformed' | 'mapped' {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const prefixLength = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Infinity;
  if (bits === 0 || rest.length > 0 || prefixLength > bits || address.includes('%')) return 'malformed';
  const network = ipaddr.parse(address);
  return network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() ? 'mapped' : [network, prefixLength];
}
