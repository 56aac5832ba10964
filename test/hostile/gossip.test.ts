import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateKeyPair } from '../../src/platform/keys.js';
import { Author } from './author.js';
import { endpoint } from './endpoints.js';
import { mistakes, type Field } from './fields.js';
import { announcementFields, exchangeFields, revocationFields, rotationFields } from './gossip-fields.js';
import { changed, pathsOf, toJson, type LooseObject, type Written } from './json.js';
import { Target } from './target.js';

const { method, path, fields: envelopeFields } = endpoint('POST', '/api/v1/gossip/receive');

let target: Target;
/** Announced to nobody yet. */
let newcomer: Author;
let anotherKey: string;
beforeAll(async () => {
  target = await Target.start();
  newcomer = await Author.create('newcomer.example');
  anotherKey = (await generateKeyPair()).publicKeyPem;
});
afterAll(() => target.end());

interface Kind {
  readonly kind: string;
  readonly fields: readonly Field[];
  /** Who sends it, and what would be accepted from there. */
  readonly author: () => Author;
  readonly sound: () => LooseObject;
}

const kinds: readonly Kind[] = [
  {
    kind: 'announcement',
    fields: announcementFields,
    author: () => newcomer,
    sound: () => newcomer.announcement(),
  },
  {
    kind: 'peer_exchange',
    fields: exchangeFields,
    author: () => target.peer,
    sound: () => target.peer.exchange(),
  },
  {
    kind: 'key_rotation',
    fields: rotationFields,
    author: () => target.peer,
    sound: () => target.peer.rotation(anotherKey),
  },
  {
    kind: 'identity_revocation',
    fields: revocationFields,
    author: () => target.peer,
    sound: () => target.peer.revocation(),
  },
];

function gossip(kind: string, author: Author, payload: LooseObject | Written): string {
  const envelope = author.envelope(kind, {});
  return toJson({ ...envelope, payload });
}

describe('the envelope', () => {
  const sound = async () => newcomer.envelope('announcement', await newcomer.signed(newcomer.announcement()));

  it('has no field without cases', async () => {
    expect(envelopeFields.map((field) => field.path).sort()).toEqual(Object.keys(await sound()).sort());
  });

  it.each(mistakes(envelopeFields))('is refused for $title', async ({ make, codes }) => {
    await target.refuses({ method, path, body: toJson(make(await sound())) }, ...codes);
  });

  it.each(kinds)(
    'is refused where its payload is not the $kind that it says',
    async ({ kind, author, sound }) => {
      const payload = await author().signed(sound());
      for (const other of kinds.filter((one) => one.kind !== kind)) {
        await target.refuses({ method, path, body: gossip(other.kind, author(), payload) }, 'invalid_field');
      }
    },
  );
});

describe.each(kinds)('the payload of $kind', ({ kind, fields, author, sound }) => {
  it('has no field without cases', () => {
    expect(fields.map((field) => field.path).sort()).toEqual(pathsOf(sound()).sort());
  });

  it.each(mistakes(fields))('is refused for $title', async (mistake) => {
    const payload = await author().signedWith(sound(), mistake);
    await target.refuses({ method, path, body: gossip(kind, author(), payload) }, ...mistake.codes);
  });

  it('is refused where any signed field was changed afterwards', async () => {
    const signed = await author().signed(sound());
    const harmless: LooseObject = { version: '1.1', timestamp: author().timestamp(), reason: 'upgrade' };
    for (const field of Object.keys(harmless).filter((name) => name in signed)) {
      const body = gossip(kind, author(), changed(signed, field, harmless[field]));
      await target.refuses({ method, path, body }, 'signature_invalid');
    }
  });

  it('is refused where another signed it', async () => {
    const stranger = await Author.create('stranger.example');
    const body = gossip(kind, author(), await stranger.signed(sound()));
    await target.refuses({ method, path, body }, 'signature_invalid');
  });
});

describe('fields that nobody knows', () => {
  const odd = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'then',
    '',
    '\u202e',
    'x'.repeat(5000),
  ];

  it('are dropped at every level, and pollute nothing', async () => {
    let payload = await newcomer.signed(newcomer.announcement());
    for (const name of odd) {
      const value = { paging: false, server_id: 'polluted.example', polluted: true };
      payload = changed(payload, name === '' ? 'x' : name, value);
      payload = changed(payload, `capabilities.${name}`, value);
      payload = changed(payload, `endpoints.${name}`, value);
    }
    const before = await target.tables();
    const envelope = { ...newcomer.envelope('announcement', payload), ['constructor']: { polluted: true } };
    const body = toJson(envelope).replace(/^\{/, '{"__proto__":{"polluted":true,"payload":{}},');

    const heard = await target.ask({ method, path, body });

    expect(heard).toMatchObject({ status: 200, text: '{"status":"accepted"}' });
    expect(await target.tables()).not.toEqual(before);
    expect(({} as { polluted?: true }).polluted).toBeUndefined();
    expect(await target.daemon.names()).toContain('newcomer.example');
  });
});

describe('the messages that all mistakes were made in', () => {
  // In this order: the last one ends the identity.
  it.each(kinds.filter(({ kind }) => kind !== 'announcement'))(
    'were sound: $kind is accepted',
    async ({ kind, author, sound }) => {
      const before = await target.tables();
      const signer = kind === 'identity_revocation' ? newcomer : author();
      const payload = kind === 'identity_revocation' ? newcomer.revocation() : sound();
      const heard = await target.ask({
        method,
        path,
        body: gossip(kind, signer, await signer.signed(payload)),
      });
      expect(heard).toMatchObject({ status: 200 });
      expect(await target.tables()).not.toEqual(before);
    },
  );
});
