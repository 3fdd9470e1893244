import { isConfirmed } from '../../../scripts/remove/confirm.ts';
import type { StageContents } from '../../../scripts/remove/remove-stage.ts';

const stageWith = (isProtected: boolean): StageContents => ({
  stackExists: true,
  buckets: {},
  ledger: { items: 1, isProtected },
});
const nobody = { given: undefined, ask: undefined };
const typing = (typed: string) => ({ given: undefined, ask: () => Promise.resolve(typed) });

test('a stage that does not keep its data goes by its name alone', async () => {
  expect(await isConfirmed('anna', stageWith(false), nobody)).toBe(true);
});

test.each([
  ['prod', false],
  ['prod', true],
  ['anna', true],
])('%s, its ledger protected: %s, does not go where nobody can be asked', async (stage, isProtected) => {
  expect(await isConfirmed(stage, stageWith(isProtected), nobody)).toBe(false);
});

test('prod does not go by its name alone when its ledger is gone already', async () => {
  expect(await isConfirmed('prod', { ...stageWith(false), ledger: undefined }, nobody)).toBe(false);
});

test.each([
  ['prod', true],
  [' prod\n', true],
  ['Prod', false],
  ['y', false],
  ['', false],
])('"%s", typed for prod: %s', async (typed, expected) => {
  expect(await isConfirmed('prod', stageWith(true), typing(typed))).toBe(expected);
});

test('a name given beforehand must be the stage’s, and then nobody is asked', async () => {
  const ask = () => Promise.reject(new Error('asked'));
  expect(await isConfirmed('prod', stageWith(true), { given: 'prod', ask })).toBe(true);
  expect(await isConfirmed('prod', stageWith(true), { given: 'dev', ask })).toBe(false);
  expect(await isConfirmed('anna', stageWith(false), { given: 'ben', ask })).toBe(false);
});
