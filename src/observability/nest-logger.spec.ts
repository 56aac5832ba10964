import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { MemoryLogger } from './memory-logger.js';
import { NestLogger } from './nest-logger.js';

@Module({})
class EmptyModule {}

@Injectable()
class Missing {}

@Injectable()
class Needy {
  constructor(readonly missing: Missing) {}
}

@Module({ providers: [Needy] })
class BrokenModule {}

describe('Nest itself', () => {
  it('starts and stops without a word above debug', async () => {
    const logger = new MemoryLogger();
    const app = await NestFactory.createApplicationContext(EmptyModule, { logger: new NestLogger(logger) });
    await app.close();
    expect(logger.entries.length).toBeGreaterThan(0);
    expect(new Set(logger.entries.map((entry) => entry.level))).toEqual(new Set(['debug']));
    expect(logger.entries[0]).toMatchObject({ fields: { component: 'nest', context: 'NestFactory' } });
  });

  it('throws what it cannot build, and leaves the report to whoever started', async () => {
    const logger = new MemoryLogger();
    const options = { logger: new NestLogger(logger), abortOnError: false };
    await expect(NestFactory.createApplicationContext(BrokenModule, options)).rejects.toThrow(/Needy/);
    expect(logger.entries.filter((entry) => entry.level !== 'debug')).toEqual([]);
  });
});

describe('what Nest passes', () => {
  const error = new Error('why');

  it.each<[string, unknown[], object]>([
    ['a text', ['text'], { message: 'text', fields: {} }],
    ['a text and a context', ['text', 'Context'], { message: 'text', fields: { context: 'Context' } }],
    [
      'a text, a stack and a context',
      ['text', error.stack, 'Context'],
      { message: 'text', fields: { stack: error.stack, context: 'Context' } },
    ],
    ['a text and a stack', ['text', error.stack], { message: 'text', fields: { stack: error.stack } }],
    ['no stack', ['text', undefined, 'Context'], { message: 'text', fields: { context: 'Context' } }],
    ['an error', [error, 'Context'], { message: 'why', fields: { error, context: 'Context' } }],
    ['a value', [{ a: 1 }], { message: 'Nest reports a value', fields: { value: { a: 1 } } }],
    [
      'details',
      ['text', { a: 1 }, 'Context'],
      { message: 'text', fields: { details: [{ a: 1 }], context: 'Context' } },
    ],
  ])(
    '%s is taken apart',
    (_, [message, ...parameters], { message: text, fields }: { message?: string; fields?: object }) => {
      const logger = new MemoryLogger();
      new NestLogger(logger).error(message, ...parameters);
      expect(logger.entries).toEqual([
        { level: 'error', message: text, fields: { component: 'nest', ...fields } },
      ]);
    },
  );

  it.each([
    ['log', 'debug'],
    ['debug', 'debug'],
    ['verbose', 'debug'],
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'error'],
  ] as const)('%s goes to %s', (method, level) => {
    const logger = new MemoryLogger();
    new NestLogger(logger)[method]('text');
    expect(logger.entries).toMatchObject([{ level }]);
  });
});
