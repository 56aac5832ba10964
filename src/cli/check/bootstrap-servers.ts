import type { Fetched } from './fetch-announcement.js';
import { failed, ok, warning, type Verdict } from './finding.js';

export interface BootstrapFacts {
  readonly url: string;
  readonly fetched: Fetched;
  /** The fingerprint that LATTICE_BOOTSTRAP_PINS demands; null where none. */
  readonly pin: string | null;
  /** Our own UUID; null where it is not known. */
  readonly ownUuid: string | null;
  /** Whether any of the servers could be used: one is enough to join. */
  readonly isAnyUsable: boolean;
}

export function judgeBootstrapServer({ url, fetched, pin, ownUuid, isAnyUsable }: BootstrapFacts): Verdict {
  const missing = isAnyUsable ? warning : failed;
  switch (fetched.kind) {
    case 'announcement':
      if (fetched.serverUuid === ownUuid)
        return warning(`${url} is this server itself.`, 'Take it out of LATTICE_BOOTSTRAP_SERVERS.');
      if (pin !== null && pin !== fetched.fingerprint)
        return failed(
          `${url} has the fingerprint ${fetched.fingerprint}, but LATTICE_BOOTSTRAP_PINS says ${pin}.`,
          'Ask its operator, by another way than this one, which is right: it may have a new key, or be somebody else.',
        );
      return ok(`${url} is ${fetched.serverId}${pin === null ? '' : ', with the pinned key'}.`);
    case 'unreachable':
      return fetched.reason === 'address_not_allowed'
        ? missing(
            `${url} leads to a private address, which is not called.`,
            'In a closed network, add it to LATTICE_ALLOW_ADDRESSES.',
          )
        : missing(
            `${url} cannot be reached: ${fetched.problem}.`,
            `${CHECK_URL} Its operator may know more.`,
          );
    case 'status':
      return missing(`${url} answers ${fetched.status} where its announcement should be.`, CHECK_URL);
    case 'invalid':
      return missing(`What ${url} answers cannot be used: ${fetched.problem}.`, CHECK_URL);
  }
}

const CHECK_URL =
  'Check LATTICE_BOOTSTRAP_SERVERS: it wants discovery endpoints, such as https://hub.example.org/discovery.';

export function isUsable({ fetched, pin, ownUuid }: Omit<BootstrapFacts, 'isAnyUsable' | 'url'>): boolean {
  if (fetched.kind !== 'announcement' || fetched.serverUuid === ownUuid) return false;
  return pin === null || pin === fetched.fingerprint;
}
