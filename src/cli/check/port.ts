import { createServer } from 'node:net';
import type { Config } from '../../config/config.js';
import { fingerprintOf } from '../../platform/keys.js';
import { parseJson } from '../../protocol/json.js';
import { announcementMessage } from '../../protocol/messages/announcement.js';
import { askLocal } from '../ask-local.js';
import { failed, ok, skipped, warning, type Verdict } from './finding.js';

/** Who answers where the daemon should listen. */
export type Listener =
  | { readonly kind: 'nobody'; readonly bindFailure: string | null }
  | { readonly kind: 'stranger' }
  | { readonly kind: 'daemon'; readonly serverUuid: string; readonly fingerprint: string }
  /** It has revoked its identity, and so shows no announcement. */
  | { readonly kind: 'revoked_daemon' };

const TIMEOUT_MS = 5_000;

/** Asks who is there, without a token. Where nobody is, sees whether the port could be had, and lets go of it. */
export async function findListener(url: string, place: Pick<Config, 'host' | 'port'>): Promise<Listener> {
  try {
    const request = { method: 'GET', timeoutMs: TIMEOUT_MS };
    const { status, text } = await askLocal(`${url}/api/v1/announcement`, request);
    return recognise(status, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isNobody = ['ECONNREFUSED', 'EADDRNOTAVAIL', 'ENOTFOUND'].includes(code ?? '');
    return isNobody ? { kind: 'nobody', bindFailure: await tryToListen(place) } : { kind: 'stranger' };
  }
}

/** @param text of the answer to `GET /api/v1/announcement` */
function recognise(status: number, text: string): Listener {
  try {
    const json = parseJson(text);
    if (status === 404 && (json as { code?: unknown } | null)?.code === 'own_identity_revoked')
      return { kind: 'revoked_daemon' };
    const { serverUuid, publicKey } = announcementMessage.decode(json);
    return { kind: 'daemon', serverUuid, fingerprint: fingerprintOf(publicKey) };
  } catch {
    return { kind: 'stranger' };
  }
}

function tryToListen({ host, port }: Pick<Config, 'host' | 'port'>): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(null)));
  });
}

/** Whether it is a Lattice daemon, ours or not. */
export function isDaemon({ kind }: Listener): boolean {
  return kind === 'daemon' || kind === 'revoked_daemon';
}

/** Whether the daemon that answers has one of these keys; null where the keys are not known. */
export function isOurs(listener: Listener, fingerprints: readonly string[] | null): boolean | null {
  if (listener.kind === 'revoked_daemon') return null;
  if (listener.kind !== 'daemon') return false;
  return fingerprints === null ? null : fingerprints.includes(listener.fingerprint);
}

export interface PortFacts {
  readonly host: string;
  readonly port: number;
  readonly listener: Listener;
  /** Of the keys in the secret store; null where they could not be read. */
  readonly fingerprints: readonly string[] | null;
}

export function judgePort({ host, port, listener, fingerprints }: PortFacts): Verdict {
  const where = `Port ${port} on ${host}`;
  const another = `Find it with "ss -ltnp sport = :${port}" and stop it, or set LATTICE_PORT to another port.`;
  switch (listener.kind) {
    case 'nobody':
      return listener.bindFailure === null
        ? ok(`${where} is free: the daemon is stopped, or not ready yet.`)
        : cannotListen(where, listener.bindFailure, another);
    case 'stranger':
      return failed(`${where} is taken by something that is no Lattice daemon.`, another);
    case 'revoked_daemon':
      return warning(
        `${where} is held by a daemon that has revoked its identity for good.`,
        'It only tells the servers that have not heard it yet. To come back as a new server, start with an empty data folder and database.',
      );
    case 'daemon':
      switch (isOurs(listener, fingerprints)) {
        case true:
          return ok(`${where} is held by the running daemon of this server.`);
        case false:
          return failed(`${where} is held by another Lattice daemon (${listener.fingerprint}).`, another);
        case null:
          return warning(
            `${where} is held by a Lattice daemon (${listener.fingerprint}); whether it is this one is not known.`,
            'See to the secret store first.',
          );
      }
  }
}

/** With LATTICE_PORT=0. */
export function anyPort(): Verdict {
  return skipped('LATTICE_PORT=0 takes any free port, which is known only to the daemon.');
}

function cannotListen(where: string, code: string, another: string): Verdict {
  switch (code) {
    case 'EACCES':
      return failed(`${where} is not for this user to take.`, 'Set LATTICE_PORT to a port above 1023.');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return failed(`${where}: that is no address of this machine.`, 'Check LATTICE_HOST.');
    case 'EADDRINUSE':
      return failed(`${where} is taken, on another address of this machine.`, another);
    default:
      return failed(`${where} cannot be listened on (${code}).`, 'Check LATTICE_HOST and LATTICE_PORT.');
  }
}
