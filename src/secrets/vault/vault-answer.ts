import { z } from 'zod';
import { parseUrl } from '../../protocol/url.js';
import type { VaultFault } from './vault-fault.js';

/** How a call to Vault ended: with an answer of any status, or without one, for a reason such as `ECONNREFUSED`. */
export type VaultOutcome =
  | { readonly status: number; readonly body: string; readonly location: string | null }
  | { readonly failure: string };

/** What was asked; `secret` is the last segment of its path. */
export type VaultQuestion =
  { readonly about: 'login' | 'token' | 'engine' } | { readonly about: 'secret'; readonly secret: string };

/** Reasons of our own, beside the codes of Node. */
export const FAILED = {
  slow: 'LATTICE_SLOW',
  oversized: 'LATTICE_OVERSIZED',
  noTls: 'LATTICE_NO_TLS',
} as const;

/** Where certificates come to nothing, as OpenSSL and Node word it. */
const UNKNOWN_CA = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
]);

/** The reason of a call without an answer. */
export function faultOfFailure(code: string): VaultFault {
  if (code === FAILED.slow) return { kind: 'slow' };
  if (code === FAILED.oversized) return { kind: 'oversized' };
  if (UNKNOWN_CA.has(code)) return { kind: 'unknown_ca' };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return { kind: 'name_mismatch' };
  if (code === 'CERT_HAS_EXPIRED') return { kind: 'certificate_expired' };
  if (code === 'CERT_NOT_YET_VALID') return { kind: 'certificate_early' };
  if (code === FAILED.noTls) return { kind: 'no_tls_there' };
  if (/^(ERR_SSL_|ERR_TLS_|CERT_|EPROTO$)/.test(code)) return { kind: 'tls_failed', code };
  if (code.startsWith('HPE_')) return { kind: 'malformed' };
  return { kind: 'down', code };
}

/** What an answer says is wrong, by its status and Vault's wording; null for a good one. */
export function faultOfAnswer(
  { status, body, location }: Extract<VaultOutcome, { status: number }>,
  question: VaultQuestion,
): VaultFault | null {
  const words = errorsOf(body).join('\n');
  if (status >= 200 && status < 300) return null;
  if (status >= 300 && status < 400) return { kind: 'redirect', to: originOf(location) };
  if (status === 503 && /sealed/i.test(words)) return { kind: 'sealed' };
  // 412: a standby that is behind; 429: a quota; 472 and 473: standbys.
  if (status >= 500 || [412, 429, 472, 473].includes(status)) return { kind: 'busy', status };
  if (status === 400 && /HTTP request to an HTTPS server/i.test(body)) return { kind: 'tls_needed' };
  if (status === 400 && /upgrading from non-versioned/i.test(words)) return { kind: 'busy', status };
  return refusalOf(status, words, question) ?? { kind: 'refused', status };
}

function refusalOf(status: number, words: string, question: VaultQuestion): VaultFault | null {
  switch (question.about) {
    case 'login':
      if (status === 403) return { kind: 'login_forbidden' };
      if (status === 404) return { kind: 'approle_missing' };
      // One answer for a wrong, an expired and a used-up one; older versions say "invalid secret id".
      if (/invalid (role|secret)|missing (role|secret)_id/i.test(words)) return { kind: 'login_refused' };
      return /source address/i.test(words) ? { kind: 'login_elsewhere' } : null;
    case 'token':
      return status === 400 || status === 403 || status === 404 ? { kind: 'token_refused' } : null;
    case 'engine':
      return status === 403 || status === 404 ? { kind: 'wrong_mount' } : null;
    case 'secret':
      if (status === 403) return { kind: 'forbidden', secret: question.secret };
      if (status === 404 && /no handler for route/i.test(words)) return { kind: 'wrong_mount' };
      return /check-and-set/i.test(words) ? { kind: 'cas_conflict', secret: question.secret } : null;
  }
}

export const errorBody = z.object({ errors: z.array(z.string()) });

function errorsOf(body: string): string[] {
  return parseAs(errorBody, body)?.errors ?? [];
}

function originOf(location: string | null): string {
  return parseUrl(location ?? '')?.origin ?? 'another address';
}

/** The body as JSON of this shape, or null. */
export function parseAs<T>(schema: z.ZodType<T>, body: string): T | null {
  try {
    return schema.parse(JSON.parse(body));
  } catch {
    // Without the reason: it may quote the body.
    return null;
  }
}

const seconds = z.number().min(0).max(1e10);

export const loginBody = z.object({
  auth: z.object({
    client_token: z.string().min(1),
    lease_duration: seconds,
    renewable: z.boolean(),
    metadata: z.object({ role_name: z.string() }).partial().nullish(),
  }),
});

export const renewBody = z.object({ auth: z.object({ lease_duration: seconds, renewable: z.boolean() }) });

export const lookupBody = z.object({
  data: z.object({ ttl: seconds, renewable: z.boolean().default(false) }),
});

/** Of KV version 2; `data.data` is null in a version that was deleted. */
export const secretBody = z.object({
  data: z.object({
    data: z.record(z.string(), z.unknown()).nullable(),
    metadata: z.object({ version: z.number().int().min(1) }),
  }),
});

/** Of KV version 1, which answers with the fields alone. */
export const version1Body = z.object({ data: z.record(z.string(), z.unknown()) });

export const writtenBody = z.object({ data: z.object({ version: z.number().int().min(1) }) });

export const engineBody = z.object({
  data: z.object({ type: z.string(), options: z.object({ version: z.string() }).partial().nullish() }),
});

export const secretIdBody = z.object({
  data: z.object({ secret_id_num_uses: z.number().int(), expiration_time: z.string() }),
});

export const capabilitiesBody = z.object({ data: z.record(z.string(), z.array(z.string())) });
