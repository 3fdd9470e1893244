import { access, readFile } from 'node:fs/promises';
import { mutants } from '../mutants/mutants.ts';

it('each mutant breaks one place of the code, has a name of its own, and names a test that is there', async () => {
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  for (const { name, file, find, replace, catcher } of mutants) {
    const source = await readFile(file, 'utf8');
    expect([name, source.split(find).length - 1]).toEqual([name, 1]);
    expect([name, find]).not.toEqual([name, replace]);
    await access(`tests/${catcher}.test.ts`);
  }
});

it('docs/proof/mutants.md lists them all, each with its rule and its catcher, and no other', async () => {
  const rows = (await readFile('docs/proof/mutants.md', 'utf8'))
    .split('\n')
    .filter((line) => /^\| [a-z][a-z-]+ +\|/.test(line) && !line.startsWith('| mutant '))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, 4)
        .map((cell) => cell.trim()),
    );
  expect(rows).toEqual(mutants.map(({ name, rule, catcher }) => [name, rule, `\`tests/${catcher}.test.ts\``]));
});
