/**
 * `npm run remove -- --stage dev`: removes a stage with everything in it: empties its buckets (every version, every delete
 * marker, every upload in progress), runs `sls remove`, and deletes what a stack with `deletionPolicy: Retain` leaves.
 *
 * It goes only when its name is typed, or given with `--yes-remove`. `npx sls remove --stage prod` removes the stack of a
 * stage that keeps its data and leaves these alone.
 *
 * Exit code: 0 when nothing of the stage is left (or for a dry run), 1 when something is (run it again), 2 for wrong
 * options, 3 when it was not confirmed.
 */
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { describeProgress, describeStage } from './remove/show.ts';
import { isConfirmed } from './remove/confirm.ts';
import { isGone, readStage, removeStage, type StageAccess } from './remove/remove-stage.ts';
import { removeStack, stackExists } from './remove/stack.ts';
import { readDotEnv } from './stage/dot-env.ts';
import { namesOf } from './stage/stage-names.ts';

const usage = `npm run remove -- --stage <stage>
                 --dry-run             only shows what would be deleted
                 --yes-remove <stage>  the stage's name once more, instead of typing it
                 --param <name=value>  passed on to sls remove; may be repeated
                 --json                one JSON document on standard output`;

class UsageError extends Error {}

const options = () => {
  try {
    const { values } = parseArgs({
      options: {
        stage: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'yes-remove': { type: 'string' },
        param: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const { stage } = values;
    if (stage === undefined) throw new UsageError('--stage is missing');
    if (stage === 'local') throw new UsageError('the stage local is on this machine: npm start -- --fresh begins anew');
    return { ...values, stage };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error });
  }
};

/** Standard output is for the answer; what happens on the way goes beside it. */
const say = (text: string): void => console.error(text);

/** Asks on the terminal; undefined where there is none. */
const ask = process.stdin.isTTY
  ? async (question: string): Promise<string> => {
      const terminal = createInterface({ input: process.stdin, output: process.stderr });
      const typed = await terminal.question(question);
      terminal.close();
      return typed;
    }
  : undefined;

const main = async (): Promise<number> => {
  const chosen = options();
  if (chosen === undefined) {
    console.log(usage);
    return 0;
  }
  const { stage, json } = chosen;
  readDotEnv();
  const names = await namesOf(stage);
  // An endpoint of one's own has no host name per bucket.
  const s3 = new S3Client({ forcePathStyle: process.env['AWS_ENDPOINT_URL'] !== undefined });
  // sls must look where this process does.
  const region = await s3.config.region();
  const parameters = [`region=${region}`, ...chosen.param];
  const access: StageAccess = {
    s3,
    dynamodb: new DynamoDBClient({}),
    names,
    stackExists: () => stackExists(names.stack),
    removeStack: () => removeStack(stage, parameters),
  };
  const before = await readStage(access);
  const answer = (outcome: string, code: number): number => {
    if (json) console.log(JSON.stringify({ stage, region, outcome, ...before }));
    else console.log(`${stage} in ${region}: ${outcome}`);
    return code;
  };
  if (isGone(before)) return answer('nothing there', 0);
  say(describeStage(names.stack, names.ledgerTable, before));
  if (chosen['dry-run']) return answer('would be removed', 0);
  if (!(await isConfirmed(stage, { given: chosen['yes-remove'], ask }))) {
    say(`Not removed. Its name was not typed or does not match; without a terminal, say --yes-remove ${stage}.`);
    return answer('refused', 3);
  }
  try {
    await removeStage(access, (bucket, soFar) => say(describeProgress(bucket, soFar)));
  } catch (error) {
    say(`${String(error)}. What was deleted until now is gone; run it again for the rest.`);
    return answer('not all removed', 1);
  }
  return answer('removed', 0);
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
