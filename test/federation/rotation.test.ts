import { generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Database } from '../../src/database/database.js';
import { MINUTE_MS } from '../../src/protocol/durations.js';
import { keyRotationMessage } from '../../src/protocol/messages/key-rotation.js';
import { formatTimestamp } from '../../src/protocol/timestamps.js';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { broughtTo, recordOf } from '../support/records.js';
import { ANNOUNCEMENT, RECEIVE } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

const rotate = (daemon: TestDaemon): Promise<Answer> =>
  daemon.post('/api/v1/identity/rotate-key', { reason: 'upgrade' });

onEachDatabase('a new key', (under) => {
  describe('of a daemon', () => {
    let federation: Federation;

    beforeEach(() => {
      federation = new Federation(under);
    });

    afterEach(() => federation.end());

    it('is taken by all five, by the one that was down too, and ends the old one', async () => {
      const [owner, ...others] = await federation.meet(
        'a.example',
        'b.example',
        'c.example',
        'd.example',
        'e.example',
      );
      const away = others.pop()!;
      const impostor = await federation.impostor(owner!);
      const before = await owner!.identity();
      await federation.stop(away);

      const answer = await rotate(owner!);
      await owner!.task('deliver-statements');

      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ server_id: 'a.example', server_uuid: before.server_uuid });
      expect(answer.body.fingerprint).not.toBe(before.fingerprint);
      for (const other of others) {
        expect(outcome(await owner!.announceTo(other))).toBe('200');
        expect(outcome(await impostor.announceTo(other))).toBe('403 key_mismatch');
      }

      // Each of them would push it to the one that is back, and might be there before the owner.
      for (const other of others) await federation.stop(other);
      const back = await federation.startAgain(away);
      const asked = back.once('keychain.fetched');
      expect(outcome(await owner!.announceTo(back))).toBe('403 key_mismatch');
      expect(await asked).toMatchObject({ serverId: 'a.example', taken: true });
      expect(outcome(await owner!.announceTo(back))).toBe('200');
      federation.clock.advance(2 * MINUTE_MS);
      await owner!.task('deliver-statements');
      expect(outcome(await owner!.announceTo(back))).toBe('200');
      expect(outcome(await impostor.announceTo(back))).toBe('403 key_mismatch');
    });

    it('after another reaches a peer that was down for both in the right order, also over a restart', async () => {
      const [first, other] = await federation.meet('a.example', 'b.example');
      await federation.stop(other!);
      await rotate(first!);
      await rotate(first!);
      const last = await first!.identity();

      const owner = await federation.restart(first!);
      expect(await owner.identity()).toEqual(last);
      const back = await federation.startAgain(other!);
      const taken: string[] = [];
      back.events.on('peer.changed', ({ change }) => void taken.push(change));
      federation.clock.advance(2 * MINUTE_MS);
      await owner.task('deliver-statements');

      expect(taken).toEqual(['rotated', 'rotated']);
      expect(outcome(await owner.announceTo(back))).toBe('200');
      expect(owner.logged('A peer has taken a statement of ours')).toHaveLength(2);
    });

    it('after another is not even sent to a peer that has yet to take the first', async () => {
      const owner = await federation.start('a.example');
      const peer = await federation.stranger('b.example');
      await peer.join(owner);
      const sent: string[] = [];
      let status = 500;
      peer.answers = ({ body }) => {
        if (!body.includes('"key_rotation"')) return undefined;
        sent.push((JSON.parse(body) as { payload: { old_public_key: string } }).payload.old_public_key);
        return { status, body: '{}' };
      };
      const keys = [owner.daemon.identity.self.publicKey];
      await rotate(owner);
      keys.push(owner.daemon.identity.self.publicKey);
      await rotate(owner);
      for (let i = 0; i < 2; i += 1) {
        await owner.task('deliver-statements');
        federation.clock.advance(60 * MINUTE_MS);
      }
      expect([...new Set(sent)]).toEqual([keys[0]]);
      status = 200;
      sent.length = 0;
      await owner.task('deliver-statements');
      expect(sent).toEqual(keys);
    });

    it('is not sent to a peer that has yet to answer us, and is taken once it has', async () => {
      const owner = await federation.start('a.example');
      const peer = await federation.stranger('b.example');
      peer.answers = () => ({ status: 500, body: '' });
      expect(outcome(await peer.announceTo(owner))).toBe('200');
      await peer.called(ANNOUNCEMENT);
      const sent = (): number =>
        peer.callsTo(RECEIVE).filter(({ body }) => body.includes('"key_rotation"')).length;
      await rotate(owner);
      for (let hour = 0; hour < 3; hour += 1) {
        await owner.task('deliver-statements');
        federation.clock.advance(60 * MINUTE_MS);
      }
      expect(peer.callsTo(RECEIVE)).toEqual([]);

      peer.answers = () => undefined;
      await owner.task('update-neighbors');
      await owner.knows('b.example');
      expect(sent()).toBe(0);
      await owner.task('deliver-statements');
      expect(sent()).toBe(1);
      expect(owner.logged('A peer has taken a statement of ours')).toHaveLength(1);
    });

    it.each(['unknown_peer', 'identity_revoked'])(
      'is owed no more to a peer that answers %s',
      async (code) => {
        const owner = await federation.start('a.example');
        const peer = await federation.stranger('b.example');
        await peer.join(owner);
        peer.answers = ({ body }) =>
          body.includes('"key_rotation"') ? { status: 403, body: JSON.stringify({ code }) } : undefined;
        await rotate(owner);
        await owner.task('deliver-statements');
        expect(owner.logged('A peer has taken a statement of ours')).toHaveLength(1);
        expect(owner.logged('A peer has yet to take a statement of ours')).toHaveLength(0);
      },
    );

    it('counts no failure where the daemon stops while it tells others, and is told after the next start', async () => {
      const owner = await federation.start('a.example');
      const peers = [await federation.stranger('b.example'), await federation.stranger('c.example')];
      for (const peer of peers) await peer.join(owner);
      const told = peers.map(
        (peer) =>
          new Promise<void>((resolve) => {
            peer.answers = ({ body }) => {
              if (!body.includes('"key_rotation"')) return undefined;
              resolve();
              return new Promise(() => undefined);
            };
          }),
      );
      await rotate(owner);
      await Promise.all(told);
      await federation.stop(owner);
      expect(owner.logged('A peer has yet to take a statement of ours')).toEqual([]);
      for (const peer of peers) peer.answers = () => undefined;
      const back = await federation.startAgain(owner);
      const database = back.daemon.app.get(Database, { strict: false });
      const attempts = await database.query('SELECT attempts FROM own_statement_deliveries');
      expect(attempts).toEqual([{ attempts: 0 }, { attempts: 0 }]);
      await back.task('deliver-statements');
      expect(back.logged('A peer has taken a statement of ours')).toHaveLength(2);
    });

    it('is owed to whom it knows first-hand, and not to those that others told it of', async () => {
      const owner = await federation.start('a.example');
      const [met, told] = [
        await federation.stranger('met.example'),
        await federation.extendedStranger('told.example'),
      ];
      await met.join(owner);
      expect(await broughtTo(owner, await recordOf(told))).toBe('taken');
      const database = owner.daemon.app.get(Database, { strict: false });
      const introduced = 'SELECT 1 FROM peers WHERE server_uuid = $1 AND introduced_by IS NOT NULL';
      expect(await database.query(introduced, [told.serverUuid])).toHaveLength(1);
      met.answers = ({ body }) => (body.includes('"key_rotation"') ? { status: 500, body: '{}' } : undefined);
      await rotate(owner);
      const owed = await database.query('SELECT server_uuid FROM own_statement_deliveries');
      expect(owed).toEqual([{ server_uuid: met.serverUuid }]);
    });

    it('does not leave the daemon: neither in an answer nor in the log', async () => {
      const owner = await federation.start('a.example', { LATTICE_LOG_LEVEL: 'debug' });
      const answers = [
        await rotate(owner),
        await owner.get('/api/v1/identity'),
        await owner.get('/api/v1/announcement'),
      ];
      expect(JSON.stringify([answers, owner.log.entries])).not.toContain('PRIVATE');
    });
  });

  describe('that comes from outside', () => {
    const federation = new Federation(under);
    let daemon: TestDaemon;

    beforeAll(async () => {
      daemon = await federation.start('hub.example');
    });

    afterAll(() => federation.end());

    it('is used from then on; the same message again has no effect', async () => {
      const peer = await federation.stranger('again.example');
      await peer.join(daemon);
      const next = await federation.keys.next();
      const text = keyRotationMessage.encode(await peer.rotation(next));
      expect(outcome(await peer.say(daemon, 'key_rotation', text))).toBe('200');
      expect(outcome(await peer.announceTo(daemon))).toBe('403 key_mismatch');
      peer.useKeys(next);
      expect(outcome(await peer.announceTo(daemon))).toBe('200');
      expect(outcome(await peer.say(daemon, 'key_rotation', text))).toBe('200');
      expect(outcome(await peer.announceTo(daemon))).toBe('200');
    });

    it('is a sign of life of its server, and no repetition is', async () => {
      const peer = await federation.stranger('alive.example');
      await peer.join(daemon);
      const heard: string[] = [];
      const stop = daemon.events.on('peer.heartbeat', ({ serverUuid }) => void heard.push(serverUuid));
      const text = keyRotationMessage.encode(await peer.rotation(await federation.keys.next()));
      for (let i = 0; i < 2; i += 1) await peer.say(daemon, 'key_rotation', text);
      stop();
      expect(heard).toEqual([peer.serverUuid]);
    });

    it('cannot bring back a key that was used before, not even by a replay', async () => {
      const peer = await federation.stranger('backwards.example');
      await peer.join(daemon);
      const [second, third] = [await federation.keys.next(), await federation.keys.next()];
      const first = { publicKeyPem: peer.publicKey, privateKeyPem: '' };
      const toSecond = keyRotationMessage.encode(await peer.rotation(second));
      await peer.say(daemon, 'key_rotation', toSecond);
      peer.useKeys(second);
      expect(outcome(await peer.rotateAt(daemon, first))).toBe('409 key_reused');
      expect(outcome(await peer.rotateAt(daemon, second))).toBe('409 key_reused');
      expect(outcome(await peer.rotateAt(daemon, third))).toBe('200');
      expect(outcome(await peer.say(daemon, 'key_rotation', toSecond))).toBe('200');
      expect(outcome(await peer.announceTo(daemon))).toBe('403 key_mismatch');
      peer.useKeys(third);
      expect(outcome(await peer.announceTo(daemon))).toBe('200');
    });

    it('needs the signature of the old key', async () => {
      const peer = await federation.stranger('unsigned.example');
      await peer.join(daemon);
      const [held, next] = [peer.publicKey, await federation.keys.next()];
      peer.useKeys(next);
      expect(outcome(await peer.rotateAt(daemon, next, { oldPublicKey: held }))).toBe(
        '403 signature_invalid',
      );
      expect(outcome(await peer.rotateAt(daemon, next))).toBe('403 key_mismatch');
      expect(outcome(await peer.announceTo(daemon))).toBe('403 key_mismatch');
    });

    it('must be an RSA key of 2048 bits or more', async () => {
      const peer = await federation.stranger('weak.example');
      await peer.join(daemon);
      const publicKeyEncoding = { type: 'spki', format: 'pem' } as const;
      const privateKeyEncoding = { type: 'pkcs8', format: 'pem' } as const;
      const weak = generateKeyPairSync('rsa', { modulusLength: 1024, publicKeyEncoding, privateKeyEncoding });
      const keys = { publicKeyPem: weak.publicKey, privateKeyPem: weak.privateKey };
      expect(outcome(await peer.rotateAt(daemon, keys))).toBe('422 key_unacceptable');
      expect(outcome(await peer.announceTo(daemon))).toBe('200');
    });

    it('of a server that is not known, or from the future, is refused', async () => {
      const peer = await federation.stranger('future.example');
      const next = await federation.keys.next();
      expect(outcome(await peer.rotateAt(daemon, next))).toBe('404 unknown_peer');
      await peer.join(daemon);
      const timestamp = formatTimestamp(federation.clock.now() + 6 * MINUTE_MS);
      expect(outcome(await peer.rotateAt(daemon, next, { timestamp }))).toBe('400 message_in_future');
      expect(outcome(await peer.rotateAt(daemon, next))).toBe('200');
    });
  });
});
