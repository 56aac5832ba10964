import { isIP, type LookupFunction } from 'node:net';
import { lookup as systemLookup } from 'node:dns';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.js';
import { NameLookups } from './name-lookups.js';
import { PeerUnreachable } from './peer-http.js';

/** Well under a call's whole time, so that a host that drops packets does not hold a connection's place. */
const CONNECT_TIMEOUT_MS = 5_000;

export interface ConnectorOptions {
  /** In place of the system's resolver: for tests. */
  readonly lookup?: LookupFunction;
  /** PEM certificates to trust in place of the well-known ones. */
  readonly ca?: string;
}

/**
 * Opens connections to allowed addresses only: an address written in the URL is checked before connecting,
 * as a resolver is never asked for it; resolved ones as they arrive; and what the socket says it reached,
 * whatever the way there.
 */
export function guardedConnector(policy: AddressPolicy, options: ConnectorOptions): buildConnector.connector {
  const open = buildConnector({
    lookup: guardedLookup(policy, new NameLookups(options.lookup ?? systemLookup)),
    autoSelectFamily: true,
    timeout: CONNECT_TIMEOUT_MS,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return (target, callback) => {
    const host = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0 && !policy.isAllowed(host)) return callback(notAllowed(host), null);
    open(target, (error, socket) => {
      if (error !== null) return callback(error, null);
      const reached = socket.remoteAddress;
      if (reached !== undefined && policy.isAllowed(reached)) return callback(null, socket);
      socket.destroy();
      callback(notAllowed(host), null);
    });
  };
}

/** A resolver that tells of allowed addresses alone, and fails where a name has no other. */
function guardedLookup(policy: AddressPolicy, lookups: NameLookups): LookupFunction {
  return (hostname, options, callback) => {
    lookups.lookUp(hostname, options, (error, addresses) => {
      if (error !== null) return callback(error, '', 0);
      const allowed = addresses.filter(({ address }) => policy.isAllowed(address));
      const [first] = allowed;
      if (first === undefined) return callback(notAllowed(hostname), '', 0);
      if (options.all) return callback(null, allowed);
      callback(null, first.address, first.family);
    });
  };
}

function notAllowed(host: string): PeerUnreachable {
  return new PeerUnreachable('address_not_allowed', `${host} is at no address that may be called`);
}
