import { expect, test } from 'vitest';
import { preview } from './preview';

test('a row shows what is asked, not to whom', () => {
  expect(preview('@northwindgear do the boots come in 42?\nThanks')).toBe('do the boots come in 42?');
  expect(preview('@ana @northwindgear: same here')).toBe('same here');
  expect(preview('Hallo @northwindgear, mein Zelt ist da')).toBe('Hallo @northwindgear, mein Zelt ist da');
  expect(preview('@northwindgear')).toBe('@northwindgear');
  expect(preview('see https://t.co/B0E8DxDdPe and tell me')).toBe('see and tell me');
  expect(preview('@northwindgear https://t.co/B0E8DxDdPe')).toBe('@northwindgear https://t.co/B0E8DxDdPe');
  expect(preview('')).toBe('');
});
