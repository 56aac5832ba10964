import type {
  BodyDescription,
  EndpointDescription,
  EndpointName,
  ParameterDescription,
} from '../http/endpoint-description.js';
import type { Method, Operation, Parameter } from './document.js';
import { describeResponses, namedExamples } from './responses.js';
import type { Schemas } from './schemas.js';

/** The operator proves itself in one of these ways; the last is to ask straight from this machine (wire protocol 1.5). */
const ADMINISTRATION_SECURITY = [{ adminToken: [] }, { adminBearer: [] }, {}];

/** `POST /api/v1/route/:domain` as method and path of OpenAPI. */
export function locate(name: EndpointName): { readonly method: Method; readonly path: string } {
  const [method = '', route = ''] = name.split(' ');
  return { method: method.toLowerCase() as Method, path: route.replace(/:(\w+)/g, '{$1}') };
}

export function describeOperation(
  name: EndpointName,
  description: EndpointDescription,
  schemas: Schemas,
): Operation {
  const { who, summary, parameters = {}, body } = description;
  return {
    operationId: operationId(name),
    tags: [who],
    summary,
    description: description.description,
    security: who === 'administration' ? ADMINISTRATION_SECURITY : [],
    parameters: Object.entries(parameters).map(([parameter, one]) =>
      describeParameter(parameter, one, name.includes(`:${parameter}`), schemas),
    ),
    ...(body === undefined ? {} : { requestBody: describeBody(body, schemas) }),
    responses: describeResponses(description, schemas),
  };
}

/** `postApiV1RouteDomain` */
function operationId(name: EndpointName): string {
  const [method = '', ...words] = name.split(/[^A-Za-z0-9]+/);
  const capitalised = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return [method.toLowerCase(), ...capitalised].join('');
}

function describeParameter(
  name: string,
  { description, schema, example, isOptional = false }: ParameterDescription,
  isInPath: boolean,
  schemas: Schemas,
): Parameter {
  const described = schemas.taken(schema);
  return {
    name,
    in: isInPath ? 'path' : 'query',
    required: !isOptional,
    description,
    schema: described,
    example: described.type === 'boolean' ? example === 'true' : example,
  };
}

function describeBody(
  { schema, examples, isOptional = false, examplesAreStale }: BodyDescription,
  schemas: Schemas,
): NonNullable<Operation['requestBody']> {
  return {
    required: !isOptional,
    ...(examplesAreStale === undefined
      ? {}
      : { description: `The examples show shapes. ${examplesAreStale}` }),
    content: { 'application/json': { schema: schemas.taken(schema), examples: namedExamples(examples) } },
  };
}
