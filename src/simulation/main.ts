import { simulate } from './simulate.js';

process.exitCode = simulate(process.argv.slice(2), {
  print: (text) => process.stdout.write(`${text}\n`),
  tell: (text) => process.stderr.write(`${text}\n`),
});
