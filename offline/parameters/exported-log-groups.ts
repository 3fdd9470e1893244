/**
 * The log groups that the logs export may export, as resources of a policy: those that the parameter `logGroups` names,
 * and for `own` the stage's. A `*` at the end of a name stays one. IAM wants the ARN of a log group with `:*` after it.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
 */
export function exportedLogGroups(logGroups: string, own: string): { 'Fn::Sub': string }[] {
  const names = namesIn(logGroups).flatMap((name) => (name === 'own' ? namesIn(own) : [name]));
  return [...new Set(names)].map((name) => ({
    'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${name}:*`,
  }));
}

const namesIn = (text: string): string[] => text.split(',').map((name) => name.trim());
