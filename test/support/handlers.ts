import 'reflect-metadata';
import { RequestMethod, type ExecutionContext } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { isOpenToPeers } from '../../src/http/open-to-peers.js';
import { sourceFiles } from '../docs/repository.js';

/** A method of a controller that answers an endpoint, as its decorators have it. */
export interface Handler {
  /** `POST /api/v1/route/:domain` */
  readonly endpoint: string;
  /** Open to peers; else administration. */
  readonly isOpen: boolean;
  readonly takesBody: boolean;
  /** What it reads of the path and of the query string. */
  readonly parameters: readonly string[];
}

type Method = (...parameters: never[]) => unknown;
type Controller = new () => object;

/** Those of every controller in the source. */
export async function allHandlers(): Promise<Handler[]> {
  const found: Handler[] = [];
  for (const file of sourceFiles().filter((path) => path.endsWith('.controller.ts'))) {
    const exported = (await import(`../../${file}`)) as Record<string, Controller>;
    for (const controller of Object.values(exported)) found.push(...handlersOf(controller));
  }
  return found;
}

function handlersOf(controller: Controller): Handler[] {
  const prototype = controller.prototype as Record<string, Method>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name]!;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) return [];
    const context = { getHandler: () => handler, getClass: () => controller } as unknown as ExecutionContext;
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    const paths = [Reflect.getMetadata(PATH_METADATA, handler) as string | string[]].flat();
    const taken = argumentsOf(controller, name);
    return paths.map((path) => ({
      endpoint: `${RequestMethod[method]} ${joined(base, path)}`,
      isOpen: isOpenToPeers(context),
      takesBody: taken.some(({ type }) => type === RouteParamtypes.BODY),
      parameters: taken
        .filter(({ type }) => type === RouteParamtypes.PARAM || type === RouteParamtypes.QUERY)
        .map(({ name: parameter }) => parameter ?? 'all of them'),
    }));
  });
}

function argumentsOf(
  controller: Controller,
  name: string,
): { type: RouteParamtypes; name: string | undefined }[] {
  const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, name) ?? {}) as Record<
    string,
    { data?: string }
  >;
  // Under `type:position`; what a decorator of our own makes has no number there.
  return Object.entries(taken).map(([key, { data }]) => ({ type: Number(key.split(':', 1)[0]), name: data }));
}

function joined(...parts: string[]): string {
  return `/${parts
    .flatMap((part) => part.split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
}
