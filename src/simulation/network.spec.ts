import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../platform/random.js';
import { SimulatedNetwork, type Call } from './network.js';
import { OVERHEAD } from './sizes.js';
import { VirtualClock } from './virtual-clock.js';

function network(loss = 0): SimulatedNetwork {
  return new SimulatedNetwork(new VirtualClock(), new SeededRandom(1), 3, loss);
}

const call = (changes: Partial<Call<string>> = {}): Call<string> => ({
  from: 0,
  to: 1,
  bytes: 100,
  handle: () => ({ bytes: 50, value: 'answer' }),
  done: () => undefined,
  ...changes,
});

describe('a call', () => {
  it('is answered after latency both ways, and costs both sides what they send', () => {
    const net = network();
    let answer: string | null = null;
    net.call(call({ done: (value) => (answer = value) }));
    net.clock.runUntil(10_000);
    expect(answer).toBe('answer');
    expect([...net.bytesSent]).toEqual([100 + OVERHEAD.request, 50 + OVERHEAD.answer, 0]);
  });

  it.each<[string, (net: SimulatedNetwork) => void]>([
    ['to a dead server', (net) => void (net.isDead[1] = 1)],
    ['into another part of the network', (net) => void (net.part[1] = 1)],
    ['that is lost', (net) => void (net.loss = 1)],
  ])('%s ends with its time', (_sentence, harm) => {
    const net = network();
    harm(net);
    const answers: (string | null)[] = [];
    net.call(call({ timeoutMs: 5_000, done: (value) => answers.push(value) }));
    net.clock.runUntil(4_999);
    expect(answers).toEqual([]);
    net.clock.runUntil(60_000);
    expect(answers).toEqual([null]);
  });

  it('to a slow server now and then takes too long, and to others never does', () => {
    const late = (isSlow: 0 | 1): number => {
      const net = network();
      net.isSlow[1] = isSlow;
      let count = 0;
      for (let calls = 0; calls < 200; calls += 1) {
        net.call(call({ timeoutMs: 5_000, done: (value) => (count += value === null ? 1 : 0) }));
      }
      net.clock.runUntil(60_000);
      return count;
    };
    expect(late(1)).toBeGreaterThan(50);
    expect(late(0)).toBe(0);
  });

  it('is lost each way as often as it should be', () => {
    const net = network(0.05);
    let lost = 0;
    for (let calls = 0; calls < 10_000; calls += 1) {
      net.call(call({ done: (value) => (lost += value === null ? 1 : 0) }));
    }
    net.clock.runUntil(60_000);
    expect(lost / 10_000).toBeCloseTo(1 - 0.95 ** 2, 1);
  });
});
