/** Takes out of a text what must not be seen. */
export type Redact = (text: string) => string;

const REMOVED = '[redacted]';

/** Shorter ones would blot out ordinary words, and protect nothing. */
const MIN_SECRET_LENGTH = 4;

// A block without its end is a truncated one: everything behind its head goes.
const PEM_PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/;

/** Private keys in PEM and the given secrets, also as they look inside a URL or a JSON text. */
export function redactor(secrets: readonly string[]): Redact {
  const spellings = secrets.filter((secret) => secret.length >= MIN_SECRET_LENGTH).flatMap(spellingsOf);
  // The longest first: a secret that begins with another must go whole.
  const literals = [...new Set(spellings)].sort((a, b) => b.length - a.length).map(escapeForPattern);
  const pattern = new RegExp([PEM_PRIVATE_KEY.source, ...literals].join('|'), 'g');
  return (text) => text.replace(pattern, REMOVED);
}

function spellingsOf(secret: string): string[] {
  return [secret, encodeURIComponent(secret.toWellFormed()), JSON.stringify(secret).slice(1, -1)];
}

function escapeForPattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
