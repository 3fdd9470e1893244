/**
 * `npm run test:conformance -- <checkout of ceph/s3-tests> [python]`: its functional tests against a local cloud of their own,
 * judged by `not-passed.txt`, which names each test that does not pass and says why. Ends with an error where any other
 * fails, and where one of those passes. The python has what the checkout's `requirements.txt` lists.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCloudProcess } from '../support/cloud-process.ts';

const files = ['s3tests/functional/test_s3.py', 's3tests/functional/test_headers.py'];
/** The suite's own marks of what it knows AWS to answer otherwise, and of services and features that are not built here. */
const leftOut = `
  fails_on_aws
  encryption bucket_encryption sse_s3
  lifecycle lifecycle_expiration lifecycle_transition cloud_transition cloud_restore storage_class
  bucket_policy abac_test object_ownership iam_account iam_cross_account iam_role iam_tenant iam_user test_of_sts
  object_lock appendobject s3select sns bucket_logging bucket_logging_cleanup
  s3website s3website_routing_rules s3website_redirect_location
`;
const marks = leftOut
  .trim()
  .split(/\s+/)
  .map((mark) => `not ${mark}`)
  .join(' and ');
const verdictLine = /^(PASSED|FAILED|ERROR) \S+::(\S+)/gm;

/** The names of the tests by why they do not pass here: a heading beginning with `#`, and a name a line below it. */
const readNotPassed = async (): Promise<ReadonlyMap<string, string>> => {
  const reasons = new Map<string, string>();
  let reason = '';
  for (const line of (await readFile(join(import.meta.dirname, 'not-passed.txt'), 'utf8')).split('\n')) {
    if (line.startsWith('#')) reason = line.slice(1).trim();
    else if (line !== '') reasons.set(line, reason);
  }
  return reasons;
};

/** Runs the suite at the endpoint and reads who passed from pytest's closing lines. */
const runSuite = async (checkout: string, python: string, endpoint: string, folder: string) => {
  const config = join(folder, 's3tests.conf');
  const sample = await readFile(join(checkout, 's3tests.conf.SAMPLE'), 'utf8');
  await writeFile(config, sample.replace('port = 8000', `port = ${new URL(endpoint).port}`));
  const options = ['-q', '--tb=no', '-rpfE', '-p', 'no:cacheprovider', '-m', marks];
  const pytest = spawn(python, ['-m', 'pytest', ...options, ...files], {
    cwd: checkout,
    env: { PATH: process.env['PATH'], S3TEST_CONF: config },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  pytest.stdout.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    said += chunk.toString();
  });
  await once(pytest, 'close');
  return new Map([...said.matchAll(verdictLine)].map(([, verdict = '', name = '']) => [name, verdict === 'PASSED']));
};

const [checkout, python = 'python3'] = process.argv.slice(2);
if (checkout === undefined) throw new Error('Name the checkout: npm run test:conformance -- ../s3-tests');

const folder = await mkdtemp(join(tmpdir(), 'everyfile-conformance-'));
const cloud = await startCloudProcess(join(folder, 'state'), {});
try {
  const verdicts = await runSuite(resolve(checkout), python, cloud.endpoint, folder);
  if (verdicts.size === 0) throw new Error('No test ran: see what pytest says above.');
  const notPassed = await readNotPassed();
  const failed = [...verdicts].flatMap(([name, passed]) => (passed ? [] : [name]));
  const unexpected = failed.filter((name) => !notPassed.has(name));
  const better = [...notPassed.keys()].filter((name) => verdicts.get(name) === true);
  console.log(`${verdicts.size} ran: ${verdicts.size - failed.length} passed, ${failed.length} did not`);
  const byReason = Map.groupBy(failed, (name) => notPassed.get(name) ?? 'UNEXPECTED');
  for (const [reason, names] of byReason) console.log(`${String(names.length).padStart(5)}  ${reason}`);
  for (const name of unexpected) console.log(`Failed, and is not in not-passed.txt: ${name}`);
  for (const name of better) console.log(`Passed, and is in not-passed.txt: ${name}`);
  process.exitCode = unexpected.length + better.length === 0 ? 0 : 1;
} finally {
  await cloud.kill();
  await rm(folder, { recursive: true, force: true });
}
