import { beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair, SignatureVerifier, Signer, type KeyPair } from '../../src/platform/keys.js';
import { parseJson, type JsonObject } from '../../src/protocol/json.js';
import type { MessageDefinition } from '../../src/protocol/message.js';
import { acknowledgmentMessage } from '../../src/protocol/messages/acknowledgment.js';
import { announcementMessage } from '../../src/protocol/messages/announcement.js';
import { challengeMessage } from '../../src/protocol/messages/challenge.js';
import { domainQueryMessage } from '../../src/protocol/messages/domain-query.js';
import { federatedMessage } from '../../src/protocol/messages/federated-message.js';
import { identityRevocationMessage } from '../../src/protocol/messages/identity-revocation.js';
import { keyRotationMessage } from '../../src/protocol/messages/key-rotation.js';
import { peerExchangeMessage } from '../../src/protocol/messages/peer-exchange.js';
import { peerListMessage } from '../../src/protocol/messages/peer-list.js';
import { sourceFiles } from '../docs/repository.js';
import { hasPython, python, skipped } from './python.js';

/** What wire protocol 1.2 and 1.3 say of each message, written down anew; and one of each, with nothing in it that has a default. */
const MESSAGES = `
UUID = "3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001"
TIME = "2026-11-23T01:02:03.456789+00:00"
ODD = "caf\\u00e9 \\U0001f600 / \\\\ \\" \\x7f \\u2028 \\n"

DEFAULTS = {
    "announcement": {"version": "1.0", "capabilities": {"paging": True, "ai_messaging": False, "supported_versions": ["1.0"]}},
    "peer_exchange": {"version": "1.0"},
    "key_rotation": {"version": "1.0", "reason": "scheduled"},
    "identity_revocation": {"version": "1.0"},
    "domain_query": {"max_hops": 5},
    "federated_message": {"version": "1.0", "message_type": "pager", "priority": 0, "location": None, "metadata": {}},
    "acknowledgment": {"version": "1.0", "ack_type": "unknown", "error_message": None, "error_code": None},
    "challenge": {},
    "peer_list": {"version": "1.0"},
}
LOWER_CASE = {"announcement": ["server_id"], "domain_query": ["domain"], "federated_message": ["from_address", "to_address"]}

def covered(kind, given):
    message = {**DEFAULTS[kind], **given}
    for field in LOWER_CASE.get(kind, []):
        message[field] = message[field].lower()
    return message

def one_of_each(key, other):
    return {
        "announcement": {"server_id": "Chat.Example.ORG", "server_uuid": UUID, "public_key": key, "timestamp": TIME,
            "endpoints": {"federation": "https://chat.example.org/f", "discovery": "https://chat.example.org/d"}},
        "peer_exchange": {"from_server": "Chat.Example.ORG", "peers": ["acme-corp", "Hub.Example", ODD], "timestamp": TIME},
        "key_rotation": {"server_uuid": UUID, "old_public_key": key, "new_public_key": other, "timestamp": TIME},
        "identity_revocation": {"server_uuid": UUID, "server_id": "Chat.Example.ORG", "reason": ODD, "timestamp": TIME},
        "domain_query": {"query_id": UUID, "domain": "ACME-Corp", "requester": "Chat.Example.ORG", "timestamp": TIME},
        "federated_message": {"message_id": UUID, "from_address": "Ada@Chat.Example.ORG", "to_address": "bob@ACME-Corp",
            "content": ODD, "timestamp": TIME, "sender_fingerprint": "0" * 32,
            "metadata": {"10": 1.0, "9": 1e16, "__proto__": {"x": 1e-07}, ODD: [-0.0, 10 ** 30, None, True, {}, []]}},
        "acknowledgment": {"message_id": UUID, "status": "delivered", "recipient_server": "ACME-Corp", "timestamp": TIME},
        "challenge": {"server_uuid": UUID, "nonce": "0123456789abcdef", "timestamp": TIME},
        "peer_list": {"server_uuid": UUID, "server_id": "Chat.Example.ORG", "public_key": key, "timestamp": TIME,
            "records": [{"server_uuid": UUID, "rotations": [], "revocation": None, "void_revocation": None,
                "announcement": {**DEFAULTS["announcement"], "server_id": "chat.example.org", "server_uuid": UUID,
                    "public_key": key, "timestamp": TIME, "signature": "AAAA",
                    "endpoints": {"federation": "https://chat.example.org/f", "discovery": "https://chat.example.org/d"}}}]},
    }

def build(private_key, public_key, other_key):
    def signed(kind, given):
        signature = sign(private_key, json.dumps(covered(kind, given), sort_keys=True))["signature"]
        return json.dumps({"unknown": [1], **given, "signature": signature})
    return {kind: signed(kind, given) for kind, given in one_of_each(public_key, other_key).items()}

def judge(wire, public_key):
    message = json.loads(wire)
    signature = message.pop("signature")
    def holds(changes):
        return verify(public_key, json.dumps({**message, **changes}, sort_keys=True), signature)["any_salt"]
    return {"as_it_is": holds({}), "changed": holds({"timestamp": TIME[:-1] + "1"}), "with_more": holds({"more": None})}
`;

interface Kind {
  readonly name: string;
  /** One as this server sends it. */
  readonly signed: (signer: Signer) => Promise<string>;
  /** What a received one has to be verified by, and what it must not. */
  readonly read: (wire: string) => { text: string; changed: string; signature: string };
}

