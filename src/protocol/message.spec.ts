import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FederationError } from './errors.js';
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue, parseJson } from './json.js';
import type { MessageDefinition } from './message.js';
import { acknowledgmentMessage } from './messages/acknowledgment.js';
import { announcementMessage } from './messages/announcement.js';
import { domainQueryMessage } from './messages/domain-query.js';
import { domainResponseMessage } from './messages/domain-response.js';
import { federatedMessage } from './messages/federated-message.js';
import { gossipEnvelope } from './messages/gossip-envelope.js';
import { identityRevocationMessage } from './messages/identity-revocation.js';
import { keyRotationMessage } from './messages/key-rotation.js';
import { peerExchangeMessage } from './messages/peer-exchange.js';

const timestamp = '2026-11-23T12:00:00.000000+00:00';
const uuid = '6f1c2f6e-7d2a-4c0e-9a7e-0d5b2c1f3a44';
const text = fc.string({
  unit: fc.constantFrom('a', 'é', '"', '\\', '\n', '\x7f', '\ue000', '😀'),
  maxLength: 20,
});
const name = fc.stringMatching(/^[a-z0-9._-]{1,40}$/);
const freeJson: fc.Arbitrary<JsonObject> = fc
  .dictionary(text, fc.jsonValue({ stringUnit: 'binary' }))
  .map((value) => parseJson(JSON.stringify(value)) as JsonObject);

/** A message of each kind, with the arbitrary that makes others of it. */
interface Kind<M> {
  readonly definition: MessageDefinition<M>;
  readonly messages: fc.Arbitrary<M>;
}

const kind = <M>(
  definition: MessageDefinition<M>,
  fields: { [K in keyof M]: fc.Arbitrary<M[K]> },
): Kind<M> => ({
  definition,
  messages: fc.record(fields),
});

const common = { version: fc.constant('1.0'), timestamp: fc.constant(timestamp), signature: text };

const kinds: readonly Kind<never>[] = [
  kind(announcementMessage, {
    ...common,
    serverId: name,
    serverUuid: fc.uuid(),
    publicKey: text,
    capabilities: fc.record({
      paging: fc.boolean(),
      aiMessaging: fc.boolean(),
      supportedVersions: fc.array(text),
    }),
    endpoints: fc.record({ federation: fc.webUrl(), discovery: fc.webUrl() }),
  }),
  kind(peerExchangeMessage, { ...common, fromServer: name, peers: fc.array(name) }),
  kind(keyRotationMessage, {
    ...common,
    serverUuid: fc.uuid(),
    oldPublicKey: text,
    newPublicKey: text,
    reason: fc.constantFrom('scheduled', 'compromise_suspected', 'upgrade'),
  }),
  kind(identityRevocationMessage, { ...common, serverUuid: fc.uuid(), serverId: name, reason: text }),
  kind(domainQueryMessage, {
    queryId: fc.uuid(),
    domain: name,
    requester: name,
    maxHops: fc.integer({ min: 1, max: 10 }),
    timestamp: common.timestamp,
    signature: fc.option(text),
  }),
  kind(domainResponseMessage, {
    queryId: fc.uuid(),
    domain: name,
    found: fc.boolean(),
    serverId: fc.option(name),
    endpointUrl: fc.option(fc.webUrl()),
    hopCount: fc.integer(),
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    timestamp: common.timestamp,
  }),
  kind(gossipEnvelope, {
    messageType: fc.constantFrom('announcement', 'peer_exchange', 'key_rotation', 'identity_revocation'),
    payload: freeJson,
    fromServer: name,
    timestamp: common.timestamp,
  }),
  kind(federatedMessage, {
    ...common,
    messageId: fc.uuid(),
    messageType: fc.constantFrom('pager', 'location', 'ai_to_ai'),
    fromAddress: name.map((server) => `alice@${server}`),
    toAddress: name.map((server) => `bob@${server}`),
    content: text,
    priority: fc.integer({ min: 0, max: 2 }),
    senderFingerprint: text,
    location: fc.option(freeJson),
    metadata: freeJson,
  }),
  kind(acknowledgmentMessage, {
    ...common,
    ackType: fc.constantFrom('message_received', 'message_failed', 'unknown'),
    messageId: fc.uuid(),
    status: fc.constantFrom('delivered', 'failed', 'rejected'),
    recipientServer: name,
    errorMessage: fc.option(text),
    errorCode: fc.option(text),
  }),
] as unknown as readonly Kind<never>[];

