import { SetMetadata, type ExecutionContext } from '@nestjs/common';

const OPEN_TO_PEERS = Symbol('OPEN_TO_PEERS');

/**
 * Opens a controller or one of its handlers to every server of the federation (wire protocol 1.4, marked F).
 * What does not carry it is administration: forgetting it closes an endpoint, it never opens one.
 */
export const OpenToPeers = (): ClassDecorator & MethodDecorator => SetMetadata(OPEN_TO_PEERS, true);

export function isOpenToPeers(context: ExecutionContext): boolean {
  return isMarked(context.getHandler()) || isMarked(context.getClass());
}

function isMarked(target: object): boolean {
  return Reflect.getMetadata(OPEN_TO_PEERS, target) === true;
}
