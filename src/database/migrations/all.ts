import { CreateDirectory1764000000000 } from './1764000000000-create-directory.js';

/** Every migration, oldest first. One that was released is never changed: later ones correct it. */
export const MIGRATIONS = [CreateDirectory1764000000000];
