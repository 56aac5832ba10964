import {
  applyDecorators,
  createParamDecorator,
  Injectable,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { BodyReadLater } from '../http/body-read-later.js';
import { OpenToPeers } from '../http/open-to-peers.js';
import { notesOf } from '../http/request-notes.js';
import type { PeerLimit } from '../peers/peer-authenticator.js';
import type { Peer } from '../peers/peer.js';
import { CallReceiver, type ProvenCall } from './call-receiver.js';

const LIMIT = Symbol('limit of signed requests');
const calls = new WeakMap<Request, ProvenCall>();

/** Runs after the guards of HttpModule: the source has been charged, the body has not been read. */
@Injectable()
class ExtPeersGuard implements CanActivate {
  constructor(
    private readonly receiver: CallReceiver,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<Request>();
    const limit = this.reflector.get<PeerLimit>(LIMIT, context.getHandler());
    const call = await this.receiver.receive(request, limit);
    notesOf(request).peer = call.caller.serverId;
    calls.set(request, call);
    request.body = call.body;
    return true;
  }
}

/**
 * Opens a handler to servers in the directory that sign their requests (wire protocol 2.1), and to nobody else. The
 * handler gets who it is by `@Caller()`, and the body as any other does. Its module imports CallsModule.
 *
 * @param limit what its requests are counted against
 */
export const FromExtPeers = (limit: PeerLimit = 'peer'): MethodDecorator =>
  applyDecorators(OpenToPeers(), BodyReadLater(), SetMetadata(LIMIT, limit), UseGuards(ExtPeersGuard));

/** The server whose signature on the request held, as it is on file: a `Peer`. */
export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Peer => callIn(context).caller,
);

/** When the caller signed the request, by its own clock, in whole seconds (epoch milliseconds): a `number`. */
export const CallersTime = createParamDecorator(
  (_data: unknown, context: ExecutionContext): number => callIn(context).createdMs,
);

function callIn(context: ExecutionContext): ProvenCall {
  const call = calls.get(context.switchToHttp().getRequest<Request>());
  if (call === undefined) throw new Error('A handler that asks for its caller needs @FromExtPeers().');
  return call;
}
