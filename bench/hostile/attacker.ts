import { readFile } from 'node:fs/promises';
import { attack, type Counts, type Kind } from './attacks.js';

/** What the benchmark tells this process, and what it hears from it. */
export interface Order {
  readonly kinds: readonly Kind[];
  readonly port: number;
  /** A JSON list of texts. */
  readonly bodiesFile: string;
}
export type Word = 'ready' | 'over' | { readonly counts: Counts };

process.on('disconnect', () => process.exit());
process.once('message', (order: Order) => void obey(order));
say('ready');

async function obey({ kinds, port, bodiesFile }: Order): Promise<void> {
  const counts: Counts = {};
  const texts = kinds.includes('strangers')
    ? (JSON.parse(await readFile(bodiesFile, 'utf8')) as string[])
    : [];
  const bodies = texts.map((text) => Buffer.from(text));
  process.once('message', () => process.send!({ counts } satisfies Word, () => process.exit()));
  await Promise.all(kinds.map((kind) => attack(kind, { port, bodies }, counts)));
  say('over');
}

function say(word: Word): void {
  process.send!(word);
}
