/**
 * Every refusal that a peer or an operator can see: the HTTP status it becomes, and what it means.
 * Codes are part of the interface (wire protocol 1.4); docs list exactly these.
 */
export const FEDERATION_ERRORS = {
  malformed_json: { status: 400, meaning: 'The body is not JSON.' },
  malformed_encoding: { status: 400, meaning: 'The body is not valid UTF-8.' },
  malformed_request: { status: 400, meaning: 'The request itself cannot be understood.' },
  nested_too_deep: { status: 400, meaning: 'The JSON is nested deeper than 64 levels.' },
  too_many_values: { status: 400, meaning: 'The JSON holds more than 50,000 values.' },
  invalid_field: {
    status: 422,
    meaning: 'A field is missing, has the wrong type, or has a value it may not have.',
  },
  body_too_large: { status: 413, meaning: 'The body is over 1 MiB.' },
  not_found: { status: 404, meaning: 'There is nothing at this address.' },
  not_allowed: { status: 403, meaning: 'The caller may not use this endpoint.' },
  signature_invalid: { status: 403, meaning: 'The signature does not belong to this message and key.' },
  signature_required: { status: 403, meaning: 'This endpoint wants a signed request.' },
  malformed_signature: {
    status: 400,
    meaning: 'The headers that sign the request are not as they should be.',
  },
  digest_mismatch: { status: 400, meaning: 'The body is not the one that the signature covers.' },
  key_unacceptable: {
    status: 422,
    meaning:
      'The public key is not an RSA key of 2048 to 4096 bits with exponent 65537, in PEM as openssl writes it.',
  },
  key_mismatch: { status: 403, meaning: 'The identity is on file with another key.' },
  key_reused: { status: 409, meaning: 'The new key was used by this identity before.' },
  announcement_expired: {
    status: 400,
    meaning: 'The announcement is older than one hour, or as a part of a record older than seven days.',
  },
  announcement_in_future: { status: 400, meaning: 'The announcement is dated more than five minutes ahead.' },
  announcement_superseded: { status: 400, meaning: 'A later announcement of this server is on file.' },
  message_expired: { status: 400, meaning: 'The message is too old to act upon.' },
  message_in_future: { status: 400, meaning: 'The message is dated more than five minutes ahead.' },
  message_replayed: { status: 400, meaning: 'The message, or a later one of its kind, was received before.' },
  unknown_peer: { status: 404, meaning: 'The sender is not in the directory.' },
  peer_blocked: { status: 403, meaning: 'The operator has blocked this server.' },
  identity_revoked: { status: 403, meaning: 'The identity was revoked by its owner, for ever.' },
  name_taken: { status: 409, meaning: 'The name belongs to another identity.' },
  not_admitted: { status: 403, meaning: 'The admission mode does not let this server join.' },
  newcomer_limit: { status: 429, meaning: 'Too many newcomers for now; try again later.' },
  rate_limited: { status: 429, meaning: 'Too many requests; try again after the time in Retry-After.' },
  endpoint_not_allowed: { status: 422, meaning: 'An endpoint points to an address that may not be called.' },
  unsupported_message: { status: 400, meaning: 'This kind of message is not handled here.' },
  own_identity_revoked: { status: 404, meaning: 'This server has revoked its own identity.' },
  directory_full: { status: 503, meaning: 'The directory of servers is full.' },
  not_ready: { status: 503, meaning: 'This server cannot serve just now.' },
  database_unavailable: { status: 503, meaning: 'The database cannot be reached; nothing was changed.' },
  secret_store_unavailable: {
    status: 503,
    meaning: 'The secret store cannot be reached; nothing was changed.',
  },
  peer_unreachable: { status: 503, meaning: 'The other server did not answer.' },
  identity_mismatch: {
    status: 409,
    meaning: 'The request names another identity than the one of this server.',
  },
  name_unverified: { status: 409, meaning: 'Too few servers vouch that the name is free.' },
  internal_error: { status: 500, meaning: 'A fault of this daemon; its log says more.' },
} as const satisfies Record<string, { status: number; meaning: string }>;

export type FederationErrorCode = keyof typeof FEDERATION_ERRORS;

export interface FederationErrorExtra {
  /** Wire path of the field at fault, such as `capabilities.paging`. */
  readonly field?: string;
  readonly retryAfterSeconds?: number;
  /** Further fields of the answer. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** For the log alone; never part of an answer. */
  readonly cause?: unknown;
}

/** A refusal with a code from the registry. `message` may be shown to the caller. */
export class FederationError extends Error {
  override readonly name = 'FederationError';

  constructor(
    readonly code: FederationErrorCode,
    message: string,
    readonly extra: FederationErrorExtra = {},
  ) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause });
  }

  /** The HTTP status of the code. */
  get status(): number {
    return FEDERATION_ERRORS[this.code].status;
  }
}

/** A refusal of one field, named by its wire path; `problem` follows the name: "must be ...". */
export function invalidField(field: string, problem: string): FederationError {
  return new FederationError('invalid_field', `${field} ${problem}`, { field });
}
