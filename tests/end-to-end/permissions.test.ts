import { exerciseFunctions } from '../support/exercise-functions.ts';
import { dataKeyArn, grantedPermissions, rolesOf } from '../support/granted-permissions.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { comparePermissions, lineOf, usedPermissions } from '../support/permissions.ts';
import type { Exception, Permission } from '../support/permissions.ts';

/** What no call of a run shows. */
const exceptions: readonly Exception[] = [
  ...['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({
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
  {
    action: 'states:StartExecution',
    caller: 'events',
    reason: 'EventBridge starts the state machine; the local cloud’s schedules do so without a call.',
  },
];

/** What no local call shows of a stage with its own key and with traces. */
const exceptionsOfKeyAndTraces: readonly Exception[] = [
  {
    action: 'kms:GenerateDataKey',
    caller: 'logExport',
    reason: 'As its s3:PutObject: who creates an export task must be allowed to write to its bucket.',
  },
  ...['xray:PutTraceSegments', 'xray:PutTelemetryRecords'].map((action) => ({
    action,
    reason: 'Lambda sends the traces with the function’s role; the local cloud has no X-Ray.',
  })),
];

type Stage = Readonly<{
  stage: string;
  params: Readonly<Record<string, string>>;
  keyArn?: string;
  exceptions: readonly Exception[];
}>;

/** Every value of every mode that changes a role, once. The log group is the one that is exported. */
const stages: readonly Stage[] = [
  {
    stage: 'dev',
    params: { ingest: 'queue', kms: 'managed', tracing: 'active', logGroups: '/exercise' },
    keyArn: dataKeyArn,
    exceptions: [...exceptions, ...exceptionsOfKeyAndTraces],
  },
  { stage: 'anna', params: { archive: 'bak', redrive: 'refire', logGroups: '/exercise' }, exceptions },
];

/** What the roles allow, and what the functions did. */
type Measured = Readonly<{ granted: readonly Permission[]; used: readonly Permission[] }>;
let measured: readonly Measured[];

beforeAll(async () => {
  measured = await Promise.all(
    stages.map(async ({ stage, params, keyArn }) => {
      const entries = await exerciseFunctions(params);
      const template = await packagedTemplate({ stage, params });
      return {
        granted: grantedPermissions(template, stage),
        used: usedPermissions(entries, [...rolesOf(template).keys()], keyArn),
      };
    }),
  );
}, 300_000);

describe.each(
  stages.map(({ params, exceptions: excepted }, index) => ({ params: JSON.stringify(params), index, excepted })),
)('with $params', ({ index, excepted }) => {
  it('the roles allow every call that the functions make, and nothing that none makes', () => {
    const { granted, used } = measured[index]!;
    expect(comparePermissions(granted, used, excepted)).toEqual({ refused: [], unused: [], staleExceptions: [] });
  });

  it('an action that is taken away from a policy is missed', () => {
    const { granted, used } = measured[index]!;
    const needed = comparePermissions(granted, [], excepted).unused;
    expect(needed.length).toBeGreaterThan(40);
    const unnoticed = needed.filter((line) => {
      const rest = granted.filter((one) => lineOf(one) !== line);
      return comparePermissions(rest, used, excepted).refused.length === 0;
    });
    expect(unnoticed).toEqual([]);
  });

  it('an action that is added to a policy is found', () => {
    const { granted, used } = measured[index]!;
    const addedActions = ['s3:DeleteObjectVersion', 'kms:ReEncryptFrom', 'xray:GetSamplingRules'];
    for (const action of addedActions) {
      const added = { caller: 'relay', action, resource: '*' };
      expect(comparePermissions([...granted, added], used, excepted).unused).toEqual([lineOf(added)]);
    }
  });
});
