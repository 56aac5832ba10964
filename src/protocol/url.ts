/**
 * The URL, or null. Not by `URL.canParse`: as soon as Node 20 has optimised a caller of it, it takes a text with `ü` for
 * no URL; and URL.parse is not there yet.
 */
export function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
