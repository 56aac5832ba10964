import { stat } from 'node:fs/promises';

/** False only where there is nothing: what cannot be looked at is an error. */
export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}
