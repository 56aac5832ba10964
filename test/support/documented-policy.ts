import { readFileSync } from 'node:fs';

/** The policy that docs/secrets.md tells operators to write, for another place: so what is documented is what is tested. */
export function documentedPolicy(place: {
  readonly mount: string;
  readonly path: string;
  readonly role: string;
}): string {
  const text = readFileSync(new URL('../../docs/secrets.md', import.meta.url), 'utf8');
  const policy = /```hcl\n([\s\S]*?)```/.exec(text)?.[1];
  if (policy === undefined) throw new Error('docs/secrets.md shows no policy.');
  return policy
    .replaceAll('secret/data/lattice', `${place.mount}/data/${place.path}`)
    .replaceAll('approle/role/lattice', `approle/role/${place.role}`);
}
