import { isJsonObject, parseJson, type JsonValue } from './json.js';

/** What an answer of another server says under a name; undefined where it says nothing of it, or is not JSON. */
export function fieldIn(text: string, name: string): JsonValue | undefined {
  try {
    const answer = parseJson(text);
    return isJsonObject(answer) ? answer[name] : undefined;
  } catch {
    return undefined;
  }
}

/** This daemon's answers carry a code beside the detail; deployed servers' do not. */
export function errorCodeIn(text: string): string | null {
  const code = fieldIn(text, 'code');
  return typeof code === 'string' ? code : null;
}
