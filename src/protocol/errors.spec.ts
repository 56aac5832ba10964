import { describe, expect, it } from 'vitest';
import { FEDERATION_ERRORS, FederationError, type FederationErrorCode, invalidField } from './errors.js';

const codes = Object.keys(FEDERATION_ERRORS) as FederationErrorCode[];

describe('the registry of errors', () => {
  it.each(codes)('%s has a status of an error and a meaning in one sentence', (code) => {
    const { status, meaning } = FEDERATION_ERRORS[code];
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  });

  it.each(codes)('an error of code %s carries its status', (code) => {
    expect(new FederationError(code, 'x').status).toBe(FEDERATION_ERRORS[code].status);
  });
});

describe('FederationError', () => {
  it('keeps its cause for the log, apart from its message', () => {
    const cause = new Error('password=hunter2');
    const error = new FederationError('database_unavailable', 'The database cannot be reached', { cause });
    expect(error.cause).toBe(cause);
    expect(error.message).not.toContain('hunter2');
  });

  it('has no cause where none was given', () => {
    expect('cause' in new FederationError('not_found', 'Nothing here')).toBe(false);
  });

  it('names the field at fault in its message and apart from it', () => {
    const error = invalidField('capabilities.paging', 'must be true or false');
    expect(error.code).toBe('invalid_field');
    expect(error.message).toBe('capabilities.paging must be true or false');
    expect(error.extra.field).toBe('capabilities.paging');
  });
});
