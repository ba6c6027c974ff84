import { expect, test } from 'vitest';
import { deskActs } from './desk-acts';

const keys = deskActs.flatMap((a) => [a.key, a.fieldKey, a.composerKey]).filter((k) => k !== undefined);

test('every key of the desk has one act', () => {
  const wanted = 'j k Enter u r n f m p o e z Shift+E i Shift+I h l w x . [ ] 1 2 3 F6 mod+k'
    .split(' ')
    .concat('g a', 'g d', 'g m', 'g u', 'mod+enter', 'mod+shift+enter', ';', 'Escape');
  expect(keys.toSorted()).toEqual(wanted.toSorted());
});

test('no act shares its name or id', () => {
  expect(new Set(deskActs.map((a) => a.id)).size).toBe(deskActs.length);
  expect(new Set(deskActs.map((a) => a.name)).size).toBe(deskActs.length);
});
