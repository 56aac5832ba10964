import { PUBLIC_NAME } from '../support/nginx.js';

/** A request before it is written down, for whoever wants it written wrongly. */
export interface Draft {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Lines as they stand, `Host` first. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** A request to be forged, as it would reach the daemon. */
export interface Wanted {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** As the outside world would send it: under the public name, and below the proxy's prefix. */
export function outside(wanted: Wanted): Draft {
  return { ...inside(wanted), target: `/discovery${wanted.path}`, headers: headersOf(wanted, PUBLIC_NAME) };
}

/** As somebody on the host would send it to the daemon: what is smuggled. */
export function inside(wanted: Wanted): Draft {
  const { method, path, body } = wanted;
  return { method, target: path, version: 'HTTP/1.1', headers: headersOf(wanted, 'localhost:1113'), body };
}

/** Characters are bytes. */
export function write({ method, target, version, headers, body }: Draft): string {
  return `${method} ${target} ${version}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`;
}

function headersOf({ body }: Wanted, host: string): string[] {
  const about = ['Content-Type: application/json', `Content-Length: ${body.length}`];
  return [`Host: ${host}`, ...(body === '' ? [] : about)];
}
