import { serializeInnerList, serializeItem, type InnerList, type Item } from './structured-field.js';

/** The value of a component of the request; null for one that the request lacks or that nobody here knows. */
export type ComponentValue = (component: Item) => string | null;

/**
 * What a signature covers (RFC 9421, 2.5): a line for each component, then the components and parameters themselves.
 * Null where a component has no value, or a value of several lines.
 */
export function signatureBase(covered: InnerList, valueOf: ComponentValue): string | null {
  const lines: string[] = [];
  for (const component of covered.items) {
    const value = valueOf(component);
    if (value === null || /[\r\n]/.test(value)) return null;
    lines.push(`${serializeItem(component)}: ${value}`);
  }
  lines.push(`"@signature-params": ${serializeInnerList(covered)}`);
  return lines.join('\n');
}
