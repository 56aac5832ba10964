import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseJson } from '../../src/protocol/json.js';
import { recordMessage } from '../../src/protocol/records/record-message.js';
import type { KeyRotation } from '../../src/protocol/messages/key-rotation.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('a server whose keys we do not know', (under) => {
  let federation: Federation;
  let daemon: TestDaemon;
  let stranger: Stranger;
  let rotations: KeyRotation[];
  const keychain = (): string => `/api/v1/ext/keychain/${stranger.serverUuid}`;

  beforeEach(async () => {
    federation = new Federation(under);
    daemon = await federation.start('here.example');
    stranger = await federation.extendedStranger('far.example');
    rotations = [];
    stranger.answers = async ({ path }) => {
      if (path !== keychain()) return undefined;
      const announcement = await stranger.announcement();
      return {
        status: 200,
        body: recordMessage.encode(await recordOf(stranger, { rotations, announcement })),
      };
    };
  });
  afterEach(() => federation.end());

  const rotate = async (times: number): Promise<void> => {
    for (let turn = 0; turn < times; turn += 1) {
      const next = await federation.keys.next();
      rotations.push(await stranger.rotation(next));
      stranger.useKeys(next);
    }
  };
  const join = async (): Promise<void> => {
    expect(await stranger.announceTo(daemon)).toMatchObject({ status: 200 });
    await daemon.knows('far.example');
  };

  it('is asked for them: three rotations that we missed are caught up with', async () => {
    await join();
    await rotate(3);
    const fetched = daemon.once('keychain.fetched');
    expect(outcome(await stranger.announceTo(daemon))).toBe('403 key_mismatch');
    expect(await fetched).toMatchObject({ serverId: 'far.example', taken: true });
    expect(await stranger.announceTo(daemon)).toMatchObject({ status: 200 });
    const { body } = await daemon.get('/api/v1/peers/far.example');
    expect(body).toMatchObject({ fingerprint: stranger.fingerprint });
    expect(body.previous_keys).toHaveLength(3);
  });

  it('that rotated before we met it tells its past itself, and others can then bring its record', async () => {
    await rotate(2);
    await join();
    const record = await recordOf(stranger, {
      rotations,
      announcement: await stranger.announcement(),
    });
    const fetched = daemon.once('keychain.fetched');
    expect(await broughtTo(daemon, record)).toBe('claimed server_uuid');
    expect(await fetched).toMatchObject({ taken: true });
    expect(await broughtTo(daemon, await recordOf(stranger, { rotations }))).toBe('taken');
    const { body } = await daemon.get('/api/v1/peers/far.example');
    expect(body.previous_keys).toHaveLength(2);
  });

  it('is asked once in ten minutes, whoever pretends to be it how often', async () => {
    await join();
    const liar = await federation.stranger('liar.example');
    liar.serverUuid = stranger.serverUuid;
    const fetched = daemon.once('keychain.fetched');
    for (let turn = 0; turn < 5; turn += 1) {
      expect(outcome(await liar.announceTo(daemon))).toBe('403 key_mismatch');
    }
    await fetched;
    const { body } = await daemon.get('/api/v1/peers/far.example');
    expect(body).toMatchObject({ fingerprint: stranger.fingerprint });
    expect(stranger.callsTo(keychain())).toHaveLength(1);
  });

  it('tells them to anybody: of itself and of others', async () => {
    const { serverUuid } = daemon.daemon.identity.self;
    await daemon.post('/api/v1/identity/rotate-key', {});
    const own = await daemon.get(`/api/v1/ext/keychain/${serverUuid}`);
    expect(own.status).toBe(200);
    const record = recordMessage.decode(parseJson(own.text));
    expect(record.rotations).toHaveLength(1);
    expect(record.announcement?.publicKey).toBe(record.rotations[0]!.newPublicKey);
    const other = await federation.start('other.example');
    expect(await broughtTo(other, record)).toBe('taken');
    const { text } = await other.get(`/api/v1/ext/keychain/${serverUuid}`);
    expect(text).toBe(own.text);
    expect(outcome(await other.get(keychain()))).toBe('404 unknown_peer');
    expect(outcome(await other.get('/api/v1/ext/keychain/nobody'))).toBe('422 invalid_field');
  });

  it('finds no keys at a server without the extension', async () => {
    const legacy = await federation.start('legacy.example', { LATTICE_EXTENSIONS: 'off' });
    const { serverUuid } = legacy.daemon.identity.self;
    const path = `/api/v1/ext/keychain/${serverUuid}`;
    const { status, body } = await legacy.get(path);
    expect(status).toBe(404);
    expect(body).toEqual({ code: 'not_found', detail: `There is no GET ${path} here` });
  });

  it.each([
    ['on', 1],
    ['off', 0],
  ])('is asked for them where the extension is %s: %i times', async (extensions, times) => {
    const other = await federation.start('other.example', { LATTICE_EXTENSIONS: extensions });
    expect(await stranger.announceTo(other)).toMatchObject({ status: 200 });
    await other.knows('far.example');
    await rotate(1);
    const rekeyed = other.events.once('peer.rekeyed', () => true);
    expect(outcome(await stranger.announceTo(other))).toBe('403 key_mismatch');
    await rekeyed;
    // It calls the same server, after the question that the event sets off.
    await other.task('gossip-round');
    if (times > 0) await stranger.called(keychain(), times);
    expect(stranger.callsTo(keychain())).toHaveLength(times);
  });
});
