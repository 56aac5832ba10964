import type { z } from 'zod';
import { MAX_SERVER_UUID_LENGTH } from '../../limits.js';
import type { DigestEntry } from '../../records/digest.js';
import type { JsonObject } from '../../json.js';
import { wireList, wireObject, wireText } from '../../wire-types.js';

const HASH_LENGTH = 64;

/** A SHA-256 in hex. */
export function wireHash(): z.ZodType<string, string> {
  return wireText(HASH_LENGTH, HASH_LENGTH);
}

/** Servers, each with the hash of its record. */
export function wireHashes(max: number): z.ZodType<readonly DigestEntry[], readonly JsonObject[]> {
  return wireList(wireObject({ server_uuid: wireText(1, MAX_SERVER_UUID_LENGTH), hash: wireHash() }), max);
}
