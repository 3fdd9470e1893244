import { dropLogGroupCreation } from '../../../offline/framework/log-groups.ts';
import { makeServerless } from './framework.ts';

const withActions = (...actions: (string | string[])[]) => ({
  Resources: {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Policies: [{ PolicyDocument: { Statement: actions.map((Action) => ({ Effect: 'Allow', Action })) } }],
      },
    },
    Group: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/lambda/processor' } },
  },
});

it('no role may make a log group, and each may do all else that it might', () => {
  const serverless = makeServerless();
  const template = withActions(
    ['logs:CreateLogStream', 'logs:CreateLogGroup', 'logs:PutLogEvents'],
    ['s3:GetObject'],
    'sqs:SendMessage',
  );
  serverless.service.provider.compiledCloudFormationTemplate = template;
  dropLogGroupCreation(serverless);
  expect(template).toEqual(
    withActions(['logs:CreateLogStream', 'logs:PutLogEvents'], ['s3:GetObject'], 'sqs:SendMessage'),
  );
});
