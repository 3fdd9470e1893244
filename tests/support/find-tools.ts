import { spawnSync } from 'node:child_process';

/** True when the command can be run. */
const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Fails with a boto3 that does not know `AWS_ENDPOINT_URL`: it would call AWS. */
const tryBoto3 = 'import boto3; assert tuple(map(int, boto3.__version__.split(".")[:2])) >= (1, 28)';

/** A Python that has boto3 from 1.28 on: `EVERYFILE_PYTHON`, or the shell's. */
export const findPython = (): string | undefined =>
  [process.env['EVERYFILE_PYTHON'], 'python3'].find(
    (python) => python !== undefined && python !== '' && runs(python, '-c', tryBoto3),
  );

/** The AWS CLI of `EVERYFILE_AWS`, or the shell's. */
export const findAwsCli = (): string | undefined =>
  [process.env['EVERYFILE_AWS'], 'aws'].find((aws) => aws !== undefined && aws !== '' && runs(aws, '--version'));

/** The server of moto, another emulator: `EVERYFILE_MOTO_SERVER`, or the shell's. */
export const findMoto = (): string | undefined =>
  [process.env['EVERYFILE_MOTO_SERVER'], 'moto_server'].find(
    (server) => server !== undefined && server !== '' && runs(server, '--help'),
  );
