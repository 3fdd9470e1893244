import validate from 'asl-validator';
import * as errors from '../../../lib/domain/errors.ts';
import { logsExportDefinition } from '../../support/logs-export-definition.ts';

/** Lambda's own, which Step Functions passes on: https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html */
const lambdaErrors = new Set([
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  // Out of memory, and out of time.
  'Lambda.Unknown',
  'Sandbox.Timedout',
]);

/** Serverless Framework puts ARNs where the definition refers to functions. */
const deployed = JSON.parse(
  JSON.stringify(logsExportDefinition).replaceAll(
    /"(\w+)LambdaFunction\.Arn"/g,
    '"arn:aws:lambda:us-east-1:000000000000:function:$1"',
  ),
) as Record<string, unknown>;

test('the definition is valid Amazon States Language', () => {
  const { isValid, errorsText } = validate(deployed, {});
  expect([isValid, errorsText()]).toEqual([true, '']);
  expect(validate({ ...deployed, StartAt: 'Nowhere' }, {}).isValid).toBe(false);
});

test('every ErrorEquals names an error of Lambda, or one of ours by the name that reaches Step Functions', () => {
  const named = Object.values(logsExportDefinition.States).flatMap(({ Retry = [], Catch = [] }) =>
    [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
  );
  expect(named).toContain('LimitExceededException');
  const ours = Object.entries(errors).flatMap(([exported, value]) =>
    typeof value === 'function' && value.prototype instanceof Error
      ? [[exported, new (value as new () => Error)().name]]
      : [],
  );
  const reaching = new Set(ours.filter(([exported, name]) => exported === name).map(([exported]) => exported));
  expect(named.filter((name) => !lambdaErrors.has(name) && !reaching.has(name))).toEqual([]);
});
