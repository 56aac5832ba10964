/** EX_CONFIG of sysexits.h. systemd units name it in RestartPreventExitStatus. */
export const CONFIG_EXIT_CODE = 78;

export interface ConfigProblem {
  readonly variable: string;
  /** What was wrong. Never holds the value of a secret. */
  readonly problem: string;
  /** A line that would be right, as it stands in an environment file. */
  readonly example: string;
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly exitCode = CONFIG_EXIT_CODE;

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(describe(problems));
  }
}

function describe(problems: readonly ConfigProblem[]): string {
  const lines = problems.map((p) => `  ${p.variable}: ${p.problem}\n    for example: ${p.example}`);
  return ['The configuration cannot be used:', ...lines].join('\n');
}
