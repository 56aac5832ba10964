import { REFUSAL_DETAILS } from '../../http/administration.js';
import { PeerUnreachable, type PeerHttp, type PeerResponse } from '../../platform/peer-http.js';
import { endpointPath } from '../../protocol/endpoints.js';
import { FETCH_TIMEOUT_MS, type Fetched } from './fetch-announcement.js';
import { failed, ok, skipped, warning, type Verdict } from './finding.js';

/** An administration path that changes nothing. */
const ADMINISTRATION_PATH = '/api/v1/identity';
/** What a proxy answers for a daemon that is not there. */
const NOBODY_BEHIND = [502, 503, 504];

export interface Self {
  readonly serverUuid: string;
  readonly fingerprint: string;
}

export interface PublicUrlFacts {
  readonly url: string;
  readonly fetched: Fetched;
  /** Null where it is not known. */
  readonly self: Self | null;
  readonly isDaemonRunning: boolean;
}

export function judgePublicUrl({ url, fetched, self, isDaemonRunning }: PublicUrlFacts): Verdict {
  const checkProxy = 'Check the web server in front (docs/nginx/lattice.conf), and LATTICE_APP_URL.';
  switch (fetched.kind) {
    case 'announcement':
      return judgeWhoAnswers(url, fetched, self);
    case 'unreachable':
      return fetched.reason === 'address_not_allowed'
        ? warning(
            `${url}: its name leads to a private address here, which is not called.`,
            'If others reach it by a public one all is well; to have it checked from here, add the address to LATTICE_ALLOW_ADDRESSES.',
          )
        : failed(
            `${url} cannot be reached: ${fetched.problem}.`,
            'Check its name in DNS, the firewall, the web server in front, its certificate, and LATTICE_APP_URL.',
          );
    case 'status':
      return !isDaemonRunning && NOBODY_BEHIND.includes(fetched.status)
        ? skipped(
            `${url} answers ${fetched.status}, as a proxy does while the daemon is stopped.`,
            'Start the daemon, and check again.',
          )
        : failed(`${url} answers ${fetched.status} where our announcement should be.`, checkProxy);
    case 'invalid':
      return failed(`What ${url} answers is no announcement: ${fetched.problem}.`, checkProxy);
  }
}

function judgeWhoAnswers(
  url: string,
  { serverId, serverUuid, fingerprint }: Extract<Fetched, { kind: 'announcement' }>,
  self: Self | null,
): Verdict {
  if (self === null)
    return warning(
      `${url} leads to ${serverId} (${serverUuid}); whether that is this server is not known.`,
      'See to the database and the secret store first.',
    );
  if (serverUuid !== self.serverUuid)
    return failed(
      `${url} leads to another server: ${serverId} (${serverUuid}). This one is ${self.serverUuid}.`,
      'Check LATTICE_APP_URL, and to which port the web server in front forwards.',
    );
  return fingerprint === self.fingerprint
    ? ok(`${url} leads back to this server.`)
    : failed(
        `${url} leads to a server that has our UUID and another key (${fingerprint}).`,
        'A copy of this server is running elsewhere: stop it. If its key was stolen, revoke this identity.',
      );
}

/** What administration answers to whoever comes by the public URL. */
export type AdministrationFacts =
  | {
      readonly kind: 'answered';
      readonly url: string;
      readonly status: number;
      readonly isSwitchedOff: boolean;
    }
  /** The public URL does not lead to us, so nothing was asked. */
  | { readonly kind: 'not_asked' };

export async function askAdministration(http: PeerHttp, discoveryUrl: string): Promise<AdministrationFacts> {
  const url = endpointPath(discoveryUrl, ADMINISTRATION_PATH);
  try {
    const answer = await http.request({ method: 'GET', url, timeoutMs: FETCH_TIMEOUT_MS });
    return { kind: 'answered', url, status: answer.status, isSwitchedOff: saysSwitchedOff(answer) };
  } catch (error) {
    if (error instanceof PeerUnreachable) return { kind: 'not_asked' };
    throw error;
  }
}

/** Then the daemon took the request for one of this machine, and refused it for that reason alone. */
function saysSwitchedOff({ text }: PeerResponse): boolean {
  return text.includes(JSON.stringify(REFUSAL_DETAILS.switched_off));
}

export function judgeAdministration(facts: AdministrationFacts): Verdict {
  if (facts.kind === 'not_asked') return skipped('The public URL does not lead to this server.');
  const { url, status, isSwitchedOff } = facts;
  const advice =
    'Set LATTICE_ADMIN_TOKEN, or make the proxy send X-Forwarded-For and pass the public name as Host (docs/nginx/lattice.conf).';
  if (isSwitchedOff)
    return failed(
      `${url} reaches the daemon as if from this machine, so it has switched administration off.`,
      advice,
    );
  if (status === 403) return ok(`${url} answers 403: strangers are kept out of administration.`);
  if (status >= 200 && status < 300)
    return failed(`${url} answers ${status}: strangers pass for the operator.`, advice);
  return failed(`${url} answers ${status}, not 403: it is not certain that strangers are kept out.`, advice);
}
