import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { buildDocument } from '../../src/openapi/build-document.js';
import { ALL_ENDPOINTS } from '../../src/openapi/all-endpoints.js';
import type { JsonSchema } from '../../src/protocol/json-schema.js';
import { FEDERATION_ERRORS } from '../../src/protocol/errors.js';
import { gossipEnvelope } from '../../src/protocol/messages/gossip-envelope.js';
import { jsonSchemaOf } from '../../src/protocol/json-schema.js';
import { messageSchema } from '../../src/protocol/message.js';
import { textOf } from '../docs/repository.js';
import { DOCUMENT, operationFor, problemsWith } from '../support/description.js';

const operations = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

/** Every example of the document with the schema that it is an example of. */
const examples = operations.flatMap(({ name, operation: { requestBody, responses, parameters } }) => {
  const contents = [
    ['the body', requestBody?.content ?? {}] as const,
    ...Object.entries(responses).map(([status, { content }]) => [status, content] as const),
  ];
  return [
    ...parameters.map((one) => ({ title: `${name} ${one.name}`, schema: one.schema, value: one.example })),
    ...contents.flatMap(([where, content]) =>
      Object.values(content).flatMap((media) =>
        Object.values(media.examples ?? {}).map(({ summary, value }) => ({
          title: `${name} ${where}: ${summary}`,
          schema: media.schema,
          value,
        })),
      ),
    ),
  ];
});

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const plain = JSON.parse(JSON.stringify(DOCUMENT)) as Record<string, unknown>;
    expect(await validator.validate(plain)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    expect(await validator.validate({ ...plain, info: {} })).toMatchObject({ valid: false });
  });

  it('calls each operation something else', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names the public address where there is one', () => {
    const release = {
      version: '1',
      localUrl: 'http://127.0.0.1:1113',
      publicUrl: 'https://a.example/discovery',
    };
    expect(buildDocument(ALL_ENDPOINTS, release).servers.map(({ url }) => url)).toEqual([
      release.localUrl,
      release.publicUrl,
    ]);
  });

  // The page and the document are their own examples.
  it.each(operations.filter(({ name }) => !name.startsWith('GET /docs')))(
    'shows an example of each body and answer of $name',
    ({ operation: { requestBody, responses } }) => {
      const contents = [
        requestBody?.content ?? {},
        ...Object.values(responses).map(({ content }) => content),
      ];
      for (const media of contents.flatMap((content) => Object.values(content)))
        expect(Object.keys(media.examples ?? {})).not.toEqual([]);
    },
  );

  it.each(operations)('gives $name every code under the status of the registry', ({ operation }) => {
    for (const [status, response] of Object.entries(operation.responses)) {
      const refusals = Object.values(response.content['application/json']?.examples ?? {});
      for (const { value } of refusals) {
        const { code } = value as { code?: keyof typeof FEDERATION_ERRORS };
        if (code === undefined) continue;
        const statuses = [
          FEDERATION_ERRORS[code].status,
          ...(code === 'malformed_request' ? [408, 431] : []),
        ];
        expect(statuses.map(String)).toContain(status);
      }
    }
  });

  it.each(examples)('has an example that is what its schema says: $title', ({ schema, value }) => {
    expect(problemsWith(schema, value)).toBeNull();
  });

  it('shows each kind of gossip that is not reserved', () => {
    const envelope = jsonSchemaOf(messageSchema(gossipEnvelope), 'input');
    const kinds = (Object.values(envelope.$defs!)[0]!.properties!.message_type as JsonSchema).enum!;
    const shown = DOCUMENT.components.schemas.GossipMessage!.anyOf!.map(
      (one) => (one.properties!.message_type as JsonSchema).const,
    );
    expect([...shown, 'domain_query', 'domain_response'].sort()).toEqual([...kinds].sort());
  });
});

describe('the checks of these tests', () => {
  const answer = (path: string): JsonSchema =>
    operationFor('GET', path)!.responses[200]!.content['application/json']!.schema;
  const identity = {
    server_id: 'a.example',
    server_uuid: '3f0c5a52-8f0e-4d3a-9a51-7a1d2c9be001',
    fingerprint: '5228D4CA9D48F3795CD58587819CB140',
    created_at: '2026-11-22T20:15:45.923000+00:00',
  };

  it.each([
    ['a field too many', { ...identity, secret: 1 }],
    ['a field too few', { ...identity, created_at: undefined }],
    ['a field of another type', { ...identity, server_id: 7 }],
    ['a field that is not written as it should be', { ...identity, fingerprint: 'abc' }],
  ])('see %s', (_title, value) => {
    expect(problemsWith(answer('/api/v1/identity'), identity)).toBeNull();
    expect(problemsWith(answer('/api/v1/identity'), JSON.parse(JSON.stringify(value)))).not.toBeNull();
  });

  it('see a field too many in a message that is answered', () => {
    const schema = answer('/api/v1/announcement');
    const [example] = Object.values(
      operationFor('GET', '/api/v1/announcement')!.responses[200]!.content['application/json']!.examples!,
    );
    expect(problemsWith(schema, example!.value)).toBeNull();
    expect(problemsWith(schema, { ...(example!.value as object), more: 1 })).not.toBeNull();
  });
});

describe('the endpoints of docs/protocol.md', () => {
  const section = /^## 1\.4 [\s\S]*?(?=^## |^# )/m.exec(textOf('docs/protocol.md'))![0];
  const parts = section.split(/^(?=\*\*`)/m).slice(1);
  const shown = parts.flatMap((part) => {
    const [method = '', target = ''] = /`([^`]+)`/.exec(part)![1]!.split(' ');
    return [...part.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map((match) => ({
      endpoint: `${method} ${target.split('?', 1)[0]!.replace(/:(\w+)/g, '{$1}')}`,
      value: JSON.parse(match[1]!) as unknown,
    }));
  });

  it('are shown with answers', () => {
    expect(shown.length).toBeGreaterThan(4);
  });

  it.each(shown)('answer what `/docs` shows: $endpoint', ({ endpoint, value }) => {
    const [method = '', path = ''] = endpoint.split(' ');
    const { content } = operationFor(method, path)!.responses[200]!;
    const values = Object.values(content['application/json']!.examples!).map((one) => one.value);
    expect(values).toContainEqual(value);
  });
});
