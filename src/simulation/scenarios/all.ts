import type { Scenario } from '../scenario.js';
import { churn } from './churn.js';
import { detection } from './detection.js';
import { failures } from './failures.js';
import { flood } from './flood.js';
import { join } from './join.js';
import { legacy } from './legacy.js';
import { partition } from './partition.js';
import { skew } from './skew.js';
import { spread } from './spread.js';
import { sybil } from './sybil.js';

export const SCENARIOS = {
  spread,
  join,
  churn,
  failures,
  partition,
  detection,
  sybil,
  flood,
  legacy,
  skew,
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
