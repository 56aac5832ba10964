/** The rows of every Markdown table whose first column has this heading, cell by cell, without the heading. */
export function tableRows(markdown: string, heading: string): string[][] {
  const rows: string[][] = [];
  let isInside = false;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) isInside = false;
    else if (cellsOf(line)[0] === heading) isInside = true;
    else if (isInside && !/^\|[-\s|:]+$/.test(line)) rows.push(cellsOf(line));
  }
  return rows;
}

/** The content of a cell that is one piece of code. */
export function code(cell = ''): string {
  return cell.replaceAll('`', '');
}

function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}
