import type { IncomingMessage } from 'node:http';
import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { expect, test } from 'vitest';
import { FEDERATION_ERRORS, FederationError, type FederationErrorCode } from '../protocol/errors.js';
import { clientErrorAnswer } from './client-error.js';
import { answerTo, faultAnswer, refusalBehind } from './error-answer.js';

const request = { method: 'GET', url: '/x?secret=1' } as IncomingMessage;

test.each(Object.keys(FEDERATION_ERRORS) as FederationErrorCode[])(
  '%s keeps its status, and is the whole answer',
  (code) => {
    const { status, body } = answerTo(
      new FederationError(code, 'why', { field: 'f', cause: new Error('inside') }),
    );
    expect(status).toBe(FEDERATION_ERRORS[code].status);
    expect(body).toEqual({ detail: 'why', code });
  },
);

test.each([
  ['rate_limited', 7, 7],
  ['rate_limited', undefined, 60],
  ['database_unavailable', 9, 9],
  ['database_unavailable', undefined, 5],
  ['not_allowed', 9, undefined],
] as const)('%s that names %s seconds has Retry-After %s', (code, given, expected) => {
  const extra = given === undefined ? {} : { retryAfterSeconds: given };
  expect(answerTo(new FederationError(code, 'why', extra)).retryAfterSeconds).toBe(expected);
});

test('an unknown path is named, without its query, and not at any length', () => {
  expect(refusalBehind(new NotFoundException(), request)).toMatchObject({
    code: 'not_found',
    message: 'There is no GET /x here',
  });
  const long = { method: 'GET', url: `/${'x'.repeat(5000)}` } as IncomingMessage;
  expect(refusalBehind(new NotFoundException(), long)?.message.length).toBeLessThan(300);
});

test.each([
  [
    'a broken percent-encoding as Nest reports it',
    new BadRequestException('Failed to decode param'),
    'malformed_request',
  ],
  ['a broken percent-encoding as it is thrown', new URIError('URI malformed'), 'malformed_request'],
  ['a bug', new TypeError('x is undefined'), undefined],
  ['a bug that calls itself internal_error', new FederationError('internal_error', 'secret'), undefined],
  ['another status of the framework', new HttpException('secret', 418), undefined],
  ['what is no error at all', 'secret', undefined],
  ['nothing', undefined, undefined],
])('%s: %s', (_title, error, code) => {
  expect(refusalBehind(error, request)?.code).toBe(code);
});

test('a fault names the request and nothing else', () => {
  expect(faultAnswer('id-1')).toEqual({
    status: 500,
    body: { detail: expect.stringContaining('id-1') as string, code: 'internal_error' },
  });
});

test.each([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_INVALID_METHOD', 400],
  [undefined, 400],
])("Node's %s becomes %s", (code, status) => {
  expect(clientErrorAnswer(code).status).toBe(status);
});
