import { invalidField } from './errors.js';
import { MAX_URL_LENGTH } from './limits.js';
import { parseUrl } from './url.js';

/** Where a server is called (wire protocol 1.3): two base URLs to which paths are appended. */
export interface Endpoints {
  readonly federation: string;
  readonly discovery: string;
}

const ANNOUNCEMENT_PATH = '/api/v1/announcement';
/** What URL parsers read in different ways, or skip. */
const AMBIGUOUS = /[\u0000-\u0020\u007f\\]/;

/** A path (with its leading slash) under an announced base; a slash at the base's end makes no difference. */
export function endpointPath(base: string, path: string): string {
  return withoutTrailingSlashes(base) + path;
}

/**
 * Where the announcement of the server with this federation endpoint may be found, in the order to try
 * (wire protocol 1.3, "From a federation endpoint to an announcement"). Empty for an unusable endpoint.
 */
export function announcementCandidates(federationEndpoint: string): string[] {
  const url = parseHttpUrl(federationEndpoint);
  if (url === null) return [];
  const base = withoutTrailingSlashes(url.origin + url.pathname);
  const candidates = [`${url.origin}/discovery${ANNOUNCEMENT_PATH}`, url.origin + ANNOUNCEMENT_PATH];
  const parent = withoutSuffix(base, '/federation');
  if (parent !== null) candidates.unshift(`${parent}/discovery${ANNOUNCEMENT_PATH}`);
  const root = withoutSuffix(base, '/api/v1/federation');
  if (root !== null) candidates.unshift(root + ANNOUNCEMENT_PATH);
  return [...new Set(candidates)];
}

/**
 * Throws invalid_field unless both are absolute http(s) URLs of at most 2048 characters, without credentials, query
 * or fragment (paths are appended), and of one origin (wire protocol 1.3).
 */
export function checkEndpoints(endpoints: Endpoints): void {
  const federation = checkedUrl(endpoints.federation, 'endpoints.federation');
  const discovery = checkedUrl(endpoints.discovery, 'endpoints.discovery');
  if (federation.origin !== discovery.origin) {
    throw invalidField('endpoints.discovery', 'must have the same origin as endpoints.federation');
  }
}

/**
 * The host of a URL if it is an IP address in any spelling that URL parsers take (`2130706433`, `0x7f.1`,
 * `[::1]`), in its normal form without brackets; null for a name.
 */
export function ipLiteralOf(url: string): string | null {
  const hostname = parseHttpUrl(url)?.hostname ?? '';
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) ? hostname : null;
}

function checkedUrl(text: string, field: string): URL {
  if (text.length > MAX_URL_LENGTH)
    throw invalidField(field, `must have at most ${MAX_URL_LENGTH} characters`);
  const url = AMBIGUOUS.test(text) || !/^https?:\/\/[^/]/i.test(text) ? null : parseHttpUrl(text);
  if (url === null) throw invalidField(field, 'must be an http(s) URL with a host');
  if (url.username !== '' || url.password !== '') throw invalidField(field, 'must not hold credentials');
  if (/[?#]/.test(text)) throw invalidField(field, 'must not have a query or fragment');
  return url;
}

function parseHttpUrl(text: string): URL | null {
  const url = parseUrl(text);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : null;
}

function withoutSuffix(text: string, suffix: string): string | null {
  return text.endsWith(suffix) ? text.slice(0, -suffix.length) : null;
}

function withoutTrailingSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
