import { exportedLogGroups } from '../../../offline/parameters/exported-log-groups.ts';

const arn = (name: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${name}:*`,
});

it('own is the stage’s log groups, and others are added by name, each once', () => {
  expect(exportedLogGroups('own,/aws/lambda/shop-*,/own/a', '/own/a, /own/b')).toEqual([
    arn('/own/a'),
    arn('/own/b'),
    arn('/aws/lambda/shop-*'),
  ]);
});

it('without own the stage’s log groups are not exported', () => {
  expect(exportedLogGroups('/shop', '/own/a')).toEqual([arn('/shop')]);
});
