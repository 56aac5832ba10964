import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { z } from 'zod';
import { exists } from '../platform/exists.js';
import type { SecretName } from '../secrets/secret-store.js';
import { TransferRefused } from './refused.js';

/** The secrets that make a server itself; no other is ever in a backup. */
export const KEY_NAMES = ['private_key', 'next_private_key'] as const satisfies readonly SecretName[];

/** The first line of a backup. */
const manifestLine = z.object({
  format: z.literal('lattice-backup'),
  format_version: z.literal(1),
  /** Of the release that made it. */
  version: z.string(),
  created_at: z.string(),
  /** Null where the daemon was never started on this database. */
  server_uuid: z.string().nullable(),
  server_id: z.string().nullable(),
  fingerprint: z.string().nullable(),
  /** The migrations that its tables had, oldest first. */
  migrations: z.array(z.string()),
  with_key: z.boolean(),
});

export type Manifest = z.infer<typeof manifestLine>;

const entryLine = z.union([
  z.object({ table: z.string(), row: z.record(z.string(), z.unknown()) }),
  z.object({ secret: z.enum(KEY_NAMES), value: z.string() }),
]);

export type Entry =
  /** The row as the database wrote it: parsing would round its largest integers. */
  | { readonly table: string; readonly row: string }
  | { readonly secret: (typeof KEY_NAMES)[number]; readonly value: string };

/** The last line: how many lines stand between it and the manifest, and the SHA-256 of everything before it. */
const sealLine = z.object({ seal: z.object({ entries: z.number(), sha256: z.string() }) });

/**
 * Writes a backup, gzip over lines of JSON, readable by its owner alone. It grows under another name, so that a file
 * under this one is whole. Answers the number of entries. @throws TransferRefused where there is a file already
 */
export async function writeBackup(
  path: string,
  manifest: Manifest,
  entries: AsyncIterable<string>,
): Promise<number> {
  if (await exists(path))
    throw new TransferRefused(`${path} is there already: give another name, or remove it.`);
  const growing = `${path}.${process.pid}.part`;
  const file = await open(growing, 'wx', 0o600).catch((error: unknown) => {
    throw asRefusal(error, path);
  });
  let count = 0;
  async function* lines(): AsyncGenerator<string> {
    const hash = createHash('sha256');
    const hashed = (line: string): string => {
      hash.update(`${line}\n`);
      return `${line}\n`;
    };
    yield hashed(JSON.stringify(manifest));
    for await (const entry of entries) {
      count += 1;
      yield hashed(entry);
    }
    yield `${JSON.stringify({ seal: { entries: count, sha256: hash.digest('hex') } })}\n`;
  }
  try {
    await pipeline(
      Readable.from(lines()),
      createGzip(),
      createWriteStream(growing, { fd: file, flush: true }),
    );
    await rename(growing, path);
    return count;
  } catch (error) {
    await rm(growing, { force: true });
    throw asRefusal(error, path);
  }
}

/** What the system says of a file: of a full disk or a folder that is not there, say. Other errors stay as they are. */
function asRefusal(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isOfFile = ['open', 'write', 'fsync', 'rename', 'close'].includes(syscall ?? '');
  return isOfFile ? new TransferRefused(`${path} cannot be written (${code}).`) : error;
}

/** @throws TransferRefused where the file is no backup of a format that we know */
export async function readManifest(path: string): Promise<Manifest> {
  for await (const { manifest } of readLines(path, true)) if (manifest !== undefined) return manifest;
  throw damaged(path);
}

/** Reads it to the end. @throws TransferRefused where anything in it is not as it was written */
export async function verifyBackup(path: string): Promise<void> {
  for await (const _ of readLines(path, false));
}

/** Everything between manifest and seal, of a file that was verified. */
export async function* readEntries(path: string): AsyncGenerator<Entry> {
  for await (const { entry } of readLines(path, false)) if (entry !== undefined) yield entry;
}

interface Line {
  readonly manifest?: Manifest;
  readonly entry?: Entry;
}

async function* readLines(path: string, manifestOnly: boolean): AsyncGenerator<Line> {
  const hash = createHash('sha256');
  let manifest: Manifest | null = null;
  let entries = 0;
  let isSealed = false;
  try {
    for await (const line of textLines(path)) {
      if (isSealed) throw damaged(path);
      if (manifest === null) {
        manifest = asManifest(line, path);
        yield { manifest };
        if (manifestOnly) return;
      } else {
        const value: unknown = JSON.parse(line);
        const seal = sealLine.safeParse(value);
        if (seal.success) {
          const { entries: expected, sha256 } = seal.data.seal;
          if (expected !== entries || sha256 !== hash.digest('hex')) throw damaged(path);
          isSealed = true;
          continue;
        }
        entries += 1;
        yield { entry: asEntry(line, value) };
      }
      hash.update(`${line}\n`);
    }
  } catch (error) {
    throw asDamage(error, path);
  }
  if (!isSealed) throw damaged(path);
}

async function* textLines(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = file.pipe(createGunzip()).setEncoding('utf8');
  file.once('error', (error) => text.destroy(error));
  let rest = '';
  try {
    for await (const chunk of text) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    file.destroy();
  }
  if (rest !== '') throw new SyntaxError('The last line does not end.');
}

function asManifest(line: string, path: string): Manifest {
  const parsed = manifestLine.safeParse(JSON.parse(line));
  if (parsed.success) return parsed.data;
  throw new TransferRefused(`${path} is no backup that this release can read.`);
}

function asEntry(line: string, value: unknown): Entry {
  const entry = entryLine.parse(value);
  return 'secret' in entry ? entry : { table: entry.table, row: line.slice(line.indexOf('"row":') + 6, -1) };
}

/** What reading a broken file comes to: errors of zlib, JSON and zod. Those of the file system stay as they are. */
function asDamage(error: unknown, path: string): unknown {
  if (error instanceof SyntaxError || error instanceof z.ZodError) return damaged(path);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new TransferRefused(`There is no file ${path}.`);
  return code?.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE' ? damaged(path) : error;
}

function damaged(path: string): TransferRefused {
  return new TransferRefused(
    `${path} is damaged or cut off: its checksum does not hold. Use another backup.`,
  );
}
