/**
 * A double as Python's `repr` writes it: `1.0`, `1e+16`, `1e-07`, `-0.0`, `NaN`.
 * Both languages print the shortest digits that read back as the same double; they differ in
 * where the exponent form begins (Python: from 1e16 up and below 1e-4) and in its shape.
 */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return '-0.0';
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const text = String(value);
  return text.includes('.') ? text : `${text}.0`;
}
