import type { Mutant } from '../mutants/mutant.ts';
import { mutants } from '../mutants/mutants.ts';
import { tryMutants } from '../mutants/try-mutants.ts';

const mutantOf = (name: string): Mutant => mutants.find((mutant) => mutant.name === name)!;
const known = mutantOf('skew-not-added');

/** A quick share of `npm run mutants`: rules whose tests take no time; and one of these rules before eyes that look elsewhere, or for something else. */
const share: readonly Mutant[] = [
  known,
  mutantOf('baton-without-fence'),
  mutantOf('lost-lease-works-on'),
  { ...known, name: 'unseen', catcher: 'unit/domain/derived-key' },
  { ...known, name: 'seen otherwise', says: 'no failure says this' },
];

it('a rule taken away is noticed by the test that is named for it, and for the reason that is, and by no other', async () => {
  const verdicts = await tryMutants(share);
  expect(Object.fromEntries(verdicts.map(({ mutant, caught }) => [mutant.name, caught]))).toEqual({
    'skew-not-added': true,
    'baton-without-fence': true,
    'lost-lease-works-on': true,
    unseen: false,
    'seen otherwise': false,
  });
});

it('a mutant whose catcher is gone, or is empty, fails the run', async () => {
  await expect(tryMutants([{ ...known, catcher: 'unit/domain/no-such-test' }])).rejects.toThrow('no-such-test');
  await expect(tryMutants([{ ...known, test: 'no test has these words' }])).rejects.toThrow('no test ran');
});

it('a mutant whose text is no longer in the code fails the run', async () => {
  await expect(tryMutants([{ ...known, find: 'no such text' }])).rejects.toThrow('0 times, not once');
});
