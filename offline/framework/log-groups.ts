import { asRecord, compiledResources, type Serverless } from './types.ts';

const CREATE = 'logs:CreateLogGroup';

/**
 * Takes from every role the leave to make log groups, which the plugin that makes the roles gives. The stack makes them,
 * with their retention: a function whose last lines come after they are deleted would make one that outlives the stage and
 * keeps its logs for ever.
 */
export function dropLogGroupCreation(serverless: Serverless): void {
  for (const resource of Object.values(compiledResources(serverless))) {
    const { Type, Properties } = asRecord(resource);
    if (Type !== 'AWS::IAM::Role') continue;
    for (const policy of listOf(asRecord(Properties)['Policies'])) {
      for (const statement of listOf(asRecord(asRecord(policy)['PolicyDocument'])['Statement'])) {
        const { Action } = asRecord(statement);
        if (Array.isArray(Action)) asRecord(statement)['Action'] = Action.filter((action) => action !== CREATE);
      }
    }
  }
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
