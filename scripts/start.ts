/**
 * `npm start [-- options]`: the local cloud, with the options of `sls offline`. It runs in this very process, so that
 * Ctrl-C, a signal and the exit code are the local cloud's own and nothing can be left behind.
 */
import { createRequire } from 'node:module';

import { keepCompiledCode } from '../offline/framework/compiled-code.ts';
import { startEarly } from '../offline/framework/early-start.ts';
import { pointAtLocalCloud } from '../offline/framework/shell.ts';

keepCompiledCode();
pointAtLocalCloud(process.env, { endpoint: 'http://localhost:4566', region: 'us-east-1', caller: 'local' });
await startEarly(process.cwd(), process.argv.slice(2));
const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
process.argv.splice(1, 1, serverless, 'offline', '--stage', 'local');
await import(serverless);
