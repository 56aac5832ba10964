/** A piece of HTML that is safe to be put into a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[];

/** A template whose texts are escaped; pieces of HTML stay as they are. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(literals.reduce((page, literal, i) => page + textOf(parts[i - 1] ?? '') + literal));
}

/** A sentence in which `code` stands between backticks, and paragraphs between empty lines. */
export function prose(text: string): Html {
  const pieces = text
    .split('`')
    .map((piece, i) =>
      i % 2 === 1 ? html`<code>${piece}</code>` : new Html(escaped(piece).replaceAll('\n\n', '<br>')),
    );
  return html`${pieces}`;
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
