import type { z } from 'zod';
import type { FederationErrorCode } from '../protocol/errors.js';
import type { DescribedMessage } from '../protocol/message.js';

/** `POST /api/v1/route/:domain`: method and path, as the router has them. */
export type EndpointName = `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`;

/** The descriptions of the endpoints of one controller; src/openapi/all-endpoints.ts gathers them. */
export type EndpointDescriptions = Readonly<Record<EndpointName, EndpointDescription>>;

/** One endpoint, as `/docs` shows it. Tests hold it against what the endpoint really takes and answers. */
export interface EndpointDescription {
  /** Open to every server of the federation, or to the operator alone (wire protocol 1.5). */
  readonly who: 'federation' | 'administration';
  /** A line. */
  readonly summary: string;
  /** What it means, with the section of the wire protocol. */
  readonly description: string;
  /** By name: those of the path, then those of the query string. */
  readonly parameters?: Readonly<Record<string, ParameterDescription>>;
  readonly body?: BodyDescription;
  /** By status; refusals are not among them. */
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  /** Codes beyond those that every endpoint may answer. */
  readonly errors?: readonly DescribedError[];
}

export interface ParameterDescription {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example: string;
  readonly isOptional?: boolean;
}

export interface BodyDescription {
  /** The one that decodes it, or the message that it is. */
  readonly schema: z.ZodType | DescribedMessage;
  readonly isOptional?: boolean;
  /** By title. */
  readonly examples: Readonly<Record<string, unknown>>;
  /** Why the examples are refused when they are sent as they stand: they show a shape. */
  readonly examplesAreStale?: string;
}

export interface AnswerDescription {
  readonly description: string;
  /** Default `application/json`. */
  readonly mediaType?: string;
  readonly schema: z.ZodType | DescribedMessage;
  /** By title. */
  readonly examples: Readonly<Record<string, unknown>>;
}

/** A code, or one whose answer has fields beside `detail` and `code`. */
export type DescribedError =
  | FederationErrorCode
  | {
      readonly code: FederationErrorCode;
      readonly details: z.ZodObject;
      readonly example: Readonly<Record<string, unknown>>;
    };
