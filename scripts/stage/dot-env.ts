import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';

/** Who calls AWS, and where: from `.env`, as the Serverless Framework reads it. What is set in the shell wins. */
export const readDotEnv = (): void => {
  if (existsSync('.env')) loadEnvFile('.env');
};
