import { MAX_SERVER_ID_LENGTH } from './limits.js';

const SERVER_ID = new RegExp(`^[A-Za-z0-9._-]{1,${MAX_SERVER_ID_LENGTH}}$`);
const DNS_LABEL = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)$/;
/** RFC 1035 2.3.4, without the final dot. */
const MAX_DNS_NAME_LENGTH = 253;

/** Whether the text may name a server: 1 to 255 of ASCII letters, digits, `.`, `-`, `_` (wire protocol 1.1). */
export function isServerId(text: string): boolean {
  return SERVER_ID.test(text);
}

/** The form in which names are compared and stored: lower case. */
export function normalizeServerId(text: string): string {
  return text.toLowerCase();
}

/**
 * Whether a server id is a DNS name (`chat.example.org`) rather than a bare name (`acme-corp`): it has a dot and
 * valid labels, and its last label is not a number, which would make it an IPv4 address.
 */
export function isDnsName(id: string): boolean {
  const labels = id.split('.');
  if (labels.length < 2 || id.length > MAX_DNS_NAME_LENGTH) return false;
  return labels.every((label) => DNS_LABEL.test(label)) && !/^(\d+|0x[0-9a-f]*)$/i.test(labels.at(-1)!);
}

/** The name of a server that was given none: `lattice-` and the first 8 letters of the fingerprint, lower case. */
export function defaultServerId(fingerprint: string): string {
  return `lattice-${fingerprint.slice(0, 8).toLowerCase()}`;
}
