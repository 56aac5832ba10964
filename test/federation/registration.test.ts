import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { onEachDatabase } from '../support/databases.js';
import { Federation } from '../support/federation.js';
import { domainReply, QUERY } from '../support/stranger.js';
import { outcome, type Answer, type TestDaemon } from '../support/test-daemon.js';

onEachDatabase('the claim of a name', (under) => {
  let federation: Federation;

  beforeEach(() => {
    federation = new Federation(under);
  });

  afterEach(() => federation.end());

  const verify = async (daemon: TestDaemon, domain: string): Promise<Answer['body']> => {
    const { server_uuid } = await daemon.identity();
    const answer = await daemon.post(`/api/v1/domain/verify?domain=${domain}&server_uuid=${server_uuid}`);
    expect(outcome(answer)).toBe('200');
    return answer.body;
  };
  const register = (daemon: TestDaemon, domain: string, changes: object = {}): Promise<Answer> => {
    const { serverUuid, publicKey } = daemon.daemon.identity.self;
    const claim = { desired_domain: domain, server_uuid: serverUuid, public_key: publicKey, ...changes };
    return daemon.post('/api/v1/domain/register', claim);
  };
  const nameOf = async (daemon: TestDaemon): Promise<string> => (await daemon.identity()).server_id;

  it('that a neighbour knows nothing against renames the server, and tells the neighbour', async () => {
    const [owner, other] = await federation.meet('a.example', 'b.example');
    const { server_uuid } = await owner!.identity();
    expect(await verify(owner!, 'NEW.example')).toEqual({
      domain: 'new.example',
      available: true,
      collision_detected: false,
      existing_owner_uuid: null,
      confidence: 0.95,
      servers_queried: 1,
      message: '1 of 1 neighbours know of nobody else by this name',
    });

    const answer = await register(owner!, 'New.Example');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ success: true, domain: 'new.example', server_uuid });
    expect(await owner!.identity()).toMatchObject({ server_id: 'new.example', server_uuid });
    await other!.knows('new.example');
    expect(await other!.names()).toEqual(['new.example']);
  });

  it('that nobody could be asked about is not carried out', async () => {
    const lonely = await federation.start('a.example');
    const verification = await verify(lonely, 'new.example');
    expect(verification).toMatchObject({ available: true, confidence: 0, servers_queried: 0 });
    const answer = await register(lonely, 'new.example');
    expect(outcome(answer)).toBe('409 name_unverified');
    expect(answer.body.verification).toEqual(verification);
    expect(await nameOf(lonely)).toBe('a.example');
  });

  it('that a peer of ours holds is refused', async () => {
    const [owner, other] = await federation.meet('a.example', 'b.example');
    const { server_uuid } = await other!.identity();
    const verification = await verify(owner!, 'b.example');
    expect(verification).toMatchObject({
      available: false,
      collision_detected: true,
      existing_owner_uuid: server_uuid,
      confidence: 1,
    });
    const answer = await register(owner!, 'b.example');
    expect(outcome(answer)).toBe('409 name_taken');
    expect(answer.body.verification).toEqual(verification);
    expect(await nameOf(owner!)).toBe('a.example');
  });

  it('that only a neighbour of a neighbour knows the holder of is refused', async () => {
    const middle = await federation.start('b.example');
    // By the extension the middle one would tell of the holder unasked.
    const owner = await federation.newcomer([middle], 'a.example', { LATTICE_EXTENSIONS: 'off' });
    const holder = await federation.stranger('far.example');
    await holder.join(middle);
    expect(await owner.names()).toEqual(['b.example']);
    const answer = await register(owner, 'far.example');
    expect(outcome(answer)).toBe('409 name_taken');
    expect(answer.body.verification).toMatchObject({
      existing_owner_uuid: holder.serverUuid,
      servers_queried: 1,
    });
    expect(await nameOf(owner)).toBe('a.example');
  });

  it('is not stopped by a neighbour that invents a holder, but that neighbour does not vouch either', async () => {
    const [owner] = await federation.meet('a.example', 'b.example');
    const liar = await federation.stranger('liar.example');
    await liar.join(owner!);
    liar.answers = (call) =>
      call.path === QUERY
        ? domainReply(call, {
            found: true,
            server_id: 'new.example',
            endpoint_url: liar.endpoints.federation,
          })
        : undefined;
    expect(await verify(owner!, 'new.example')).toMatchObject({
      available: true,
      confidence: 0.475,
      servers_queried: 2,
    });
    expect(outcome(await register(owner!, 'new.example'))).toBe('409 name_unverified');
    liar.answers = () => undefined;
    expect(outcome(await register(owner!, 'new.example'))).toBe('200');
  });

  it('for another identity than ours is refused', async () => {
    const [owner] = await federation.meet('a.example', 'b.example');
    const { publicKeyPem } = await federation.keys.next();
    const others = [{ server_uuid: randomUUID() }, { public_key: publicKeyPem }];
    for (const other of others) {
      expect(outcome(await register(owner!, 'new.example', other))).toBe('409 identity_mismatch');
    }
    expect(await nameOf(owner!)).toBe('a.example');
    expect(outcome(await register(owner!, 'new.example'))).toBe('200');
  });

  it('of our own name changes nothing', async () => {
    const lonely = await federation.start('a.example');
    const before = await lonely.identity();
    expect(outcome(await register(lonely, 'a.example'))).toBe('200');
    expect(await lonely.identity()).toEqual(before);
  });

  it('of what is no name is refused', async () => {
    const lonely = await federation.start('a.example');
    for (const name of ['', 'two words', 'https://new.example', 'user@new.example']) {
      expect(outcome(await register(lonely, name))).toBe('422 invalid_field');
      const path = `/api/v1/domain/verify?domain=${encodeURIComponent(name)}&server_uuid=${randomUUID()}`;
      expect(outcome(await lonely.post(path))).toBe('422 invalid_field');
    }
  });
});
