export interface Series {
  readonly label: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** Drawn in dashes: what was published, or a bar to stay under. */
  readonly isReference?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  readonly isXLogarithmic?: boolean;
  readonly isYLogarithmic?: boolean;
}

const [WIDTH, HEIGHT] = [720, 420];
const MARGIN = { left: 64, right: 16, top: 40, bottom: 48 };
/** Told apart by those who see no red or green (Okabe and Ito, 2008). */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** A line chart as one SVG file, without script or font of its own. */
export function svgPlot(plot: Plot): string {
  const points = plot.series.flatMap((series) => series.points);
  const x = axis(
    points.map(([value]) => value),
    plot.isXLogarithmic === true,
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const y = axis(
    points.map(([, value]) => value),
    plot.isYLogarithmic === true,
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(WIDTH / 2, 22, plot.title, 'middle', 'font-size="15"'),
    ...x.ticks.map((tick) => grid(x.place(tick), MARGIN.top, x.place(tick), HEIGHT - MARGIN.bottom)),
    ...x.ticks.map((tick) => text(x.place(tick), HEIGHT - MARGIN.bottom + 16, number(tick), 'middle')),
    ...y.ticks.map((tick) => grid(MARGIN.left, y.place(tick), WIDTH - MARGIN.right, y.place(tick))),
    ...y.ticks.map((tick) => text(MARGIN.left - 6, y.place(tick) + 4, number(tick), 'end')),
    text((MARGIN.left + WIDTH) / 2, HEIGHT - 10, plot.xLabel, 'middle'),
    `<g transform="rotate(-90)">${text(-HEIGHT / 2, 14, plot.yLabel, 'middle')}</g>`,
    ...plot.series.flatMap((series, index) => line(series, index, x, y)),
    '</svg>',
    '',
  ].join('\n');
}

interface Axis {
  readonly ticks: readonly number[];
  readonly place: (value: number) => number;
}

function axis(
  values: readonly number[],
  isLogarithmic: boolean,
  [from, to]: readonly [number, number],
): Axis {
  const finite = values.filter((value) => Number.isFinite(value) && (!isLogarithmic || value > 0));
  const least = finite.length === 0 ? 0 : Math.min(...finite);
  const most = finite.length === 0 ? 1 : Math.max(...finite);
  const scale = (value: number): number => (isLogarithmic ? Math.log10(Math.max(value, least)) : value);
  const [low, high] = isLogarithmic
    ? [Math.floor(scale(least)), Math.max(Math.ceil(scale(most)), Math.floor(scale(least)) + 1)]
    : [Math.min(0, least), most === Math.min(0, least) ? least + 1 : most];
  const ticks = isLogarithmic
    ? Array.from({ length: high - low + 1 }, (_, step) => 10 ** (low + step))
    : roundSteps(low, high);
  return { ticks, place: (value) => from + ((scale(value) - low) / (high - low)) * (to - from) };
}

/** Five to ten steps of 1, 2 or 5 times a power of ten. */
function roundSteps(low: number, high: number): number[] {
  const power = 10 ** Math.floor(Math.log10((high - low) / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => (high - low) / size <= 10)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, place) => (first + place) * step);
}

function line({ label, points, isReference }: Series, index: number, x: Axis, y: Axis): string[] {
  const color = COLORS[index % COLORS.length]!;
  const dashes = isReference === true ? ' stroke-dasharray="6 4"' : '';
  const placed = points.filter(([, value]) => Number.isFinite(value));
  const path = placed.map(([px, py]) => `${x.place(px).toFixed(1)},${y.place(py).toFixed(1)}`).join(' ');
  const legendY = MARGIN.top + 14 + 16 * index;
  return [
    `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"${dashes}/>`,
    ...(placed.length > 12 || isReference === true ? [] : dots(placed, color, x, y)),
    `<line x1="${MARGIN.left + 10}" y1="${legendY - 4}" x2="${MARGIN.left + 34}" y2="${legendY - 4}" stroke="${color}" stroke-width="2"${dashes}/>`,
    text(MARGIN.left + 40, legendY, label, 'start'),
  ];
}

function dots(points: Series['points'], color: string, x: Axis, y: Axis): string[] {
  return points.map(
    ([px, py]) =>
      `<circle cx="${x.place(px).toFixed(1)}" cy="${y.place(py).toFixed(1)}" r="3" fill="${color}"/>`,
  );
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="#ddd"/>`;
}

function text(x: number, y: number, content: string, anchor: string, more = ''): string {
  const safe = content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="#222"${more === '' ? '' : ` ${more}`}>${safe}</text>`;
}

function number(value: number): string {
  return Number(value.toPrecision(6)).toLocaleString('en-GB');
}
