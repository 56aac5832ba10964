/** The common case, which Node decodes as Python does. */
const WELL_FORMED = /^[A-Za-z0-9+/]*={0,2}$/;
const DIGIT = /[A-Za-z0-9+/]/;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * Decodes base64 as Python's `b64decode` does, by which deployed servers read signatures (wire protocol 1.2):
 * characters outside the standard alphabet are skipped, reading ends with the padding of the last four
 * characters, and where that is missing, or a character is not ASCII, the answer is null.
 */
export function decodeBase64(text: string): Buffer | null {
  if (text.length % 4 === 0 && WELL_FORMED.test(text)) return Buffer.from(text, 'base64');
  if (NOT_ASCII.test(text)) return null;
  let digits = '';
  let pads = 0;
  for (const character of text) {
    if (character === '=') {
      const filled = digits.length % 4;
      if (filled < 2) continue;
      pads += 1;
      if (filled + pads >= 4) return Buffer.from(digits, 'base64');
    } else if (DIGIT.test(character)) {
      digits += character;
      pads = 0;
    }
  }
  return digits.length % 4 === 0 ? Buffer.from(digits, 'base64') : null;
}

/** The same bytes as everybody writes them; a text that cannot be read as it is. */
export function plainBase64(text: string): string {
  return decodeBase64(text)?.toString('base64') ?? text;
}
