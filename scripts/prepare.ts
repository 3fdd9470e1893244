/**
 * What npm runs after an installation (`prepare`): keeps what a start of the local cloud wants to know of the service, so
 * that the very first one is as quick as those after it. An installation does not fail by it, be it one without the
 * framework (`--omit=dev`) or without this file.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const { status } = spawnSync(process.execPath, [serverless, 'offline', 'prepare', '--stage', 'local'], {
  stdio: 'inherit',
  timeout: 120_000,
});
if (status !== 0) console.error('The first npm start will be slower than those after it, by the reason above.');
