import { dirname, join } from 'node:path/posix';
import { expect, it } from 'vitest';
import { repositoryFiles, textOf } from './repository.js';

const EXPORTED = /^export (?:abstract |async )*(?:const|let|function\*?|class) (\w+)/gm;

/** By path from the root. */
const texts = new Map(
  repositoryFiles()
    .filter((path) => /^(?:(?:src|test|bench)\/.*|[^/]+)\.(?:ts|mjs)$/.test(path))
    .map((path) => [path, textOf(path)]),
);

/** By the path of a file, the words of each file that imports it. */
const importers = new Map<string, ReadonlySet<string>[]>();
for (const [path, text] of texts) {
  const words = new Set(text.match(/\w+/g));
  for (const [, relative] of text.matchAll(/'(\.{1,2}\/[^']+)\.js'/g)) {
    const imported = `${join(dirname(path), relative!)}.ts`;
    importers.set(imported, [...(importers.get(imported) ?? []), words]);
  }
}

it('what is exported, one of those who import its file makes use of: nobody else has to look for users of the rest', () => {
  const unused = [...texts].flatMap(([path, text]) =>
    [...text.matchAll(EXPORTED)].flatMap(([, name]) =>
      (importers.get(path) ?? []).some((words) => words.has(name!)) ? [] : [`${path} ${name}`],
    ),
  );
  expect(importers.size).toBeGreaterThan(300);
  expect(unused).toEqual([]);
});
