import { expect, test } from 'vitest';
import { pieces, withoutPictures } from './text';

const entities = {
  mentions: [{ handle: 'ann' }, { handle: 'Anna' }],
  urls: [
    { url: 'https://t.co/a', expanded_url: 'https://example.com/a', display_url: 'example.com/a' },
    { url: 'https://t.co/b', expanded_url: 'https://x.com/ann/status/1/photo/1' },
    { url: 'https://t.co/c', expanded_url: 'javascript:alert(1)', display_url: 'c' },
  ],
};

test('links and mentions are pieces of the text', () => {
  expect(pieces('@anna see https://t.co/a', entities)).toEqual([
    { text: '@anna', href: 'https://x.com/Anna' },
    { text: ' see ' },
    { text: 'example.com/a', href: 'https://example.com/a' },
  ]);
});

test('what is no address of the web is no link, and markup is text', () => {
  expect(pieces('https://t.co/c', entities)[0]!.href).toBeUndefined();
  expect(pieces('<b>x</b>', null)).toEqual([{ text: '<b>x</b>' }]);
});

test('the link to a picture that is shown is left out', () => {
  expect(withoutPictures('Split again https://t.co/b', entities, 1)).toBe('Split again');
  expect(withoutPictures('Split again https://t.co/b', entities, 0)).toBe('Split again https://t.co/b');
});
