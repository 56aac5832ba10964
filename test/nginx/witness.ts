import type { IncomingMessage, ServerResponse } from 'node:http';
import { ENDPOINTS } from '../hostile/endpoints.js';
import type { TestDaemon } from '../support/federation.js';

const OPEN_PATHS = ENDPOINTS.filter(({ isOpen }) => isOpen).map(({ path }) => path.split('?', 1)[0]);

/** Stands inside the daemon and sees what the callers may never hear: what it answered to whom. */
export class Witness {
  readonly answered: { readonly request: string; readonly status: number }[] = [];

  constructor({ daemon }: TestDaemon) {
    daemon.app
      .getHttpServer()
      .on('request', ({ method = '', url = '' }: IncomingMessage, response: ServerResponse) => {
        response.once('finish', () =>
          this.answered.push({ request: `${method} ${url}`, status: response.statusCode }),
        );
      });
  }

  /** Whatever was not refused and is not open to all. */
  get letIn(): string[] {
    const letIn = this.answered.filter(({ request, status }) => status < 400 && !isOpen(request));
    return letIn.map(({ request, status }) => `${request}: ${status}`);
  }

  /** Whatever came this far and is not open to all, answered or refused. */
  get administrationAsked(): string[] {
    return this.answered.map(({ request }) => request).filter((request) => !isOpen(request));
  }
}

function isOpen(request: string): boolean {
  const [, path = ''] = /^\S+ ([^?#]*)/.exec(request) ?? [];
  return OPEN_PATHS.includes(path);
}
