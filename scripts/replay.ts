/**
 * `npm run replay -- --stage dev <key or id…>`: gives quarantined files another life, after their rule is mended.
 * `--all` takes every one that was not replayed before, `--dlq` the messages of the dead-letter queue instead;
 * `--dry-run` only shows them.
 *
 * Exit code: 0 when everything asked for was replayed, 1 when something was not, 2 for wrong options.
 */
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { createDynamoDbLedger } from '../lib/adapters/dynamodb-ledger.ts';
import { createS3Quarantine } from '../lib/adapters/s3-quarantine.ts';
import { systemClock } from '../lib/adapters/system.ts';
import { pointAtLocalCloud } from '../offline/framework/shell.ts';
import { replayDeadLetters } from './replay/dead-letters.ts';
import { replayQuarantined } from './replay/quarantined-files.ts';
import { readDotEnv } from './stage/dot-env.ts';
import { namesOf } from './stage/stage-names.ts';

const usage = `npm run replay -- --stage <stage> [--dry-run] <key or id>…
                 --all          every file in quarantine that was not replayed before
                 --dlq          the messages of the dead-letter queue, back into the work queue
                 --skew-ms <n>  the stage's skewMs, when it is not 5000
                 --retention-days <n>  the stage's retentionDays, when it is not 400
                 --port <n>     stage local: the port of the running local cloud (4566)`;

class UsageError extends Error {}

const options = () => {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        stage: { type: 'string' },
        all: { type: 'boolean', default: false },
        dlq: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
        'skew-ms': { type: 'string', default: '5000' },
        'retention-days': { type: 'string', default: '400' },
        port: { type: 'string', default: '4566' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const { stage } = values;
    if (stage === undefined) throw new UsageError('--stage is missing');
    if (positionals.length === 0 && !values.all && !values.dlq) {
      throw new UsageError('name the files by key or id, or say --all or --dlq');
    }
    if (values.dlq && positionals.length > 0) {
      throw new UsageError('--dlq takes every message of the queue: name no file beside it');
    }
    return { ...values, stage, wanted: new Set(positionals) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message, { cause: error });
  }
};

const number = (name: string, value: string): number => {
  if (!/^\d+$/.test(value)) throw new UsageError(`--${name} is "${value}", expected a whole number`);
  return Number(value);
};

const main = async (): Promise<number> => {
  const chosen = options();
  if (chosen === undefined) {
    console.log(usage);
    return 0;
  }
  const { stage, wanted, all, dlq } = chosen;
  if (stage === 'local') {
    const endpoint = `http://localhost:${String(number('port', chosen.port))}`;
    pointAtLocalCloud(process.env, { endpoint, region: 'us-east-1', caller: 'replay' });
  } else {
    readDotEnv();
  }
  const names = await namesOf(stage);
  if (dlq) return replayDeadLetters(new SQSClient({}), names, { dryRun: chosen['dry-run'] });

  const quarantine = createS3Quarantine(new S3Client({ forcePathStyle: stage === 'local' }), names);
  const ledger = createDynamoDbLedger(new DynamoDBClient({}), {
    tableName: names.ledgerTable,
    retentionDays: number('retention-days', chosen['retention-days']),
  });
  const settings = { skewMs: number('skew-ms', chosen['skew-ms']) };
  const missed = await replayQuarantined(
    { ledger, quarantine, clock: systemClock, settings },
    { wanted, all, dryRun: chosen['dry-run'] },
  );
  return missed === 0 ? 0 : 1;
};

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
