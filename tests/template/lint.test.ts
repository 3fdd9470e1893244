import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagedTemplate } from '../support/packaged-template.ts';

/** Warnings that may stand, each with its reason. */
const accepted: readonly (readonly [rule: string, resource: RegExp, reason: string])[] = [
  ['W3005', /IamRoleLambdaExecution/, 'serverless-iam-roles-per-function writes the DependsOn that GetAtt implies.'],
];

const modes = {
  ingest: ['direct', 'queue'],
  archive: ['versions', 'bak'],
  redrive: ['queue', 'refire'],
  kms: ['none', 'managed'],
} as const;
type Combination = Readonly<{ stage: string; params: Readonly<Record<string, string>> }>;

const stages = ['dev', 'prod', 'anna'];

const everyCombination: readonly Combination[] = stages.flatMap((stage) =>
  modes.ingest.flatMap((ingest) =>
    modes.archive.flatMap((archive) =>
      modes.redrive.flatMap((redrive) =>
        modes.kms.map((kms) => ({ stage, params: { ingest, archive, redrive, kms } })),
      ),
    ),
  ),
);

/** Each stage and each value of each mode at least once: packaging takes seconds. EVERYFILE_MATRIX=1 takes them all. */
const fewCombinations: readonly Combination[] = [
  { stage: 'dev', params: {} },
  { stage: 'prod', params: { kms: 'managed', tracing: 'active', ingest: 'queue' } },
  { stage: 'anna', params: { archive: 'bak', redrive: 'refire' } },
];

const isFull = process.env['EVERYFILE_MATRIX'] === '1';
const combinations = isFull ? [...everyCombination, ...fewCombinations] : fewCombinations;
const isInstalled = spawnSync('cfn-lint', ['--version']).status === 0;
if (!isInstalled) console.warn('cfn-lint is not installed (pip install cfn-lint): the templates are not linted.');

type Finding = Readonly<{ Rule: { Id: string }; Message: string }>;

/** What cfn-lint says of one template and nobody has accepted. */
const findingsOf = async (template: unknown): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-lint-'));
  try {
    const file = join(folder, 'template.json');
    await writeFile(file, JSON.stringify(template));
    const { stdout, stderr } = spawnSync('cfn-lint', ['-t', file, '-r', 'us-east-1', '-f', 'json'], {
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(`cfn-lint said nothing: ${stderr}`);
    return (JSON.parse(stdout) as Finding[])
      .filter(({ Rule, Message }) => !accepted.some(([rule, about]) => rule === Rule.Id && about.test(Message)))
      .map(({ Rule, Message }) => `${Rule.Id} ${Message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

(isInstalled ? test.each(combinations) : test.skip.each(combinations))(
  'cfn-lint finds nothing in $stage with $params but what is accepted',
  async (combination) => {
    expect(await findingsOf(await packagedTemplate(combination))).toEqual([]);
  },
  600_000,
);

(isInstalled ? test : test.skip)('and it would find a mistake', async () => {
  const template = await packagedTemplate({ stage: 'dev' });
  const broken = structuredClone(template) as { Resources: Record<string, { Properties: Record<string, unknown> }> };
  broken.Resources['WorkQueue']!.Properties['VisibilityTimeout'] = 'soon';
  expect(await findingsOf(broken)).toEqual([expect.stringMatching(/^E/)]);
});
