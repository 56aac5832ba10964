import { widthOf } from '../terminal-text.js';

const ESC = '\x1b[';

/** The part of a terminal that the demo draws anew whenever something changed. */
export class Screen {
  private shown: readonly string[] = [];

  constructor(private readonly terminal: Pick<NodeJS.WriteStream, 'write' | 'columns'>) {}

  /** Shows these lines in place of those shown before. */
  show(lines: readonly string[]): void {
    // A line that wraps would count as two when it is drawn over.
    const cut = lines.map((line) => line.slice(0, widthOf(this.terminal) - 1));
    if (cut.join('\n') === this.shown.join('\n')) return;
    const back = this.shown.length === 0 ? '' : `${ESC}${this.shown.length}F${ESC}0J`;
    this.terminal.write(`${back}${cut.map((line) => `${line}\n`).join('')}`);
    this.shown = cut;
  }
}
