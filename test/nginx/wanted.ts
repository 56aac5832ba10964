import { PeerListsService } from '../../src/peers/peer-lists.service.js';
import { peerListMessage } from '../../src/protocol/messages/peer-list.js';
import { endpoint, routesOf, soundBody, type Endpoint } from '../hostile/endpoints.js';
import type { TestDaemon } from '../support/federation.js';
import type { Wanted } from './draft.js';

const IMPORT = '/api/v1/peer-lists/import';

/** A request to each administration endpoint of the running daemon, with a body that it would act on. */
export async function administrationOf({ daemon }: TestDaemon): Promise<Wanted[]> {
  const app = daemon.app.getHttpAdapter().getInstance();
  // Nothing else is taken for one than what somebody signed.
  const { list } = await daemon.app.get(PeerListsService, { strict: false }).page(null);
  return routesOf(app)
    .map((route) => endpoint(...(route.split(' ') as [string, string])))
    .filter(({ isOpen }) => !isOpen)
    .map((one) => ({ method: one.method, path: one.path, body: bodyOf(one) }));

  function bodyOf(one: Endpoint): string {
    if (one.path === IMPORT) return peerListMessage.encode(list);
    return one.body === 'ignored' ? '' : JSON.stringify(soundBody(one, daemon.identity.self));
  }
}
