import type { ConfigProblem } from '../../config/config-error.js';
import { failed, ok, warning, type Verdict } from './finding.js';

/**
 * @param problems of the settings, with what the secret store holds where it could be read
 * @param isWhole whether it could be read
 */
export function judgeConfiguration(problems: readonly ConfigProblem[], isWhole: boolean): Verdict {
  if (problems.length > 0)
    return failed(
      problems.map(({ variable, problem }) => `${variable}: ${problem}.`).join(' '),
      `Set, for example, ${problems.map(({ example }) => example).join(' and ')}.`,
    );
  return isWhole
    ? ok('All settings can be used.')
    : warning(
        'The settings of the environment can be used; those in the secret store could not be read.',
        'See to the secret store first.',
      );
}