describe.each(kinds.map((each) => [each.definition.name, each] as const))(
  '%s',
  (_, { definition, messages }) => {
    const parsed = (message: never) => parseJson(definition.encode(message)) as Record<string, JsonValue>;

    it('reads back what it writes', () => {
      fc.assert(
        fc.property(messages, (message) => {
          expect(definition.decode(parsed(message))).toEqual(message);
        }),
      );
    });

    it('signs all that it writes but the signature, and drops what it does not know', () => {
      fc.assert(
        fc.property(messages, (message) => {
          const sent = parsed(message);
          const resent = definition.decode({ ...sent, foo: [null], signature: sent['signature'] ?? 'x' });
          expect(definition.signingText(resent)).toBe(definition.signingText(message));
          expect(parseJson(definition.signingText(message))).not.toHaveProperty('signature');
        }),
      );
    });

    it('refuses any field of a wrong type by its wire name, in few words', () => {
      const valid = parsed(fc.sample(messages, { numRuns: 1, seed: 1 })[0]!);
      const wrong = [
        true,
        'é'.repeat(50_000),
        '\ud800',
        'a\0b',
        JsonNumber.ofFloat(1e300),
        [null],
        [],
        { a: null },
      ];
      let refused = 0;
      for (const field of Object.keys(valid)) {
        for (const value of wrong) {
          const error = errorOf(() => definition.decode({ ...valid, [field]: value }));
          if (error === null) continue;
          refused += 1;
          expect(error.code).toBe('invalid_field');
          expect(error.extra.field?.split('.')[0]).toBe(field);
          expect(error.message.startsWith(error.extra.field!)).toBe(true);
          expect(error.message.length).toBeLessThan(200);
        }
      }
      // An object may be taken where free JSON or only optional fields are expected, a boolean where one is.
      expect(refused).toBeGreaterThanOrEqual(Object.keys(valid).length * (wrong.length - 1));
    });

    it.each([null, true, 'text', JsonNumber.ofInteger(1), []])('is not read from %j', (value) => {
      expect(errorOf(() => definition.decode(value))?.code).toBe('invalid_field');
    });

    it('is not written with a field of a wrong type', () => {
      const message = fc.sample(messages, { numRuns: 1, seed: 1 })[0]!;
      expect(() => definition.encode({ ...(message as object), timestamp: 5 } as never)).toThrow();
    });
  },
);

function errorOf(run: () => unknown): FederationError | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof FederationError) return error;
    throw error;
  }
}

const announcement: JsonObject = {
  server_id: 'A.example',
  server_uuid: uuid,
  public_key: 'k',
  endpoints: { federation: 'https://a.example/f', discovery: 'https://a.example/d' },
  timestamp,
  signature: 's',
};

describe('fields', () => {
  it.each<[string, JsonObject, string]>([
    ['capabilities.paging', { capabilities: { paging: 'yes' } }, 'capabilities.paging must be true or false'],
    [
      'endpoints.discovery',
      { endpoints: { federation: 'https://a.example' } },
      'endpoints.discovery is required',
    ],
    [
      'capabilities.supported_versions.1',
      { capabilities: { supported_versions: ['1.0', null] } },
      'capabilities.supported_versions.1 must be text of 0 to 32 characters',
    ],
    ['capabilities', { capabilities: JsonNumber.ofInteger(1) }, 'capabilities must be an object'],
    ['endpoints', { endpoints: [] }, 'endpoints must be an object'],
  ])('a fault in %s is named by its path', (field, change, message) => {
    const error = errorOf(() => announcementMessage.decode({ ...announcement, ...change }));
    expect(error?.message).toBe(message);
    expect(error?.extra.field).toBe(field);
  });

  it.each(['server_id', 'server_uuid', 'public_key', 'endpoints', 'timestamp', 'signature'])(
    '%s is required',
    (field) => {
      const { [field]: _, ...rest } = announcement;
      expect(errorOf(() => announcementMessage.decode(rest))?.message).toBe(`${field} is required`);
    },
  );

  it('have camelCase names inside, lower case and defaults filled in', () => {
    expect(announcementMessage.decode(announcement)).toMatchObject({
      version: '1.0',
      serverId: 'a.example',
      capabilities: { paging: true, aiMessaging: false, supportedVersions: ['1.0'] },
    });
  });

  it('have lengths in code points', () => {
    const named = (server_id: string) => () => announcementMessage.decode({ ...announcement, server_id });
    expect(named('😀'.repeat(255))).not.toThrow();
    expect(named('😀'.repeat(256))).toThrow('server_id must be');
    expect(named('a'.repeat(256))).toThrow('server_id must be');
  });

  it.each(['\ud800', '\ude00\ud83d', 'a\0b', '\0'])('of text may not be %j', (public_key) => {
    const error = errorOf(() => announcementMessage.decode({ ...announcement, public_key }));
    expect(error?.extra.field).toBe('public_key');
  });

  it('of free JSON keep their names, numbers and odd keys', () => {
    const metadata = parseJson(
      '{"snake_case": 1.0, "__proto__": {"x_y": 1e400}, "\\ud800": -0.0}',
    ) as JsonObject;
    const message = gossipEnvelope.decode({
      message_type: 'announcement',
      payload: metadata,
      from_server: 'a',
      timestamp,
    });
    expect(message.payload).toBe(metadata);
    expect(gossipEnvelope.signingText(message)).toContain(
      '"payload": {"__proto__": {"x_y": Infinity}, "snake_case": 1.0, "\\ud800": -0.0}',
    );
  });

  it('left out of a message as metadata are an object without a prototype', () => {
    const fields = {
      message_id: 'm',
      from_address: 'a@b',
      to_address: 'a@b',
      content: '',
      sender_fingerprint: 'F',
    };
    const { metadata } = federatedMessage.decode({ ...fields, timestamp, signature: 's' });
    expect(isJsonObject(metadata) && Object.getPrototypeOf(metadata)).toBeNull();
  });

  it('as a signature that is null are left out of the wire', () => {
    const query = { queryId: 'q', domain: 'a', requester: 'b', maxHops: 5, timestamp, signature: null };
    expect(parseJson(domainQueryMessage.encode(query))).not.toHaveProperty('signature');
  });
});
