import type { LogLevel } from '../observability/logger.js';

export interface AnsweredRequest {
  readonly method: string;
  /** The route's pattern; null where none fits. */
  readonly route: string | null;
  readonly status: number;
  readonly isAdministration: boolean;
}

/** An application asks these as often as it has mail to send, and they change nothing. */
const QUESTIONS: ReadonlySet<string | null> = new Set(['/api/v1/route/:domain', '/api/v1/domain/verify']);

/** Supervisors ask this every few seconds. Its 503 is an answer, not a failure, and would soon use up the warnings. */
const READINESS = '/health/ready';

/**
 * Strangers can ask as often as they like, so what they cause stays at level debug, but for failures of our own, of which
 * the first of an hour are warnings. What the operator changed is an event to keep.
 */
export function requestLevel(
  { method, route, status, isAdministration }: AnsweredRequest,
  mayWarn: () => boolean,
): LogLevel {
  if (status >= 500 && !(status === 503 && route === READINESS)) return mayWarn() ? 'warn' : 'debug';
  const changes = method !== 'GET' && method !== 'HEAD' && !QUESTIONS.has(route);
  return isAdministration && changes && status < 300 ? 'info' : 'debug';
}
