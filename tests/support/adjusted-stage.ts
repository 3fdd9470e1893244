import { packagedTemplate } from './packaged-template.ts';
import type { Template } from './template.ts';

/** Values of a careful team's own, rates among them at which a quarter of an hour holds no two runs. */
export const adjustedParams = {
  alarmEmail: 'on-call@example.co.uk',
  alarmExportDays: '7',
  alarmSilenceSeconds: '43200',
  permissionsBoundary: 'arn:aws:iam::123456789012:policy/stages/everyfile',
  relayRate: 'rate(1 hour)',
  reservedConcurrency: '7',
  runbookUrl: 'https://github.com/you/everyfile/blob/HEAD/docs/runbook.md',
  sweepRate: 'rate(6 hours)',
} as const;

/** A stage with a value of its own for each parameter that the other templates under test leave alone. */
export const adjustedTemplate = (): Promise<Template> => packagedTemplate({ stage: 'dev', params: adjustedParams });
