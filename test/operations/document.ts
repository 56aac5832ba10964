import { spawnSync } from 'node:child_process';

/**
 * What a document tells its reader to type. Only blocks marked `sh` (commands) and `console` (commands after `$ `, each
 * followed by what it prints) are; others show files and pictures. A comment on the line above a block may say
 *
 *   <!-- not run: why -->     for what a test machine cannot do
 *   <!-- until: text -->      for a command that ends only by Ctrl-C, once it has printed that text
 */
export interface Step {
  /** Of its first line, from 1. */
  readonly line: number;
  readonly command: string;
  /** The heading that it stands under. */
  readonly section: string;
  /** Null where it is run. */
  readonly notRun: string | null;
  readonly until: string | null;
  /** Null where the document shows none. */
  readonly output: string | null;
}

interface Block {
  readonly language: string;
  readonly firstLine: number;
  readonly lines: readonly string[];
  readonly remark: string;
  readonly section: string;
}

export function stepsOf(markdown: string): Step[] {
  return blocksOf(markdown).flatMap((block): Step[] => {
    const notRun = /^not run: (.+)$/.exec(block.remark)?.[1] ?? null;
    const until = /^until: (.+)$/.exec(block.remark)?.[1] ?? null;
    const common = { section: block.section, notRun, until };
    if (block.language === 'sh')
      return commandsOf(block).map((found) => ({ ...found, ...common, output: null }));
    if (block.language === 'console') return dialogueOf(block).map((found) => ({ ...found, ...common }));
    return [];
  });
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let remark = '';
  let open: { language: string; firstLine: number; lines: string[]; indent: number } | null = null;
  for (const [index, line] of markdown.split('\n').entries()) {
    const fence = /^( *)```(\w*)/.exec(line);
    if (open !== null) {
      if (fence === null) open.lines.push(line.slice(open.indent));
      else {
        blocks.push({ ...open, remark, section });
        [open, remark] = [null, ''];
      }
    } else if (fence !== null) {
      open = { language: fence[2]!, firstLine: index + 2, lines: [], indent: fence[1]!.length };
    } else if (line.trim() !== '') {
      remark = /^ *<!-- (.+) -->$/.exec(line)?.[1] ?? '';
      section = /^#+ (.+)$/.exec(line)?.[1] ?? section;
    }
  }
  return blocks;
}

type Found = Pick<Step, 'line' | 'command'>;

/** Lines belong to one command until the shell has no more to ask: quotes, loops and here-documents span several. */
function commandsOf({ lines, firstLine }: Pick<Block, 'lines' | 'firstLine'>): Found[] {
  const found: Found[] = [];
  let begun: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (begun.length === 0 && /^\s*(#.*)?$/.test(line)) continue;
    begun.push(line);
    if (!isWhole(begun.join('\n'))) continue;
    found.push({ line: firstLine + index - begun.length + 1, command: begun.join('\n') });
    begun = [];
  }
  if (begun.length > 0) throw new Error(`line ${firstLine}: this is no whole command:\n${begun.join('\n')}`);
  return found;
}

function isWhole(text: string): boolean {
  if (text.endsWith('\\')) return false;
  // Nothing in it that could stay open; asking the shell takes a process.
  if (/^[\w ./:=@,-]+$/.test(text) && !/^(?:for|while|until|if|case|select)\b/.test(text)) return true;
  // It only warns of a here-document without its end.
  const { status, stderr } = spawnSync('bash', ['-n'], { input: `${text}\n`, encoding: 'utf8' });
  return status === 0 && stderr === '';
}

function dialogueOf({ lines, firstLine }: Block): (Found & { output: string })[] {
  const starts = lines.flatMap((line, index) => (line.startsWith('$ ') ? [index] : []));
  return starts.map((start, which) => {
    const part = lines.slice(start, starts[which + 1]);
    let length = 1;
    while (part[length - 1]!.endsWith('\\')) length += 1;
    return {
      line: firstLine + start,
      command: part.slice(0, length).join('\n').slice(2),
      output: part.slice(length).join('\n').trim(),
    };
  });
}

/**
 * Whether a command printed what the document shows. `...` stands for anything in a line, and alone on a line for any
 * lines. Times, UUIDs, fingerprints, numbers and the widths of columns are those of the reader's machine.
 */
export function agrees(printed: string, shown: string): boolean {
  const pattern = plain(shown)
    .split('\n')
    .map((line) => (line.trim() === '...' ? '(?:.*\\n)*?' : `${anythingAtDots(line)}\\n`))
    .join('');
  return new RegExp(`^${pattern}$`).test(`${plain(printed)}\n`);
}

function anythingAtDots(line: string): string {
  return line
    .split('...')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
}

function plain(text: string): string {
  return text
    .trim()
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\b[0-9A-F]{32}\b/g, 'FINGERPRINT')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+(?:\+00:00|Z)/g, 'TIME')
    .replace(/\d+(?:\.\d+)*/g, '0')
    .replace(/[^\S\n]+/g, ' ')
    .replace(/ $/gm, '');
}
