import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

/** What a stage's resources are called. */
export type StageNames = Readonly<{
  stack: string;
  inboxBucket: string;
  /** Every bucket that the stack makes, the inbox among them. */
  buckets: readonly string[];
  ledgerTable: string;
  workQueue: string;
  workDlq: string;
}>;

/** The names as serverless.yml makes them: a deployed stage's bucket carries the account, which STS knows. */
export const namesOf = async (stage: string): Promise<StageNames> => {
  const suffix = stage === 'local' ? '' : `-${await accountId()}`;
  const prefix = `everyfile-${stage}`;
  const inboxBucket = `${prefix}-inbox${suffix}`;
  return {
    stack: prefix,
    inboxBucket,
    buckets: [inboxBucket, `${prefix}-outputs${suffix}`, `${prefix}-logs${suffix}`],
    ledgerTable: `${prefix}-ledger`,
    workQueue: `${prefix}-work`,
    workDlq: `${prefix}-work-dlq`,
  };
};

const accountId = async (): Promise<string> => {
  const { Account } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  if (Account === undefined) throw new Error('STS does not say which account these credentials belong to');
  return Account;
};
