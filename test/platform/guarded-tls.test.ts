import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AddressPolicy } from '../../src/platform/address-policy.js';
import { GuardedPeerHttp } from '../../src/platform/guarded-peer-http.js';
import { localServer, resolverOf } from './local-server.js';

/** A certificate for peer.example and 127.0.0.1, signed by itself; null without the openssl program. */
function selfSigned(): { key: string; cert: string } | null {
  const folder = mkdtempSync(join(tmpdir(), 'lattice-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert],
        ...['-subj', '/CN=peer.example', '-addext', 'subjectAltName=DNS:peer.example,IP:127.0.0.1'],
      ],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } catch {
    return null;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const tls = selfSigned();
const why = tls === null ? ' (skipped: needs the openssl program to make a certificate)' : '';

describe.skipIf(tls === null)(`a server behind TLS${why}`, () => {
  const client = (ca?: string): GuardedPeerHttp =>
    new GuardedPeerHttp(new AddressPolicy(['127.0.0.1']), {
      lookup: resolverOf(['127.0.0.1']),
      ...(ca === undefined ? {} : { ca }),
    });

  /** One call, by name and port, and how it ended. */
  async function call(http: GuardedPeerHttp, host: string, port: number): Promise<unknown> {
    try {
      return (await http.request({ method: 'GET', url: `https://${host}:${port}/`, timeoutMs: 10_000 })).text;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await http.close();
    }
  }

  it.each(['peer.example', '127.0.0.1'])('is called by a name in its certificate: %s', async (host) => {
    await using server = await localServer((response) => response.end('reached'), tls!);
    expect(await call(client(tls!.cert), host, server.port)).toBe('reached');
  });

  it('is refused under a name that its certificate does not hold', async () => {
    await using server = await localServer((response) => response.end('reached'), tls!);
    const outcome = await call(client(tls!.cert), 'other.example', server.port);
    expect(outcome).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(server.seen).toEqual([]);
  });

  it('is refused when nobody vouches for its certificate', async () => {
    await using server = await localServer((response) => response.end('reached'), tls!);
    const outcome = await call(client(), 'peer.example', server.port);
    expect(outcome).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(server.seen).toEqual([]);
  });

  it('is refused over plain HTTP', async () => {
    await using server = await localServer((response) => response.end('reached'), tls!);
    const http = client(tls!.cert);
    const plain = http.request({
      method: 'GET',
      url: `http://peer.example:${server.port}/`,
      timeoutMs: 10_000,
    });
    await expect(plain).rejects.toMatchObject({ reason: 'connection' });
    await http.close();
  });
});
