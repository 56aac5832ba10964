import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PeerCaller } from '../../src/calls/peer-caller.js';
import { Signer } from '../../src/platform/keys.js';
import { MINUTE_MS, SECOND_MS } from '../../src/protocol/durations.js';
import { sendRaw } from '../http/raw.js';
import { onEachDatabase, type DatabasePlace } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import type { ToSign } from '../support/signed-request.js';
import type { Stranger } from '../support/stranger.js';
import { outcome, type Answer } from '../support/test-daemon.js';
import { startEcho, type EchoDaemon } from './echo.js';

const ECHO = '/api/v1/ext/echo';

onEachDatabase('a signed request', (under) => {
  let federation: Federation;
  let place: DatabasePlace;
  let daemon: EchoDaemon;
  let ada: Stranger;

  const start = async (env: Record<string, string> = {}): Promise<void> => {
    daemon = await startEcho(place, federation.clock, env);
    // A request has the time in whole seconds, so those of the daemon's first one are of before it.
    federation.clock.advance(SECOND_MS);
  };

  beforeEach(async () => {
    federation = new Federation(under);
    place = await under.create();
    await start();
    ada = await federation.stranger('ada.example');
    await ada.announceTo(daemon);
  });

  afterEach(async () => {
    await daemon.daemon.close();
    await federation.end();
    await place.remove();
  });

  const post = (body: string, changes: Partial<ToSign> = {}): Promise<Answer> =>
    ada.call(daemon, 'POST', ECHO, body, changes);

  it('tells the handler who calls, with the body that was signed', async () => {
    expect((await post('{"a": ["b"]}')).body).toEqual({ caller: 'ada.example', body: { a: ['b'] } });
    expect((await post('')).body).toEqual({ caller: 'ada.example', body: 'none' });
    expect((await ada.call(daemon, 'GET', ECHO)).body).toEqual({ caller: 'ada.example' });
    expect((await ada.call(daemon, 'GET', `${ECHO}?a=b`)).status).toBe(200);
    expect(daemon.handled()).toBe(4);
  });

  it('is what our own caller sends, and what it makes of the answers', async () => {
    const bob = await federation.start('bob.example', { LATTICE_BOOTSTRAP_SERVERS: daemon.url });
    await daemon.knows('bob.example');
    const caller = bob.daemon.app.get(PeerCaller, { strict: false });
    const { self, announcedEndpoints: endpoints } = daemon.daemon.identity;
    const target = { serverUuid: self.serverUuid, endpoints };
    expect(await caller.post(target, ECHO, '{"x": "y"}')).toEqual({
      type: 'ok',
      status: 200,
      body: { caller: 'bob.example', body: { x: 'y' } },
    });
    expect(await caller.get(target, ECHO)).toMatchObject({ type: 'ok', body: { caller: 'bob.example' } });
    expect(await caller.post(target, ECHO, '{')).toEqual({
      type: 'refused',
      status: 400,
      code: 'malformed_json',
    });
    expect(await caller.get(target, '/api/v1/ext/nothing')).toMatchObject({ type: 'refused', status: 404 });
    ada.answers = () => ({ status: 200, body: 'no JSON' });
    expect(await caller.get(ada, '/x')).toEqual({
      type: 'unreachable',
      reason: 'the answer (200) is not JSON',
    });
    ada.answers = () => ({ status: 503, body: 'no JSON' });
    expect(await caller.get(ada, '/x')).toEqual({ type: 'refused', status: 503, code: null });
    await ada.stop();
    expect(await caller.get(ada, '/x')).toMatchObject({ type: 'unreachable' });
  });

  it('is taken once', async () => {
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('200');
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('400 message_replayed');
    const nonce = 'a-nonce-of-their-own';
    expect(outcome(await post('{}', { nonce }))).toBe('200');
    expect(outcome(await post('{}', { nonce }))).toBe('400 message_replayed');
    expect(daemon.handled()).toBe(2);
  });

  it('cannot be replayed after a restart, when nobody remembers what was taken', async () => {
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('200');
    const { port } = daemon.daemon;
    await daemon.daemon.close();
    await start({ LATTICE_PORT: String(port) });
    const replayed = await daemon.post(ECHO, '{}', headers);
    expect(outcome(replayed)).toBe('503 not_ready');
    expect(replayed.headers.get('retry-after')).toBe('1');
    expect(outcome(await post('{}'))).toBe('200');
  });

  it('is heard by a daemon that started while its clock was ahead, once that is set right', async () => {
    await daemon.daemon.close();
    federation.clock.standStill();
    // Within a second, as requests have their time in whole ones.
    federation.clock.advance(1_500 - (federation.clock.now() % SECOND_MS));
    federation.clock.step(180 * MINUTE_MS);
    await start();
    federation.clock.step(-180 * MINUTE_MS);
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    // What was signed before that moment may have been taken before it.
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('503 not_ready');
    federation.clock.advance(SECOND_MS);
    expect(outcome(await post('{}'))).toBe('200');
  });

  it('for a whole URL in place of a path is refused as what it is', async () => {
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const request = [
      `POST http://x${ECHO} HTTP/1.1`,
      'Host: localhost',
      'Content-Length: 2',
      ...lines,
      '',
      '{}',
    ];
    const { status, body } = await sendRaw(daemon.daemon.port, [request.join('\r\n')]);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'malformed_request' });
    expect(daemon.handled()).toBe(0);
  });

  it.each<[string, Partial<ToSign>, string]>([
    ['for another path', { url: 'http://127.0.0.1/api/v1/ext/other' }, '403 signature_invalid'],
    ['for another method', { method: 'GET' }, '403 signature_invalid'],
    [
      'by a server that nobody knows',
      { serverUuid: '0d5c1e0f-93a7-4f0e-8f0e-0a1b2c3d4e5f' },
      '404 unknown_peer',
    ],
    ['for another body', { body: '{"more": true}' }, '400 digest_mismatch'],
  ])('that is signed %s is refused', async (_title, changes, expected) => {
    expect(outcome(await post('{}', changes))).toBe(expected);
    expect(daemon.handled()).toBe(0);
  });

  it('for another server is refused, under whatever name it is asked', async () => {
    const url = `https://other.example${ECHO}`;
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}', { url });
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('403 signature_invalid');
    const forwarded = { ...headers, 'x-forwarded-host': 'other.example', 'x-forwarded-for': '192.0.2.1' };
    expect(outcome(await daemon.post(ECHO, '{}', forwarded))).toBe('403 signature_invalid');
  });

  it('is signed for the address that the server announces, wherever the proxy sends it', async () => {
    daemon.daemon.identity.announceAt({
      discovery: 'https://chat.example.org/discovery/',
      federation: 'https://chat.example.org/discovery/api/v1/federation',
    });
    const url = `https://chat.example.org/discovery${ECHO}`;
    expect(outcome(await post('{}', { url }))).toBe('200');
    expect(outcome(await post('{}'))).toBe('403 signature_invalid');
  });

  it('is signed by the key on file, and by no other', async () => {
    const { privateKeyPem } = await federation.keys.next();
    expect(outcome(await post('{}', { signer: Signer.fromPrivateKey(privateKeyPem) }))).toBe(
      '403 signature_invalid',
    );
  });

  it.each<[string, number, number, string]>([
    ['of a clock 5 minutes ahead', 299, 599, '200'],
    ['of a clock further ahead', 302, 400, '400 message_in_future'],
    ['that expired', -300, -1, '400 message_expired'],
  ])('%s', async (_title, created, expires, expected) => {
    federation.clock.advance(10 * MINUTE_MS);
    federation.clock.standStill();
    const now = federation.clock.now();
    const times = { created: now + created * SECOND_MS, expires: now + expires * SECOND_MS };
    expect(outcome(await post('{}', times))).toBe(expected);
  });

  it('is wanted: nobody comes through without', async () => {
    expect(outcome(await daemon.post(ECHO, '{}'))).toBe('403 signature_required');
    expect(outcome(await daemon.get(ECHO))).toBe('403 signature_required');
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    const broken = { ...headers, signature: headers.signature!.replace('lattice', 'other') };
    expect(outcome(await daemon.post(ECHO, '{}', broken))).toBe('400 malformed_signature');
    expect(daemon.handled()).toBe(0);
  });

  it('of a blocked server, and of a revoked one, is refused before anything is computed', async () => {
    await daemon.trust('ada.example', 'blocked');
    const old = { created: federation.clock.now() - 20 * MINUTE_MS };
    expect(outcome(await post('{}', old))).toBe('403 peer_blocked');
    await daemon.trust('ada.example', 'unknown');
    expect(outcome(await post('{}'))).toBe('200');
    await ada.revokeAt(daemon);
    expect(outcome(await post('{}', old))).toBe('403 identity_revoked');
  });

  it('is charged to its caller, and only where its signature holds', async () => {
    await daemon.daemon.close();
    await start({ LATTICE_PEER_RATE_LIMIT: '3' });
    const bob = await federation.stranger('bob.example');
    await bob.announceTo(daemon);
    const nonce = 'foreseen-by-a-stranger';
    for (let i = 0; i < 10; i += 1) {
      const { serverUuid } = ada;
      const forged = await bob.signatureFor(daemon, 'POST', ECHO, '{}', { serverUuid, nonce });
      expect(outcome(await daemon.post(ECHO, '{}', forged))).toBe('403 signature_invalid');
    }
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}', { nonce });
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('200');
    expect(outcome(await daemon.post(ECHO, '{}', headers))).toBe('400 message_replayed');
    expect(outcome(await post('{}'))).toBe('200');
    expect(outcome(await post('{}'))).toBe('200');
    expect(outcome(await post('{}'))).toBe('429 rate_limited');
    expect(outcome(await bob.call(daemon, 'POST', ECHO, '{}'))).toBe('200');
  });

  it('is counted apart where it asks for the directory: twelve times as much, in ten minutes', async () => {
    await daemon.daemon.close();
    await start({ LATTICE_PEER_RATE_LIMIT: '2' });
    const compare = (): Promise<Answer> => ada.call(daemon, 'POST', '/api/v1/ext/digest', '{"root": null}');
    for (let i = 0; i < 2; i += 1) expect(outcome(await post('{}'))).toBe('200');
    expect(outcome(await post('{}'))).toBe('429 rate_limited');
    for (let i = 0; i < 24; i += 1) expect(outcome(await compare())).toBe('200');
    expect(outcome(await compare())).toBe('429 rate_limited');
    federation.clock.advance(9 * MINUTE_MS);
    expect(outcome(await compare())).toBe('429 rate_limited');
    federation.clock.advance(2 * MINUTE_MS);
    expect(outcome(await compare())).toBe('200');
  });

  it('is looked at before its body is read: who may not call is answered while the body is yet to come', async () => {
    const socket = connect(daemon.daemon.port, '127.0.0.1');
    socket.write(`POST ${ECHO} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toContain('signature_required');
    socket.destroy();
  });

  it('whose sender hangs up while it is looked at, or before its body is whole, harms nobody', async () => {
    const headers = await ada.signatureFor(daemon, 'POST', ECHO, '{}');
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${ECHO} HTTP/1.1`, 'Host: localhost', 'Content-Length: 2', ...lines, '', ''].join(
      '\r\n',
    );
    const socket = connect(daemon.daemon.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`${head}{`);
    socket.destroy();
    expect(outcome(await post('{}'))).toBe('200');
    expect(daemon.handled()).toBe(1);
  });
});
