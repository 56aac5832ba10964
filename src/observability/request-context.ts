import { AsyncLocalStorage } from 'node:async_hooks';

const requestIds = new AsyncLocalStorage<string>();

/** Whatever is logged by `work`, and by all that it sets off, stands under this id. */
export function underRequestId<T>(id: string, work: () => T): T {
  return requestIds.run(id, work);
}

/** The fields that every line written during a request has besides its own. */
export function contextFields(): { readonly requestId?: string } {
  const requestId = requestIds.getStore();
  return requestId === undefined ? {} : { requestId };
}
