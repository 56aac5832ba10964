import { createRequire } from 'node:module';

/** The version of this release, as its package says it. */
export function releaseVersion(): string {
  return (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
}
