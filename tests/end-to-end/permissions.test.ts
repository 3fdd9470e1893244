import { exerciseFunctions } from '../support/exercise-functions.ts';
import { grantedPermissions, rolesOf } from '../support/granted-permissions.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { comparePermissions, lineOf, usedPermissions } from '../support/permissions.ts';
import type { Exception, Permission } from '../support/permissions.ts';

/** What no call of a run shows. */
const exceptions: readonly Exception[] = [
  ...['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'].map((action) => ({
    action,
    reason: 'Lambda writes the log with the function’s role; the plugin that makes the roles grants it.',
  })),
  {
    action: 's3:PutObject',
    caller: 'logExport',
    reason:
      'Who creates an export task must be allowed to write to its bucket, though CloudWatch Logs writes by itself.',
  },
  {
    action: 's3:AbortMultipartUpload',
    reason: 'Only a copy above 5 GB is made by parts, and only a failed one aborted.',
  },
  {
    action: 'dynamodb:GetItem',
    caller: 'processor',
    reason: 'Read where a refused write meets no item at all: it has been deleted under its owner.',
  },
  {
    action: 'sqs:ChangeMessageVisibility',
    sometimes: true,
    reason: 'A batch that was received ahead is put back when time runs out before it: no run is sure to meet that.',
  },
  {
    action: 'sqs:SendMessage',
    resource: /:everyfile-local-work-dlq$/,
    caller: 'processor',
    reason: 'Lambda itself sends the event that failed, with the function’s role.',
  },
];

/** Every value of every mode that changes a role, once. */
const stages = [
  { stage: 'dev', params: { ingest: 'queue' } },
  { stage: 'anna', params: { archive: 'bak', redrive: 'refire' } },
] as const;

/** What the roles allow, and what the functions did. */
type Measured = Readonly<{ granted: readonly Permission[]; used: readonly Permission[] }>;
let measured: readonly Measured[];

beforeAll(async () => {
  measured = await Promise.all(
    stages.map(async ({ stage, params }) => {
      const entries = await exerciseFunctions(params);
      const template = await packagedTemplate({ stage, params });
      return {
        granted: grantedPermissions(template, stage),
        used: usedPermissions(entries, [...rolesOf(template).keys()]),
      };
    }),
  );
}, 300_000);

describe.each(stages.map(({ params }, index) => ({ params: JSON.stringify(params), index })))(
  'with $params',
  ({ index }) => {
    it('the roles allow every call that the functions make, and nothing that none makes', () => {
      const { granted, used } = measured[index]!;
      expect(comparePermissions(granted, used, exceptions)).toEqual({ refused: [], unused: [], staleExceptions: [] });
    });

    it('an action that is taken away from a policy is missed', () => {
      const { granted, used } = measured[index]!;
      const needed = comparePermissions(granted, [], exceptions).unused;
      expect(needed.length).toBeGreaterThan(40);
      const unnoticed = needed.filter((line) => {
        const rest = granted.filter((one) => lineOf(one) !== line);
        return comparePermissions(rest, used, exceptions).refused.length === 0;
      });
      expect(unnoticed).toEqual([]);
    });

    it('an action that is added to a policy is found', () => {
      const { granted, used } = measured[index]!;
      const added = { caller: 'relay', action: 's3:DeleteObjectVersion', resource: 'arn:aws:s3:::x/*' };
      expect(comparePermissions([...granted, added], used, exceptions).unused).toEqual([lineOf(added)]);
    });
  },
);