type Signed = { readonly signature: string | null; readonly timestamp: string };

function kind<M extends Signed>(
  definition: MessageDefinition<M>,
  sample: (publicKey: string) => Omit<M, 'signature'>,
): Kind {
  return {
    name: definition.name,
    signed: async (signer) => {
      const fields = sample(signer.publicKeyPem);
      const signature = await signer.sign(definition.signingText(fields));
      return definition.encode({ ...fields, signature } as M);
    },
    read: (wire) => {
      const message = definition.decode(parseJson(wire));
      const text = definition.signingText(message);
      const changed = definition.signingText({ ...message, timestamp: timestamp.replace(/0$/, '1') });
      return { text, changed, signature: message.signature! };
    },
  };
}

const serverUuid = '3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001';
const timestamp = '2026-11-23T01:02:03.456789+00:00';
const odd = 'caf\u00e9 \u{1f600} / \\ " \x7f \u2028 \n';
const own = { version: '1.0', serverUuid, timestamp };
const announced = (publicKey: string) => ({
  ...own,
  serverId: 'chat.example.org',
  publicKey,
  capabilities: { paging: true, aiMessaging: false, supportedVersions: ['1.0', 'ext:1'] },
  endpoints: { federation: 'https://chat.example.org/f', discovery: 'https://chat.example.org/d' },
});

const KINDS: readonly Kind[] = [
  kind(announcementMessage, announced),
  kind(peerExchangeMessage, () => ({
    version: '1.0',
    fromServer: 'Chat.Example.ORG',
    peers: ['acme-corp', 'Hub.Example', odd],
    timestamp,
  })),
  kind(keyRotationMessage, (publicKey) => ({
    ...own,
    oldPublicKey: publicKey,
    newPublicKey: publicKey,
    reason: 'compromise_suspected' as const,
  })),
  kind(identityRevocationMessage, () => ({ ...own, serverId: 'Chat.Example.ORG', reason: odd })),
  kind(domainQueryMessage, () => ({
    queryId: serverUuid,
    domain: 'acme-corp',
    requester: 'Chat.Example.ORG',
    maxHops: 4,
    timestamp,
  })),
  kind(federatedMessage, () => ({
    version: '1.0',
    messageId: serverUuid,
    messageType: 'location' as const,
    fromAddress: 'ada@chat.example.org',
    toAddress: 'bob@acme-corp',
    content: odd,
    priority: 2,
    timestamp,
    senderFingerprint: '0'.repeat(32),
    location: parseJson('{"lat": 52.0, "lon": 1E-7, "__proto__": []}') as JsonObject,
    metadata: parseJson(
      `{"10": 1e16, "9": -0.0, "b": ${'9'.repeat(40)}, ${JSON.stringify(odd)}: {"\u{1f600}": 1, "\ufb00": 2}}`,
    ) as JsonObject,
  })),
  kind(acknowledgmentMessage, () => ({
    version: '1.0',
    ackType: 'message_failed' as const,
    messageId: serverUuid,
    status: 'failed' as const,
    recipientServer: 'ACME-Corp',
    timestamp,
    errorMessage: odd,
    errorCode: null,
  })),
  kind(challengeMessage, () => ({ serverUuid, nonce: '0123456789abcdef', timestamp })),
  kind(peerListMessage, (publicKey) => ({
    ...own,
    serverId: 'chat.example.org',
    publicKey,
    records: [
      {
        serverUuid,
        rotations: [],
        announcement: { ...announced(publicKey), signature: 'AAAA' },
        revocation: null,
        voidRevocation: null,
      },
    ],
  })),
];

it('every message that has a signature is among those that are tried', async () => {
  const files = sourceFiles().filter((path) => path.startsWith('src/protocol/messages/'));
  const modules = await Promise.all(
    files.map((file) => import(`../../${file}`) as Promise<Record<string, unknown>>),
  );
  const names = modules
    .flatMap((exported) => Object.values(exported) as Partial<MessageDefinition<unknown>>[])
    .flatMap(({ name, shape }) => (shape !== undefined && 'signature' in shape ? [name!] : []));
  expect(KINDS.map(({ name }) => name).sort()).toEqual(names.sort());
});

describe.skipIf(!hasPython)(`between this server and Python${skipped}`, () => {
  let keys: KeyPair;
  let built: Record<string, string>;
  beforeAll(async () => {
    const [first, second] = await Promise.all([generateKeyPair(), generateKeyPair()]);
    keys = first;
    const given = {
      private_key: keys.privateKeyPem,
      public_key: keys.publicKeyPem,
      other_key: second.publicKeyPem,
    };
    built = python('build', given, MESSAGES) as Record<string, string>;
  });

  it.each(KINDS)('$name that is signed here verifies there', async ({ signed }) => {
    const wire = await signed(Signer.fromPrivateKey(keys.privateKeyPem));
    expect(python('judge', { wire, public_key: keys.publicKeyPem }, MESSAGES)).toEqual({
      as_it_is: true,
      changed: false,
      with_more: false,
    });
  });

  it.each(KINDS)('$name that is signed there verifies here', async ({ name, read }) => {
    const { text, changed, signature } = read(built[name]!);
    const verifier = new SignatureVerifier();
    expect(await verifier.verify(keys.publicKeyPem, text, signature)).toBe(true);
    expect(await verifier.verify(keys.publicKeyPem, changed, signature)).toBe(false);
  });
});
