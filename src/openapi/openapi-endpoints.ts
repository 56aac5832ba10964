import { z } from 'zod';
import type { EndpointDescriptions } from '../http/endpoint-description.js';

const documentAnswer = z
  .looseObject({
    openapi: z.literal('3.1.1'),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.record(z.string(), z.looseObject({})),
  })
  .describe('An OpenAPI document');

export const OPENAPI_ENDPOINTS: EndpointDescriptions = {
  'GET /docs': {
    who: 'administration',
    summary: 'This page',
    description: 'The description of all endpoints, to be read. It loads nothing and runs no script.',
    answers: {
      200: {
        description: 'The page, whole: it can be saved and read elsewhere',
        mediaType: 'text/html',
        schema: z.string(),
        examples: {},
      },
    },
  },
  'GET /docs/openapi.json': {
    who: 'administration',
    summary: 'This description, for programs',
    description: 'OpenAPI 3.1, for generators of clients and other tools.',
    answers: {
      200: { description: 'The document', schema: documentAnswer, examples: {} },
    },
  },
};
