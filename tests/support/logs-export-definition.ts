import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

type Retrier = Readonly<{ ErrorEquals: string[]; MaxAttempts?: number }>;
type Catcher = Readonly<{ ErrorEquals: string[]; Next: string; ResultPath?: string }>;
export type State = Readonly<{
  Type: 'Task' | 'Choice' | 'Wait' | 'Succeed';
  Next?: string;
  Retry?: Retrier[];
  Catch?: Catcher[];
  Choices?: readonly Readonly<{ Variable: string; StringEquals: string; Next: string }>[];
  Default?: string;
  Resource?: string;
}>;

const file = join(import.meta.dirname, '..', '..', 'stepfunctions', 'logs-export.yml');

/** The definition as it stands in stepfunctions/; `!GetAtt X.Arn` is read as the text `X.Arn`. */
export const logsExportDefinition = (
  parse(readFileSync(file, 'utf8'), { logLevel: 'error' }) as {
    definition: { StartAt: string; TimeoutSeconds: number; States: Record<string, State> };
  }
).definition;
