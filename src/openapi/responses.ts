import type { AnswerDescription, DescribedError, EndpointDescription } from '../http/endpoint-description.js';
import { FEDERATION_ERRORS, type FederationErrorCode } from '../protocol/errors.js';
import type { JsonSchema } from '../protocol/json-schema.js';
import type { Content, Examples, MediaType, Response } from './document.js';
import type { Schemas } from './schemas.js';

/** What every endpoint may answer: a body is read, and may be refused, also where it is not looked at. */
const COMMON_ERRORS: readonly FederationErrorCode[] = [
  'malformed_request',
  'malformed_json',
  'malformed_encoding',
  'nested_too_deep',
  'body_too_large',
  'rate_limited',
  'internal_error',
];

/** Where Node gave up before there was a request (src/http/client-error.ts): it came too slowly, its headers are too large. */
const REFUSED_BY_NODE = ['408', '431'];

const JSON_TYPE = 'application/json';

/** Every status that an endpoint may answer, refusals with their codes. */
export function describeResponses(
  { who, answers, errors = [] }: EndpointDescription,
  schemas: Schemas,
): Readonly<Record<string, Response>> {
  const refusals: DescribedError[] = [...errors, ...COMMON_ERRORS];
  if (who === 'administration') refusals.push('not_allowed');
  const statuses = new Set([...Object.keys(answers), ...refusals.map((one) => String(statusOf(one)))]);
  const refusedByNode = REFUSED_BY_NODE.map(
    (status) => [status, describeResponse(undefined, ['malformed_request'], schemas)] as const,
  );
  const described = [...statuses].map((status) => {
    const refused = refusals.filter((one) => String(statusOf(one)) === status);
    return [status, describeResponse(answers[Number(status)], refused, schemas)] as const;
  });
  return Object.fromEntries([...described, ...refusedByNode]);
}

function describeResponse(
  answer: AnswerDescription | undefined,
  refused: readonly DescribedError[],
  schemas: Schemas,
): Response {
  const content = answer === undefined ? {} : describeAnswer(answer, schemas);
  if (refused.length === 0) return { description: answer?.description ?? '', content };
  const meanings = refused.map((one) => `\`${codeOf(one)}\`: ${FEDERATION_ERRORS[codeOf(one)].meaning}`);
  const description = [...(answer === undefined ? [] : [answer.description]), ...meanings].join('\n\n');
  const isToWait = [429, 503].includes(statusOf(refused[0]!));
  return {
    description,
    ...(isToWait ? { headers: { 'Retry-After': RETRY_AFTER } } : {}),
    content: withRefusals(content, refused, schemas),
  };
}

const RETRY_AFTER = {
  description: 'With a refusal: seconds to wait',
  schema: { type: 'integer', minimum: 1 } as const,
};

/** An answer that is no refusal may have the same status: what answers `/health/ready`, for one. */
function withRefusals(content: Content, refused: readonly DescribedError[], schemas: Schemas): Content {
  const answer = content[JSON_TYPE];
  const refusal = describeRefusals(refused, schemas);
  if (answer === undefined) return { ...content, [JSON_TYPE]: refusal };
  const schema = { anyOf: [answer.schema, refusal.schema] };
  return { ...content, [JSON_TYPE]: { schema, examples: { ...answer.examples, ...refusal.examples } } };
}

function describeRefusals(refused: readonly DescribedError[], schemas: Schemas): MediaType {
  const plain = refused.filter((one) => typeof one === 'string');
  const detailed = refused.filter((one) => typeof one !== 'string');
  const shapes = [
    ...(plain.length === 0 ? [] : [refusalSchema(plain)]),
    ...detailed.map(({ code, details }) => refusalSchema([code], schemas.answered(details))),
  ];
  return {
    schema: shapes.length === 1 ? shapes[0]! : { anyOf: shapes },
    examples: Object.fromEntries(refused.map(exampleOf)),
  };
}

function refusalSchema(codes: readonly FederationErrorCode[], details: JsonSchema = {}): JsonSchema {
  return {
    type: 'object',
    properties: {
      detail: { type: 'string', minLength: 1, description: 'A sentence for people; it may change' },
      code: { enum: [...codes], description: 'For programs; it stays' },
      ...details.properties,
    },
    required: ['detail', 'code', ...(details.required ?? [])],
    additionalProperties: false,
  };
}

function exampleOf(error: DescribedError): [string, Examples[string]] {
  const code = codeOf(error);
  const detail = FEDERATION_ERRORS[code].meaning;
  const further = typeof error === 'string' ? {} : error.example;
  return [code, { summary: code, value: { detail, code, ...further } }];
}

function describeAnswer(
  { schema, examples, mediaType = JSON_TYPE }: AnswerDescription,
  schemas: Schemas,
): Content {
  return { [mediaType]: { schema: schemas.answered(schema), examples: namedExamples(examples) } };
}

/** @param examples by title */
export function namedExamples(examples: Readonly<Record<string, unknown>>): Examples {
  return Object.fromEntries(
    Object.entries(examples).map(([title, value]) => [title.replace(/\W+/g, '-'), { summary: title, value }]),
  );
}

function codeOf(error: DescribedError): FederationErrorCode {
  return typeof error === 'string' ? error : error.code;
}

function statusOf(error: DescribedError): number {
  return FEDERATION_ERRORS[codeOf(error)].status;
}
