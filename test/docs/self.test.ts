import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repositoryFiles, root, textOf } from './repository.js';

const files = repositoryFiles();

/** `file:line text` of each line in which the pattern occurs. */
function occurrences(pattern: RegExp, among: readonly string[]): string[] {
  return among.flatMap((file) =>
    textOf(file)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim()}`] : [])),
  );
}

describe('the repository', () => {
  it('has files to look at', () => {
    expect(files).toContain('package.json');
    expect(occurrences(/"name": "lattice-discovery"/, ['package.json'])).toHaveLength(1);
  });

  it('mentions no path of a machine that it was built on', () => {
    expect(occurrences(/\/(?:home|Users|root|builds|work|workspace)\//, files)).toEqual([]);
  });

  it('takes packages from whatever registry npm is set to', () => {
    expect(occurrences(/"resolved": "http/, ['package-lock.json'])).toEqual([]);
  });

  it('leaves out no test because of one that was singled out', () => {
    const tests = files.filter((file) => /\.(spec|test)\.ts$/.test(file));
    expect(tests.length).toBeGreaterThan(0);
    expect(occurrences(/\b(?:it|test|describe|suite)\.only\b/, tests)).toEqual([]);
  });

  it('leaves nothing in the code for later', () => {
    const code = files.filter((file) => file.startsWith('src/'));
    expect(occurrences(/\b(?:TODO|FIXME|XXX)\b/, code)).toEqual([]);
  });

  it('refers to no ticket, which nobody has beside it', () => {
    const ticket = /\b(?:the|this|that) issue\b|\bissue #\d|\bacceptance criteri(?:a|on)\b/i;
    expect(occurrences(ticket, files)).toEqual([]);
    expect(ticket.test(`The fields of the ${'issue'}`)).toBe(true);
  });

  it('has a target for every link between its documents', () => {
    const documents = files.filter((file) => file.endsWith('.md'));
    expect(documents.length).toBeGreaterThan(0);
    expect(documents.flatMap(brokenLinks)).toEqual([]);
  });
});

function brokenLinks(document: string): string[] {
  const prose = textOf(document).replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(document, target))
    .map((target) => `${document}: ${target}`);
}

function leadsSomewhere(document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(root, file))) return false;
  if (anchor === undefined || statSync(join(root, file)).isDirectory()) return true;
  return headingAnchors(textOf(file)).includes(anchor);
}

/** As GitHub makes them. */
function headingAnchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
    match[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/ /g, '-'),
  );
}
