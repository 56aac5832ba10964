import { SystemClock } from '../platform/clock.js';
import { simulate } from './simulate.js';

const clock = new SystemClock();
const startedAtMs = clock.elapsed();
const tell = (text: string): void => void process.stderr.write(`${text}\n`);
process.exitCode = simulate(process.argv.slice(2), {
  print: (text) => void process.stdout.write(`${text}\n`),
  tell,
});
// Beside the summary, which is the same for the same seed.
const seconds = Math.round((clock.elapsed() - startedAtMs) / 1_000);
tell(`took ${seconds} s, and ${Math.round(process.resourceUsage().maxRSS / 1_024)} MiB at most`);
