import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { checkParameters, type ParameterSources } from '../../../offline/parameters/check.ts';

const times = { maxRunSeconds: 300, timeoutSeconds: 330, relayTimeoutSeconds: 900 };
const sources = (overrides: Partial<ParameterSources> = {}): ParameterSources => ({
  stage: 'dev',
  blocks: {
    default: { ingest: 'direct', leaseMs: 45000, skewMs: 5000, ...times },
    local: { leaseMs: 5000 },
    prod: { deletionPolicy: 'Retain' },
  },
  options: [],
  ...overrides,
});

it('parameters of the known names and values pass, as text and as numbers', () => {
  expect(checkParameters(sources())).toEqual([]);
  expect(checkParameters(sources({ options: ['ingest=queue', 'leaseMs=30000', 'logRetentionDays=90'] }))).toEqual([]);
});

it('an unknown name is refused with the allowed names, from the command line and from the file', () => {
  const [byOption] = checkParameters(sources({ options: ['ingets=queue'] }));
  expect(byOption).toContain('"ingets" (--param). Allowed: ingest, archive, redrive, kms');
  const [byFile] = checkParameters(sources({ blocks: { prod: { toString: 1 } } }));
  expect(byFile).toContain('"toString" (params.prod of serverless.yml)');
});

it.each([
  ['ingest=both', 'ingest cannot be "both" (--param). Allowed: direct, queue.'],
  ['archive=', 'archive cannot be "" (--param). Allowed: versions, bak.'],
  ['archive', 'archive cannot be "" (--param).'],
  ['leaseMs=45s', 'leaseMs cannot be "45s" (--param). Allowed: a whole number from 1000 to 55000.'],
  ['maxAttempts=0', 'Allowed: a whole number from 1 to 100.'],
  ['maxAttempts=2.5', 'Allowed: a whole number from 1 to 100.'],
  ['retentionDays=14', 'Allowed: a whole number from 15'],
  ['sweepRate=rate(1 minutes)', 'sweepRate cannot be "rate(1 minutes)" (--param). Allowed: rate(5 minutes), '],
  ['sweepRate=rate(0 minutes)', 'Allowed: rate(5 minutes), '],
  ['sweepRate=5 minutes', 'Allowed: rate(5 minutes), '],
  ['relayRate=cron(0 12 * * ?)', 'cron(0 12 * * ? *)'],
  ['redrive=both', 'redrive cannot be "both" (--param). Allowed: queue, refire.'],
  ['kms=mine', 'kms cannot be "mine" (--param). Allowed: none, managed.'],
  ['region=Europe', 'region cannot be "Europe" (--param). Allowed: a Region'],
  ['logRetentionDays=42', 'Allowed: 1, 3, 5, 7, 14'],
  ['runbookUrl=http://example.com/runbook', 'Allowed: the https:// address under which docs/runbook.md can be read'],
  ['runbookUrl=https://example.com/runbook#alarms', 'without an anchor'],
  ['runbookUrl=', 'without an anchor'],
  ['exportDays=61', 'Allowed: a whole number from 62'],
  ['permissionsBoundary=everyfile', 'Allowed: the ARN of an IAM policy, or none.'],
  ['alarmExportDays=8', 'Allowed: a whole number from 2 to 7.'],
])('--param %s is refused with the allowed values', (option, message) => {
  const complaints = checkParameters(sources({ options: [option] }));
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toContain(message);
});

it('a wrong value in the block of another stage is found too', () => {
  const blocks = { ...sources().blocks, prod: { deletionPolicy: 'Snapshot' } };
  expect(checkParameters(sources({ blocks }))).toEqual([expect.stringContaining('params.prod of serverless.yml')]);
});

it('values that are wrong together are refused: the stage decides which count', () => {
  const lease = sources({ options: ['leaseMs=55000'] });
  expect(checkParameters(lease)).toEqual([expect.stringContaining('55000 + 5000')]);
  expect(checkParameters({ ...lease, stage: 'local', options: [] })).toEqual([]);
  expect(checkParameters(sources({ options: ['timeoutSeconds=300'] }))).toEqual([
    expect.stringContaining('timeoutSeconds must be above maxRunSeconds, so that a run that lasts too long'),
  ]);
  expect(checkParameters(sources({ options: ['relayTimeoutSeconds=310'] }))).toEqual([
    expect.stringContaining('relayTimeoutSeconds must be above maxRunSeconds + 10'),
  ]);
  expect(checkParameters(sources({ options: ['relayTimeoutSeconds=311'] }))).toEqual([]);
});

