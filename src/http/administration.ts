import { isLoopback } from './source-address.js';

/** Every value of every header, by lower-case name: `IncomingMessage.headersDistinct`. */
export type HeaderValues = Readonly<Record<string, readonly string[] | undefined>>;

export interface AdministrationFacts {
  readonly token: 'not_configured' | 'absent' | 'wrong' | 'right';
  readonly socketAddress: string | undefined;
  /** The request target as sent: a path, unless somebody takes us for a proxy. */
  readonly target: string;
  readonly headers: HeaderValues;
  /** The proxy check found that requests from outside would pass for local ones. */
  readonly isSwitchedOff: boolean;
}

export type AdministrationRefusal =
  | 'token_required'
  | 'token_wrong'
  | 'not_loopback'
  | 'proxied'
  | 'host_not_loopback'
  | 'foreign_origin'
  | 'foreign_site'
  | 'switched_off';

export type AdministrationDecision =
  { readonly allowed: true } | { readonly allowed: false; readonly reason: AdministrationRefusal };

const SEND_TOKEN = 'send it as X-Lattice-Admin-Token or as Authorization: Bearer';
const USE_TOKEN = `set LATTICE_ADMIN_TOKEN and ${SEND_TOKEN}`;

/** What the caller is told. Nothing of the request is repeated. */
export const REFUSAL_DETAILS: Readonly<Record<AdministrationRefusal, string>> = {
  token_required: `This endpoint is administration and wants the admin token: ${SEND_TOKEN}.`,
  token_wrong: `The admin token is wrong, or was sent more than once: ${SEND_TOKEN}, once.`,
  not_loopback: `Without an admin token, administration is allowed from this machine only: ${USE_TOKEN}.`,
  proxied: `Without an admin token, administration is not allowed through a proxy: ask 127.0.0.1 directly, or ${USE_TOKEN}.`,
  host_not_loopback: `Without an admin token, administration is allowed under the names localhost, 127.0.0.1 and [::1] only: use one of them, or ${USE_TOKEN}.`,
  foreign_origin: `Without an admin token, administration is not allowed from another site's page: ${USE_TOKEN}.`,
  foreign_site: `Without an admin token, administration is not allowed from another site's page: ${USE_TOKEN}.`,
  switched_off: `Administration without an admin token is switched off, because it is not certain that the proxy in front keeps strangers out (the log says more): ${USE_TOKEN}.`,
};

const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];
const LOOPBACK_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;
const OWN_SITE = ['same-origin', 'none'];

/** Whether a request may administer this server (wire protocol 1.5). */
export function decideAdministration(facts: AdministrationFacts): AdministrationDecision {
  const reason = refusal(facts);
  return reason === null ? { allowed: true } : { allowed: false, reason };
}

function refusal(facts: AdministrationFacts): AdministrationRefusal | null {
  switch (facts.token) {
    case 'right':
      return null;
    case 'wrong':
      return 'token_wrong';
    case 'absent':
      return 'token_required';
    case 'not_configured':
      return localRefusal(facts);
  }
}

/** Without a token all of these must hold, each against another way to pass for somebody at this machine. */
function localRefusal({
  socketAddress,
  target,
  headers,
  isSwitchedOff,
}: AdministrationFacts): AdministrationRefusal | null {
  if (!isLoopback(socketAddress)) return 'not_loopback';
  if (!target.startsWith('/') || PROXY_HEADERS.some((name) => headers[name] !== undefined)) return 'proxied';
  const host = onlyValue(headers.host)?.toLowerCase();
  if (host === undefined || !LOOPBACK_HOST.test(host)) return 'host_not_loopback';
  if (headers.origin !== undefined && onlyValue(headers.origin)?.toLowerCase() !== `http://${host}`)
    return 'foreign_origin';
  const site = headers['sec-fetch-site'];
  if (site !== undefined && !OWN_SITE.includes(onlyValue(site) ?? '')) return 'foreign_site';
  return isSwitchedOff ? 'switched_off' : null;
}

/** A header that is sent twice means what each reader wants it to mean, so it means nothing here. */
function onlyValue(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
