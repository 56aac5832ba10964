import { parseUrl } from '../protocol/url.js';
import type { Parsed } from './parsed.js';

const MIN_TOKEN_LENGTH = 16;

// Nothing here may quote the value.

/** The administration token (wire protocol 1.5). Only what a header carries unchanged, so that it can match at all. */
export function adminToken(text: string): Parsed<string> {
  if (/\s/.test(text)) return { problem: 'must not hold a space' };
  if (!/^[\x21-\x7e]*$/.test(text)) return { problem: 'must be made of ASCII letters, digits and signs' };
  if (text.length < MIN_TOKEN_LENGTH) return { problem: `must have at least ${MIN_TOKEN_LENGTH} characters` };
  return { value: text };
}

export function databaseUrl(text: string): Parsed<string> {
  const url = parseUrl(text);
  if (!/^postgres(ql)?:\/\/./i.test(text)) return { problem: 'must begin with postgres:// or postgresql://' };
  if (url === null)
    return { problem: 'cannot be read as a URL (signs in a password are written %40 for @, %2F for /)' };
  if (url.hash !== '' || text.endsWith('#')) return { problem: 'holds a #, which a URL cannot (write %23)' };
  if (/\s/.test(text)) return { problem: 'must not hold a space (write %20)' };
  if (/%(?![0-9a-f]{2})/i.test(text)) return { problem: 'holds a % that begins no escape (write %25)' };
  return { value: text };
}
