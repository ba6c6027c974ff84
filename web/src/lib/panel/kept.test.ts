import { expect, test } from 'vitest';
import { blank, keep, read } from './kept';

test('a row without text is forgotten', () => {
  const one = keep({}, 'a', { note: 'call back' });
  expect(one.a?.note).toBe('call back');
  expect(one.a?.followUp).toBe(true);
  expect(keep(one, 'a', { note: '' })).toEqual({});
});

test('the oldest of many rows goes first', () => {
  let all = {};
  for (let i = 0; i < 60; i++) all = keep(all, `r${i}`, { note: 'x' });
  expect(Object.keys(all)).toHaveLength(50);
  expect(all).toHaveProperty('r59');
  expect(all).not.toHaveProperty('r9');
});

test('what is not ours is not believed', () => {
  expect(read('nonsense')).toEqual({});
  expect(read(null)).toEqual({});
  expect(read('{"a":{"note":"n"}}')).toEqual({ a: { ...blank, note: 'n' } });
});
