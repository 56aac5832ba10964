import { expect, it } from 'vitest';
import { parseUrl } from './url.js';

it('reads what is a URL, and nothing else', () => {
  expect(parseUrl('https://Chat.example.org:443/x')?.href).toBe('https://chat.example.org/x');
  expect(parseUrl('chat.example.org')).toBeNull();
  expect(parseUrl('')).toBeNull();
});

it('reads a name outside ASCII however often it is asked, optimised or not', () => {
  const hosts = new Set(
    Array.from({ length: 50_000 }, () => parseUrl('https://bücher.example')?.host ?? 'none'),
  );
  expect([...hosts]).toEqual(['xn--bcher-kva.example']);
});
