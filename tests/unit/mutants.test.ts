import { access, readFile } from 'node:fs/promises';
import { mutants } from '../mutants/mutants.ts';
import { ofTheModel } from '../mutants/of-the-model.ts';

it('each mutant breaks one place of the code, has a name of its own, and names a test that is there', async () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { name, file, find, replace, catcher } of mutants) {
    const source = await readFile(file, 'utf8');
    expect([name, source.split(find).length - 1]).toEqual([name, 1]);
    expect([name, find]).not.toEqual([name, replace]);
    await access(`tests/${catcher}.test.ts`);
  }
});

/** The cells of the table below that heading, or below the first lines. */
const tableIn = async (heading?: string): Promise<string[][]> => {
  const text = await readFile('docs/proof/mutants.md', 'utf8');
  const parts = text.split(/^## /m);
  const part = heading === undefined ? parts[0] : parts.find((one) => one.startsWith(heading));
  return (part ?? '')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
};

it('docs/proof/mutants.md lists them all, each with its rule, its catcher and what that must say, and no other', async () => {
  const promised = (says = ''): string => (/^[A-Z ]+$/.test(says) ? `: ${says}` : '');
  expect(await tableIn()).toEqual(
    mutants.map(({ name, rule, catcher, says }) => [name, rule, `\`tests/${catcher}.test.ts\`${promised(says)}`]),
  );
});

it('each mutant of the protocol’s model has its like among them, and docs/proof/mutants.md says which', async () => {
  const names = new Set(mutants.map(({ name }) => name));
  const likes = Object.entries(ofTheModel);
  expect(likes).toHaveLength(22);
  for (const [one, ours] of likes)
    expect([one, ours.length > 0, ours.every((name) => names.has(name))]).toEqual([one, true, true]);
  expect(await tableIn('Beside the protocol')).toEqual(
    likes.map(([one, ours]) => [one, ours.map((name) => `\`${name}\``).join(', ')]),
  );
});
