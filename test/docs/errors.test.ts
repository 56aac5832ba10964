import { describe, expect, it } from 'vitest';
import { FEDERATION_ERRORS } from '../../src/protocol/errors.js';
import { textOf } from './repository.js';
import { code, tableRows } from './tables.js';

const rows = tableRows(textOf('docs/errors.md'), 'code');

describe('docs/errors.md', () => {
  it('has a row for each code and no other, in the order of the registry', () => {
    expect(rows.map(([name]) => code(name))).toEqual(Object.keys(FEDERATION_ERRORS));
  });

  it.each(Object.entries(FEDERATION_ERRORS))('says of %s what the registry says', (name, entry) => {
    const [, status, meaning, advice] = rows.find(([cell]) => code(cell) === name) ?? [];
    expect({ status: Number(status), meaning }).toEqual({ ...entry });
    expect(advice).not.toBe('');
  });
});
