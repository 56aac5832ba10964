import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, textOf } from '../docs/repository.js';
import { agrees, stepsOf, type Step } from './document.js';
import { Machine, traces, whyNoMachine, type Outcome } from './machine.js';
import { createOrigin } from './origin.js';

const DOCUMENT = 'docs/operations.md';
const STEP_LIMIT_MS = 300_000;

const missing = whyNoMachine();
const why = missing === null ? '' : ` (skipped: ${missing})`;

/** What has to happen in the world before a section makes sense. */
const BEFORE: Readonly<Record<string, string>> = {
  Upgrade: 'git -C /srv/origin.git update-ref refs/heads/main refs/heads/next',
};

/**
 * A person is slower than a script. nginx is told to reload and lets its old workers finish; the daemon is ready before
 * it has looked whether the proxy keeps strangers out. What comes next is typed when that is over.
 */
const PATIENCE: readonly { readonly after: RegExp; readonly note: string; readonly wait: string }[] = [
  {
    after: /^systemctl reload nginx$/,
    note: "old=$(pgrep --newest -f '^nginx: worker')",
    wait: 'while kill -0 "$old" 2>/dev/null; do sleep 0.1; done',
  },
  {
    after: /^systemctl (?:re)?start .*lattice-discovery/,
    note: 'true',
    // Not by asking: what is turned away while the daemon looks counts against the proxy.
    wait: [
      'run=$(systemctl show --property=InvocationID --value lattice-discovery)',
      'until journalctl -q _SYSTEMD_INVOCATION_ID="$run" | grep -qF "Administration without a token is on"',
      'do sleep 0.2; done',
    ].join('\n'),
  },
];

describe.skipIf(missing !== null)(`${DOCUMENT}, typed in command by command${why}`, () => {
  const steps = stepsOf(textOf(DOCUMENT));
  const before = missing === null ? traces() : '';
  const replaced: string[] = [];
  let machine: Machine;
  let section = '';
  let hasFailed = false;

  beforeAll(async () => {
    const cache = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
    machine = await Machine.boot(
      (upper) => createOrigin(join(upper, 'srv/origin.git')),
      [`${root}:/srv/source`, `${cache}:/srv/npm-cache`],
    );
    const stage = await machine.run(`bash /srv/source/test/operations/stage.sh '${process.execPath}'`);
    expect(stage).toEqual({ status: 0, printed: '' });
    await machine.run('export NODE_EXTRA_CA_CERTS=/etc/ssl/test-authority.pem');
  }, STEP_LIMIT_MS);

  afterAll(async () => {
    await machine.end();
    console.log(summary(steps, replaced));
  });

  it('has commands to type', () => {
    expect(steps.filter(({ notRun }) => notRun === null).length).toBeGreaterThan(40);
  });

  for (const step of steps) {
    if (step.notRun !== null) {
      it.skip(`${titleOf(step)} (not run: ${step.notRun})`);
      continue;
    }
    it(
      titleOf(step),
      async (context) => {
        // What follows a failure would only repeat it.
        if (hasFailed) context.skip('a command before it failed');
        hasFailed = true;
        if (step.section !== section) await machine.run(BEFORE[step.section] ?? 'true');
        section = step.section;
        const outcome = await type(step);
        expect(outcome, outcome.printed).toMatchObject({ status: 0 });
        if (step.output !== null && !agrees(outcome.printed, step.output)) {
          expect(outcome.printed.trim()).toBe(step.output);
        }
        hasFailed = false;
      },
      STEP_LIMIT_MS,
    );
  }

  it('leaves nothing of it on the machine that the tests run on', async () => {
    await machine.end();
    expect(traces()).toBe(before);
  });

  async function type({ command, until }: Step): Promise<Outcome> {
    if (until !== null) return machine.runUntil(command, until);
    const patience = PATIENCE.find(({ after }) => after.test(command));
    await machine.run(patience?.note ?? 'true');
    const outcome = await machine.run(command);
    await machine.run(patience?.wait ?? 'true');
    if (command !== 'npm ci' || !outcome.printed.includes('ENOTCACHED')) return outcome;
    replaced.push('npm ci: the packages were copied, as the cache of npm does not hold all of them');
    return machine.run('cp -a /srv/source/node_modules .');
  }
});

function titleOf({ section, command, line }: Step): string {
  return `${section}: ${command.split('\n')[0]} (line ${line})`;
}

function summary(steps: readonly Step[], replaced: readonly string[]): string {
  const notRun = steps.filter((step) => step.notRun !== null);
  return [
    `${DOCUMENT}: ${steps.length - notRun.length} commands were typed in, ${notRun.length} were not:`,
    ...notRun.map((step) => `  line ${step.line}: ${step.command} (${step.notRun})`),
    'The registry, git.example.org and the certificates were stand-ins in the throw-away machine.',
    ...replaced,
  ].join('\n');
}
