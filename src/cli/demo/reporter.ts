import type { Acquaintance } from './acquaintance.js';
import { meetings } from './acquaintance.js';
import { type Figure, tableLines } from './picture.js';
import { Screen } from './screen.js';

/** What is to be told of the demo at one moment. */
export interface Scene {
  readonly figures: readonly Figure[];
  readonly acquaintance: Acquaintance;
  readonly elapsedMs: number;
  /** What follows once all know all; empty before. */
  readonly epilogue: readonly string[];
}

/** Tells the demo to whoever watches. */
export interface Reporter {
  tell(scene: Scene): void;
}

/** A table that is drawn in place. */
export class TerminalReporter implements Reporter {
  private readonly screen: Screen;

  constructor(terminal: Pick<NodeJS.WriteStream, 'write' | 'columns'>) {
    this.screen = new Screen(terminal);
  }

  tell({ figures, acquaintance, elapsedMs, epilogue }: Scene): void {
    const seconds = `Who knows whom after ${Math.floor(elapsedMs / 1000)} s:`;
    // With the epilogue the clock stops: it says itself how long it took.
    const title = epilogue.length === 0 ? seconds : 'Who knows whom:';
    this.screen.show([title, '', ...tableLines(figures, acquaintance), '', ...epilogue]);
  }
}

/** For a log or a pipe: a line for every change, the table at the end. */
export class LineReporter implements Reporter {
  private before: Scene | null = null;

  constructor(private readonly print: (line: string) => void) {}

  tell(scene: Scene): void {
    const { figures, acquaintance, elapsedMs, epilogue } = scene;
    const at = `${(elapsedMs / 1000).toFixed(1).padStart(5)} s`;
    const running = new Set(this.before?.figures.filter(({ url }) => url !== null).map(({ name }) => name));
    for (const { name, url } of figures) {
      if (url !== null && !running.has(name)) this.print(`${at}  ${name} runs on ${url}`);
    }
    for (const { who, whom } of meetings(this.before?.acquaintance ?? new Map(), acquaintance)) {
      this.print(`${at}  ${who} knows ${whom}`);
    }
    if (epilogue.length > 0 && (this.before?.epilogue.length ?? 0) === 0) {
      for (const line of ['', ...tableLines(figures, acquaintance), '', ...epilogue]) this.print(line);
    }
    this.before = scene;
  }
}
