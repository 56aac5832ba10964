import { expect, it } from 'vitest';
import type { LogLevel } from '../observability/logger.js';
import { requestLevel, type AnsweredRequest } from './request-log-policy.js';

const RECEIVE: AnsweredRequest = {
  method: 'POST',
  route: '/api/v1/gossip/receive',
  status: 200,
  isAdministration: false,
};
const ANNOUNCE: AnsweredRequest = { ...RECEIVE, route: '/api/v1/announce', isAdministration: true };

it.each<[string, AnsweredRequest, boolean, LogLevel]>([
  ['a message of a peer', RECEIVE, true, 'debug'],
  ['a refusal', { ...RECEIVE, status: 403 }, true, 'debug'],
  ['a path that is not there', { ...RECEIVE, route: null, status: 404 }, true, 'debug'],
  ['a failure of ours', { ...RECEIVE, status: 503 }, true, 'warn'],
  ['one failure of many', { ...RECEIVE, status: 503 }, false, 'debug'],
  [
    'that this server is not ready',
    { ...RECEIVE, method: 'GET', route: '/health/ready', status: 503 },
    true,
    'debug',
  ],
  [
    'a fault of the readiness probe',
    { ...RECEIVE, method: 'GET', route: '/health/ready', status: 500 },
    true,
    'warn',
  ],
  ['what the operator changes', ANNOUNCE, true, 'info'],
  ['what the operator may not change so', { ...ANNOUNCE, status: 422 }, true, 'debug'],
  ['what the operator looks at', { ...ANNOUNCE, method: 'GET', route: '/health' }, true, 'debug'],
  ['a route that an application asks for', { ...ANNOUNCE, route: '/api/v1/route/:domain' }, true, 'debug'],
])('%s is logged at its level', (_title, answered, mayWarn, level) => {
  expect(requestLevel(answered, () => mayWarn)).toBe(level);
});
