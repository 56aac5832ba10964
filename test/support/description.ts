import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { buildDocument } from '../../src/openapi/build-document.js';
import { ALL_ENDPOINTS } from '../../src/openapi/all-endpoints.js';
import type { Method, OpenApiDocument, Operation } from '../../src/openapi/document.js';
import type { JsonSchema } from '../../src/protocol/json-schema.js';

/** The document that a daemon serves, but for its address. */
export const DOCUMENT: OpenApiDocument = buildDocument(ALL_ENDPOINTS, {
  version: '0.0.0',
  localUrl: 'http://127.0.0.1:1113',
  publicUrl: null,
});

export interface Heard {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The operation that answers a request, undefined where nothing is described. */
export function operationFor(method: string, target: string): Operation | undefined {
  const segments = target.split('?', 1)[0]!.split('/');
  const entry = Object.entries(DOCUMENT.paths).find(([path]) => {
    const described = path.split('/');
    return (
      described.length === segments.length &&
      described.every(
        (one, i) =>
          one.toLowerCase() === segments[i]!.toLowerCase() || (one.startsWith('{') && segments[i] !== ''),
      )
    );
  });
  return entry?.[1][method.toLowerCase() as Method];
}

/** The fields of the body that an operation takes, sorted. */
export function bodyFieldsOf(method: string, target: string): string[] {
  const media = operationFor(method, target)?.requestBody?.content['application/json'];
  if (media === undefined) throw new Error(`${method} ${target} is described without a body`);
  const named = /^#\/components\/schemas\/(\w+)$/.exec(media.schema.$ref ?? '')?.[1];
  const schema = named === undefined ? media.schema : DOCUMENT.components.schemas[named]!;
  return Object.keys(schema.properties ?? {}).sort();
}

/** @throws Error where a described endpoint answers what its description does not say, down to single fields */
export function requireAsDescribed(method: string, target: string, heard: Heard): void {
  const operation = operationFor(method, target);
  if (operation === undefined) return;
  const problem = problemOf(operation, heard);
  if (problem === null) return;
  throw new Error(`${method} ${target} answers ${heard.status} ${heard.text.slice(0, 300)}: ${problem}`);
}

function problemOf({ responses }: Operation, { status, contentType, text }: Heard): string | null {
  const response = responses[status];
  if (response === undefined) return 'the status is not described';
  const mediaType = contentType.split(';', 1)[0]!;
  const media = response.content[mediaType];
  if (media === undefined) return `${mediaType} is not described`;
  return problemsWith(media.schema, mediaType === 'application/json' ? JSON.parse(text) : text);
}

const ajv = new Ajv2020({
  strict: true,
  strictRequired: false,
  allErrors: true,
  validateFormats: false,
  allowUnionTypes: true,
});
ajv.addSchema({ $id: 'lattice:document', $defs: rebased(DOCUMENT.components.schemas) });
const compiled = new Map<JsonSchema, ValidateFunction>();

/** What is wrong with a value under a schema of the document, or null. */
export function problemsWith(schema: JsonSchema, value: unknown): string | null {
  let validate = compiled.get(schema);
  if (validate === undefined) compiled.set(schema, (validate = ajv.compile(rebased(schema))));
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

/** References into the document, as Ajv finds them. */
function rebased(schemas: object): object {
  return JSON.parse(
    JSON.stringify(schemas).replaceAll('#/components/schemas/', 'lattice:document#/$defs/'),
  ) as object;
}
