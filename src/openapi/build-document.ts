import type { EndpointDescriptions, EndpointName } from '../http/endpoint-description.js';
import type { OpenApiDocument, Operation } from './document.js';
import { describeOperation, locate } from './operation.js';
import { Schemas } from './schemas.js';

const TOKEN_MEANING =
  'LATTICE_ADMIN_TOKEN. Where none is set, administration is open straight from this machine alone.';

export interface Release {
  readonly version: string;
  /** Where the operator reaches the daemon, and where other servers do, if that was said. */
  readonly localUrl: string;
  readonly publicUrl: string | null;
}

/** The OpenAPI document of these endpoints. */
export function buildDocument(endpoints: EndpointDescriptions, release: Release): OpenApiDocument {
  const schemas = new Schemas();
  const paths: Record<string, Record<string, Operation>> = {};
  for (const [name, description] of Object.entries(endpoints)) {
    const { method, path } = locate(name as EndpointName);
    paths[path] = {
      ...paths[path],
      [method]: describeOperation(name as EndpointName, description, schemas),
    };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Lattice discovery daemon',
      version: release.version,
      summary: 'Servers that find each other, with no registry in the middle.',
      description:
        'Bodies are JSON in UTF-8, at most 1 MiB. A refusal is `{"detail": "...", "code": "..."}`: `detail` is for people, `code` for programs. Sections of the wire protocol stand in docs/protocol.md, codes in docs/errors.md. What is not described here is 404, and so is a wrong method.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: serversOf(release),
    tags: [
      { name: 'federation', description: 'Open to every server of the federation.' },
      {
        name: 'administration',
        description:
          'For the operator alone (wire protocol 1.5): with the admin token or, where none is set, straight from this machine under the name localhost, 127.0.0.1 or [::1].',
      },
    ],
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        adminToken: {
          type: 'apiKey',
          in: 'header',
          name: 'X-Lattice-Admin-Token',
          description: TOKEN_MEANING,
        },
        adminBearer: { type: 'http', scheme: 'bearer', description: TOKEN_MEANING },
      },
    },
  };
}

function serversOf({ localUrl, publicUrl }: Release): OpenApiDocument['servers'] {
  const local = { url: localUrl, description: 'On the machine of the daemon' };
  if (publicUrl === null) return [local];
  return [local, { url: publicUrl, description: 'From elsewhere; administration wants the token there' }];
}
