import { endpoint, routesOf, soundBody } from '../hostile/endpoints.js';
import type { TestDaemon } from '../support/federation.js';
import type { Wanted } from './draft.js';

/** A request to each administration endpoint of the running daemon, with a body that it would act on. */
export function administrationOf({ daemon }: TestDaemon): Wanted[] {
  const app = daemon.app.getHttpAdapter().getInstance();
  return routesOf(app)
    .map((route) => endpoint(...(route.split(' ') as [string, string])))
    .filter(({ isOpen }) => !isOpen)
    .map((one) => ({
      method: one.method,
      path: one.path,
      body: one.body === 'ignored' ? '' : JSON.stringify(soundBody(one, daemon.identity.self)),
    }));
}
