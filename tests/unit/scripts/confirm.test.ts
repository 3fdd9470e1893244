import { isConfirmed } from '../../../scripts/remove/confirm.ts';

const typing = (typed: string) => ({ given: undefined, ask: () => Promise.resolve(typed) });

test.each(['anna', 'prod'])('%s does not go where nobody can be asked', async (stage) => {
  expect(await isConfirmed(stage, { given: undefined, ask: undefined })).toBe(false);
});

test.each([
  ['anna', 'anna', true],
  ['anna', 'ben', false],
  ['anna', '', false],
  ['prod', 'prod', true],
  ['prod', ' prod\n', true],
  ['prod', 'Prod', false],
  ['prod', 'y', false],
])('of %s, with "%s" typed: %s', async (stage, typed, expected) => {
  expect(await isConfirmed(stage, typing(typed))).toBe(expected);
});

test('a name given beforehand must be the stage’s, and then nobody is asked', async () => {
  const ask = () => Promise.reject(new Error('asked'));
  expect(await isConfirmed('prod', { given: 'prod', ask })).toBe(true);
  expect(await isConfirmed('prod', { given: 'dev', ask })).toBe(false);
  expect(await isConfirmed('anna', { given: 'ben', ask })).toBe(false);
});
