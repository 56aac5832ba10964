import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { BodyBudget } from './body-budget.js';
import { readBody } from './body-reader.js';

/** A request that says that a body comes with it. */
function withBody(): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers['transfer-encoding'] = 'chunked';
  return request;
}

test('reading ends when the caller is gone, so that nothing waits for ever', async () => {
  const request = withBody();
  const body = readBody(request, new BodyBudget());
  request.push('{"a":');
  request.destroy();
  await expect(body).rejects.toMatchObject({ code: 'malformed_request' });
});

test('the same bytes are read where the caller stays', async () => {
  const request = withBody();
  const body = readBody(request, new BodyBudget());
  for (const part of ['{"a":', '"b"}', null]) request.push(part);
  expect(await body).toEqual({ a: 'b' });
});

test('a body that was read before is a fault of the set-up, told at once', async () => {
  const request = withBody();
  request.resume();
  request.push('{}');
  request.read();
  await expect(readBody(request, new BodyBudget())).rejects.toThrow(/bodyParser: false/);
});
