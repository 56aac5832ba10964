import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/platform/keys.js';
import { FEDERATION_ERRORS, type FederationErrorCode } from '../../src/protocol/errors.js';
import { Author } from './author.js';
import { ENDPOINTS } from './endpoints.js';
import { changed, pathsOf, toJson, Written, type Loose, type LooseObject } from './json.js';
import { expectRefusal, Target, type Asked } from './target.js';

let target: Target;
let newcomer: Author;
let anotherKey: string;
beforeAll(async () => {
  target = await Target.start();
  newcomer = await Author.create('newcomer.example');
  anotherKey = (await generateKeyPair()).publicKeyPem;
});
afterAll(() => target.end());

const CODES = Object.keys(FEDERATION_ERRORS) as FederationErrorCode[];
const GOSSIP = '/api/v1/gossip/receive';
const QUERY = '/api/v1/domain/query';

/** Whatever it is, the answer is 200 or a documented refusal that changed nothing, and never 500. */
async function surviveAsking(asked: Asked): Promise<void> {
  const before = await target.tables();
  const heard = await target.ask(asked);
  if (heard.status === 200) return target.forgive();
  expectRefusal(heard, asked, CODES);
  expect(await target.tables()).toEqual(before);
}

const oddText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '\0',
    '\ud800',
    '__proto__',
    'constructor',
    'toString',
    'peer.example',
    'target.example',
    '\u202e',
  ),
  fc.nat({ max: 12_000 }).map((length) => 'x'.repeat(length)),
);

const oddNumber = fc
  .oneof(
    fc.double(),
    fc.constantFrom('1e400', '-1e400', '1e-400', '-0', '-0.0', 'NaN', 'Infinity', '1E+2', '9'.repeat(4300)),
    fc.bigInt(),
  )
  .map((value) => new Written(String(value)));

const oddJson = fc.letrec<{ value: Loose }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom<Loose>(null, true, false),
    oddText,
    oddNumber,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(oddText, tie('value'), { maxKeys: 4 }).map((entries) => entries as LooseObject),
  ),
})).value;

/** One change of a message: of which field, to what, and whether its author signs the result. */
const mutation = fc.record({
  draw: fc.nat(),
  replacement: fc.option(oddJson, { nil: undefined }),
  isSigned: fc.boolean(),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

async function mutated(author: Author, sound: LooseObject, change: Mutation): Promise<LooseObject> {
  const { draw, replacement, isSigned } = change;
  const from = isSigned ? sound : await author.signed(sound);
  const paths = pathsOf(from);
  const message = changed(from, paths[draw % paths.length]!, replacement);
  return isSigned ? author.signed(message) : message;
}

const messages: Record<string, () => [Author, LooseObject]> = {
  announcement: () => [newcomer, newcomer.announcement()],
  peer_exchange: () => [target.peer, target.peer.exchange()],
  key_rotation: () => [target.peer, target.peer.rotation(anotherKey)],
  identity_revocation: () => [target.peer, target.peer.revocation()],
};

describe('a daemon asked by chance', () => {
  const withBody = ENDPOINTS.filter((one) => one.body !== 'ignored').map(({ method, path }) => ({
    method,
    path,
  }));

  it('survives any JSON at every endpoint', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...withBody), oddJson, (asked, value) =>
        surviveAsking({ ...asked, body: toJson(value) }),
      ),
      { numRuns: 300 },
    );
  });

  it('survives any bytes at every endpoint', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...withBody), fc.uint8Array({ maxLength: 64 }), (asked, body) =>
        surviveAsking({ ...asked, body }),
      ),
      { numRuns: 200 },
    );
  });

  it('survives any path', async () => {
    const segment = fc.oneof(
      fc.constantFrom(
        'api',
        'v1',
        'route',
        'peers',
        'trust',
        'domain',
        'verify',
        'identity',
        '..',
        '.',
        '',
        '%00',
        '%',
      ),
      fc.string({ unit: fc.constantFrom(...'aZ09-._~!$&()*+,;=:@%/?[]'), maxLength: 12 }),
    );
    // Those two change things rightly, and take a while.
    const isHarmless = (path: string): boolean => !/rotate-key|revoke/.test(path);
    const path = fc
      .array(segment, { maxLength: 8 })
      .map((segments) => `/${segments.join('/')}`)
      .filter(isHarmless);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'), path, (method, odd) =>
        surviveAsking({ method, path: odd }),
      ),
      { numRuns: 300 },
    );
  });

  it.each(Object.keys(messages))('survives any %s with one field changed', async (kind) => {
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const [author, sound] = messages[kind]!();
        const payload = await mutated(author, sound, change);
        await surviveAsking({ method: 'POST', path: GOSSIP, body: toJson(author.envelope(kind, payload)) });
      }),
      { numRuns: 150 },
    );
  });

  it('survives any envelope with one field changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(messages)), mutation, async (kind, change) => {
        const [author, sound] = messages[kind]!();
        const envelope = author.envelope(kind, await author.signed(sound));
        const body = await mutated(author, envelope, { ...change, isSigned: false });
        await surviveAsking({ method: 'POST', path: GOSSIP, body: toJson(body) });
      }),
      { numRuns: 150 },
    );
  });

  it('survives any domain query with one field changed', async () => {
    await fc.assert(
      fc.asyncProperty(mutation, async (change) => {
        const body = await mutated(target.peer, target.peer.query('target.example'), change);
        await surviveAsking({ method: 'POST', path: QUERY, body: toJson(body) });
      }),
      { numRuns: 150 },
    );
  });

  it('survives any message with a few bytes changed', async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(messages)), edits, async (kind, changes) => {
        const [author, sound] = messages[kind]!();
        const bytes = Buffer.from(toJson(author.envelope(kind, await author.signed(sound))));
        for (const [position, byte] of changes) bytes[position % bytes.length] = byte;
        await surviveAsking({ method: 'POST', path: GOSSIP, body: bytes });
      }),
      { numRuns: 300 },
    );
  });

  it('is still itself afterwards', async () => {
    const heard = await target.ask({ method: 'GET', path: '/api/v1/announcement' });
    expect(heard.status).toBe(200);
    const faults = target.daemon.log.entries.filter(({ level }) => level === 'error');
    expect(faults).toEqual([]);
  });
});
