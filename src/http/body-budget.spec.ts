import { expect, test } from 'vitest';
import { BodyBudget, type Arriving } from './body-budget.js';

const refused: string[] = [];
function arriving(budget: BodyBudget, name: string, size: number): Arriving {
  const body: Arriving = { size: 0, refuse: ({ code }) => void refused.push(`${name} ${code}`) };
  budget.begin(body);
  budget.grow(body, size);
  return body;
}
const refusals = (): string[] => refused.splice(0);

test('bodies arrive side by side up to the bound, and beyond it the largest is refused', () => {
  const budget = new BodyBudget(100);
  arriving(budget, 'large', 60);
  const small = arriving(budget, 'small', 40);
  expect(refusals()).toEqual([]);
  budget.grow(small, 1);
  expect(refusals()).toEqual(['large rate_limited']);
  arriving(budget, 'medium', 50);
  expect(refusals()).toEqual([]);
});

test('what has arrived, or was given up, makes room', () => {
  const budget = new BodyBudget(100);
  for (let i = 0; i < 5; i += 1) {
    const body = arriving(budget, 'large', 100);
    budget.end(body);
    budget.end(body);
  }
  arriving(budget, 'another', 100);
  expect(refusals()).toEqual([]);
});

test('a refused body that goes on arriving counts no more', () => {
  const budget = new BodyBudget(100);
  const large = arriving(budget, 'large', 101);
  expect(refusals()).toEqual(['large rate_limited']);
  budget.grow(large, 1_000);
  arriving(budget, 'small', 100);
  expect(refusals()).toEqual([]);
});
