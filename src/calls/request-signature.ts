import { FederationError } from '../protocol/errors.js';
import { MAX_NONCE_LENGTH, MIN_NONCE_LENGTH, REQUEST_LIFETIME_MS } from '../protocol/limits.js';
import { isUuid } from '../protocol/strict.js';
import { signatureBase } from './signature-base.js';
import {
  isInnerList,
  parseDictionary,
  serializeInnerList,
  type InnerList,
  type Member,
} from './structured-field.js';

/** What a signed request says (wire protocol 2.1). */
export interface SignedParts {
  /** In capitals. */
  readonly method: string;
  /** The whole URL, in the form that `targetUri` gives it. */
  readonly targetUri: string;
  /** The header Content-Digest. */
  readonly contentDigest: string;
}

export interface SignatureParameters {
  /** Epoch milliseconds, of whole seconds; the same below. */
  readonly created: number;
  readonly expires: number;
  readonly nonce: string;
  /** server_uuid of the caller. */
  readonly keyId: string;
}

/** The headers that carry a signature, by lower-case name, with every value that each was sent with. */
export type SignatureHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** A signature as it was sent, not verified. */
export interface PresentedSignature extends SignatureParameters {
  readonly contentDigest: string;
  /** Base64. */
  readonly signature: string;
  /** What the signature has to cover. */
  readonly baseFor: (parts: Pick<SignedParts, 'method' | 'targetUri'>) => string;
}

const COMPONENTS = ['@method', '@target-uri', 'content-digest'];
const LABEL = 'lattice';
const ALGORITHM = 'rsa-pss-sha512';
const NONCE = new RegExp(`^[A-Za-z0-9_-]{${MIN_NONCE_LENGTH},${MAX_NONCE_LENGTH}}$`);

/** Whether a text may be a nonce, here and of a challenge: short, and the same in every header and URL. */
export function isNonce(text: string): boolean {
  return NONCE.test(text);
}

/** One spelling per URL, so that caller and called sign the same text. */
export function targetUri(url: string): string {
  return new URL(url).href;
}

/** What to sign, and the headers that carry the signature once it is there. */
export function prepareSignature(
  parts: SignedParts,
  { created, expires, nonce, keyId }: SignatureParameters,
): { readonly base: string; readonly headersFor: (signature: string) => Record<string, string> } {
  const covered: InnerList = {
    items: COMPONENTS.map((value) => ({ value, parameters: new Map() })),
    parameters: new Map<string, string | number>([
      ['created', Math.floor(created / 1000)],
      ['expires', Math.floor(expires / 1000)],
      ['nonce', nonce],
      ['keyid', keyId],
    ]),
  };
  return {
    base: baseOf(covered, parts),
    headersFor: (signature) => ({
      'content-digest': parts.contentDigest,
      'signature-input': `${LABEL}=${serializeInnerList(covered)}`,
      signature: `${LABEL}=:${signature}:`,
    }),
  };
}

/**
 * Reads what a request was sent with; there must be one signature, and it must cover what wire protocol 2.1 says,
 * neither less nor more.
 * @throws FederationError `signature_required` where there is none, `malformed_signature`
 */
export function readSignature(headers: SignatureHeaders): PresentedSignature {
  const contentDigest = onlyValue(headers, 'content-digest');
  const [label, covered] = onlyMember(onlyValue(headers, 'signature-input'));
  const [signedAs, signature] = onlyMember(onlyValue(headers, 'signature'));
  if (!isInnerList(covered)) throw malformed('Signature-Input must hold a list of components');
  if (isInnerList(signature) || !Buffer.isBuffer(signature.value) || signature.parameters.size > 0)
    throw malformed('Signature must hold bytes');
  if (signedAs !== label) throw malformed('Signature and Signature-Input must use one label');
  requireComponents(covered);
  return {
    ...readParameters(covered),
    contentDigest,
    signature: signature.value.toString('base64'),
    baseFor: (parts) => baseOf(covered, { ...parts, contentDigest }),
  };
}

function requireComponents({ items }: InnerList): void {
  const names = items.map(({ value, parameters }) => (parameters.size === 0 ? value : null));
  if (names.length !== COMPONENTS.length || !COMPONENTS.every((component) => names.includes(component)))
    throw malformed(`the signature must cover exactly ${COMPONENTS.join(', ')}`);
}

function readParameters({ parameters }: InnerList): SignatureParameters {
  const { created, expires, nonce, keyid, alg = ALGORITHM, ...unknown } = Object.fromEntries(parameters);
  if (Object.keys(unknown).length > 0)
    throw malformed('the signature may have created, expires, nonce, keyid and alg, and no other parameter');
  if (alg !== ALGORITHM) throw malformed(`alg must be "${ALGORITHM}"`);
  if (typeof created !== 'number' || typeof expires !== 'number' || created < 0)
    throw malformed('created and expires must be times');
  if (expires <= created || (expires - created) * 1000 > REQUEST_LIFETIME_MS)
    throw malformed(`expires must be later than created, by at most ${REQUEST_LIFETIME_MS / 1000} seconds`);
  if (typeof nonce !== 'string' || !isNonce(nonce))
    throw malformed(`nonce must have ${MIN_NONCE_LENGTH} to ${MAX_NONCE_LENGTH} of A-Z a-z 0-9 - _`);
  if (typeof keyid !== 'string' || !isUuid(keyid))
    throw malformed('keyid must be the server_uuid of the caller');
  return { created: created * 1000, expires: expires * 1000, nonce, keyId: keyid };
}

function baseOf(covered: InnerList, { method, targetUri, contentDigest }: SignedParts): string {
  const values = new Map([
    ['@method', method],
    ['@target-uri', targetUri],
    ['content-digest', contentDigest],
  ]);
  const base = signatureBase(covered, ({ value }) => values.get(value as string) ?? null);
  if (base === null) throw malformed('a covered header must be one line');
  return base;
}

function onlyValue(headers: SignatureHeaders, name: string): string {
  const values = headers[name];
  if (values === undefined)
    throw new FederationError(
      'signature_required',
      `This endpoint wants a signed request: ${name} is missing`,
    );
  if (values.length !== 1) throw malformed(`${name} must be sent once`);
  return values[0]!;
}

function onlyMember(field: string): [string, Member] {
  const members = [...parseDictionary(field)];
  if (members.length !== 1) throw malformed('there must be one signature');
  return members[0]!;
}

function malformed(detail: string): FederationError {
  return new FederationError('malformed_signature', detail);
}
