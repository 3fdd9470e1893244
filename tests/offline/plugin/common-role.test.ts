import { dropCommonRole } from '../../../offline/framework/common-role.ts';
import { makeServerless } from './framework.ts';

/** What is left of a template in which one function has this role. */
const leftWith = (role: string): string[] => {
  const template = {
    Resources: {
      IamRoleLambdaExecution: { Type: 'AWS::IAM::Role' },
      ProcessorIamRoleLambdaExecution: { Type: 'AWS::IAM::Role' },
      ProcessorLambdaFunction: { Properties: { Role: { 'Fn::GetAtt': [role, 'Arn'] } } },
    },
  };
  const serverless = makeServerless();
  serverless.service.provider.compiledCloudFormationTemplate = template;
  dropCommonRole(serverless);
  return Object.keys(template.Resources);
};

it('the framework’s common role goes where each function has one of its own', () => {
  expect(leftWith('ProcessorIamRoleLambdaExecution')).toEqual([
    'ProcessorIamRoleLambdaExecution',
    'ProcessorLambdaFunction',
  ]);
});

it('and stays where a function has it', () => {
  expect(leftWith('IamRoleLambdaExecution')).toContain('IamRoleLambdaExecution');
});
