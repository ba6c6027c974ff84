import { expect, test } from 'vitest';
import { fill } from './fill';
import { likeness, tooAlike } from './similar';
import { linksIn, weight } from './weight';
import { money } from './money';
import { idIn } from '$lib/thread/id-in';

test('a text weighs what X says', () => {
  expect(weight('Hello')).toBe(5);
  expect(weight('café')).toBe(4);
  expect(weight('日本')).toBe(4);
  expect(weight('👍🏽')).toBe(2);
  expect(weight('👨‍👩‍👧‍👦 🇩🇪')).toBe(5);
  expect(weight('see https://example.com/a/very/long/address?with=query')).toBe(27);
  expect(weight('“quoted” – dash…')).toBe(17);
  expect(linksIn('go to example.com/help, not to e.g. this')).toEqual(['example.com/help']);
});

test('what is nearly the same is said to be', () => {
  const sent = ['Hi Leila, could you send us your order number by message?'];
  expect(tooAlike('Hi Leila, could you send us your order number by message!', sent)).toBe(true);
  expect(tooAlike('Thank you, the workshop will be delighted to read this.', sent)).toBe(false);
  expect(tooAlike('Thanks', ['Thanks'])).toBe(false);
  expect(likeness('', 'x')).toBe(0);
});

test('saved replies are filled, unknown names are left to be seen', () => {
  expect(
    fill('Hi {{name}} ({{handle}}), case {{case_no}}', { name: 'Leila', handle: '@leila', case_no: '' }),
  ).toBe('Hi Leila (@leila), case {{case_no}}');
});

test('costs have the digits that matter', () => {
  expect(money(10_000, 'en-US')).toBe('$0.010');
  expect(money(200_000, 'en-US')).toBe('$0.20');
});

test('an X id is found in an address', () => {
  expect(idIn('https://x.com/acme/status/2126154498832421241?s=20')).toBe('2126154498832421241');
  expect(idIn(' 42 ')).toBe('42');
  expect(idIn('https://x.com/acme')).toBeNull();
});