it.each(['sweepRate', 'relayRate'])('a silence in which there are no two ticks of the %s is refused', (name) => {
  const rates = (rate: string, silence: number) =>
    checkParameters(sources({ options: [`${name}=${rate}`, `alarmSilenceSeconds=${silence}`] }));
  expect(rates('rate(30 minutes)', 1800)).toEqual([
    expect.stringContaining(`alarmSilenceSeconds must be at least twice the ${name}`),
  ]);
  expect(rates('rate(30 minutes)', 3600)).toEqual([]);
  expect(rates('rate(1 hour)', 3600)).toEqual([expect.stringContaining('they are 3600 and 3600 s')]);
  expect(rates('rate(12 hours)', 86_400)).toEqual([]);
  expect(rates('rate(1 day)', 86_400)).toEqual([expect.stringContaining('they are 86400 and 86400 s')]);
  expect(rates('cron(0 12 * * ? *)', 900)).toEqual([]);
});

it.each(['rate(1 minute)', 'rate(90 minutes)', 'rate(1 day)', 'cron(0/15 8-17 ? * MON-FRI *)'])(
  'the schedule %s passes',
  (rate) => {
    expect(checkParameters(sources({ options: [`sweepRate=${rate}`, `relayRate=${rate}`] }))).toEqual([]);
  },
);

it.each(['Prod', '1st', 'feature_x', 'a-very-long-name-of-a-stage', ''])('the stage name "%s" is refused', (stage) => {
  expect(checkParameters(sources({ stage }))).toEqual([expect.stringContaining(`The stage "${stage}" is not allowed`)]);
});

it.each(['rate(7 days)', 'rate(2 days)', 'cron(0 14 1 * ? *)', 'cron(0 14 ? * MON *)', 'cron(0 14 * 1-6 ? *)'])(
  'a logs export that starts less than daily is refused, because its alarm would ring: %s',
  (rate) => {
    expect(checkParameters(sources({ options: [`exportRate=${rate}`] }))).toEqual([
      expect.stringContaining('exportRate must start the logs export once a day at least'),
    ]);
  },
);

it.each(['rate(1 day)', 'rate(6 hours)', 'cron(0 14 * * ? *)', 'cron(0 2,14 ? * * *)'])(
  'a logs export that starts daily passes: %s',
  (rate) => {
    expect(checkParameters(sources({ options: [`exportRate=${rate}`] }))).toEqual([]);
  },
);

it('exports that would go while their month is still looked after are refused', () => {
  const kept = (exportDays: number, monthsBack: number) =>
    checkParameters(sources({ options: [`exportDays=${exportDays}`, `monthsBack=${monthsBack}`] }));
  expect(kept(123, 3)).toEqual([expect.stringContaining('exportDays must be at least 124 with monthsBack 3')]);
  expect(kept(124, 3)).toEqual([]);
});

it('logs of the stage’s own that would go while their month is still to be exported are refused', () => {
  const kept = (logRetentionDays: number, logGroups: string) =>
    checkParameters(
      sources({ options: [`logRetentionDays=${logRetentionDays}`, 'monthsBack=3', `logGroups=${logGroups}`] }),
    );
  const tooShort = [expect.stringContaining('logRetentionDays must be at least 124 with monthsBack 3')];
  expect(kept(120, 'own')).toEqual(tooShort);
  expect(kept(120, '/aws/lambda/shop-*,own')).toEqual(tooShort);
  expect(kept(150, 'own')).toEqual([]);
  expect(kept(120, '/own/*')).toEqual([]);
});

it.each(['local', 'dev', 'prod'])('what serverless.yml says passes for stage %s', (stage) => {
  const text = readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8');
  const { params: blocks } = parse(text, { logLevel: 'silent', merge: true }) as { params: ParameterSources['blocks'] };
  expect(Object.keys(blocks)).toEqual(['default', 'local', 'prod']);
  expect(checkParameters({ stage, blocks, options: [] })).toEqual([]);
});
