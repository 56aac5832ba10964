import { SetMetadata, type ExecutionContext } from '@nestjs/common';

const BODY_READ_LATER = Symbol('BODY_READ_LATER');

/** Leaves the body of a request unread for a guard of the handler, which has to find out first who asks. */
export const BodyReadLater = (): MethodDecorator => SetMetadata(BODY_READ_LATER, true);

export function isBodyReadLater(context: ExecutionContext): boolean {
  return Reflect.getMetadata(BODY_READ_LATER, context.getHandler()) === true;
}
