import { readdirSync, readFileSync } from 'node:fs';

import { parameters } from '../../../offline/parameters/parameters.ts';

const root = new URL('../../../', import.meta.url);
const folders = ['resources/', 'stepfunctions/'];
const files = [
  'serverless.yml',
  ...folders.flatMap((folder) => readdirSync(new URL(folder, root)).map((name) => folder + name)),
];
const template = files.map((name) => readFileSync(new URL(name, root), 'utf8')).join('\n');

it('the stage parameters that are checked are the ones that the template uses, no more and no less', () => {
  const used = [...template.matchAll(/\$\{param:(\w+)/g)].map(([, name]) => name!);
  expect([...new Set(used)].sort()).toEqual(Object.keys(parameters).sort());
});
