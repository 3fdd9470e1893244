import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adjustedParams, adjustedTemplate } from '../support/adjusted-stage.ts';
import { packagedTemplate } from '../support/packaged-template.ts';
import { idsOf, resourceOf, textOf, type Template } from '../support/template.ts';

const template = await packagedTemplate({ stage: 'dev' });
const adjusted = await adjustedTemplate();
const runbook = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'runbook.md'), 'utf8');

/** A heading's anchor, as GitHub makes it. */
const anchors = new Set(
  [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  ),
);

const alarmsOf = (packaged: Template) =>
  idsOf(packaged, 'AWS::CloudWatch::Alarm').map(
    (id) => [id, textOf(packaged.Resources[id]?.Properties) as Record<string, unknown>] as const,
  );
const alarms = alarmsOf(template);

type Metric = Readonly<{ Namespace?: unknown; MetricName?: unknown }>;
/** The metric of an alarm, or those of its expression. */
const metricsOf = (alarm: Readonly<Record<string, unknown>>): Metric[] => {
  const parts = (alarm['Metrics'] ?? []) as { MetricStat?: { Metric: Metric } }[];
  return [alarm, ...parts.flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])];
};

describe.each(alarms)('%s', (_, alarm) => {
  test('says what to do, and links to a section of the runbook', () => {
    const description = String(alarm['AlarmDescription']);
    const [, anchor] = /(?:^|\s)docs\/runbook\.md#([\w-]+)$/.exec(description) ?? [];
    expect(anchors).toContain(anchor);
    expect(description.length).toBeGreaterThan(60);
    expect(description.length).toBeLessThanOrEqual(1024);
  });

  test('tells the topic of alarms when it begins and when it ends', () => {
    expect(alarm).toMatchObject({ AlarmActions: ['${AlarmsTopic}'], OKActions: ['${AlarmsTopic}'] });
  });

  test('has a name with the stage in it', () => {
    expect(alarm['AlarmName']).toMatch(/^everyfile-dev-[a-z-]+$/);
  });
});

test.each(['Errors', 'Throttles'])('there is an alarm on the %s of every function', (metric) => {
  const watched = alarms
    .filter(([, { Namespace, MetricName }]) => Namespace === 'AWS/Lambda' && MetricName === metric)
    .map(([, { Dimensions }]) => (Dimensions as { Value: string }[])[0]?.Value);
  const functions = idsOf(template, 'AWS::Lambda::Function').map((id) => `\${${id}}`);
  expect(watched.toSorted()).toEqual(functions.toSorted());
});

test('each section of the runbook about alarms has three commands to begin with', () => {
  const [, sections = ''] = runbook.split('\n## Alarms');
  for (const section of sections.split('\n### ').slice(1)) {
    const [, block = ''] = /```sh\n([^]*?)```/.exec(section) ?? [];
    // A command may go on in the next line.
    const commands = block.replaceAll('\\\n', '').trim().split('\n');
    expect([section.split('\n')[0], commands.length]).toEqual([section.split('\n')[0], 3]);
  }
});

test('the runbook asks for no field of a line: what Lambda writes is no JSON before the first brace', () => {
  expect(runbook).toContain('--filter-pattern');
  expect(runbook).not.toMatch(/--filter-pattern \S*\{/);
});

test('each alarm links to the page that runbookUrl names', () => {
  const ids = idsOf(adjusted, 'AWS::CloudWatch::Alarm');
  expect(ids).toHaveLength(alarms.length);
  for (const id of ids) {
    const description = String(adjusted.Resources[id]?.Properties['AlarmDescription']);
    expect(description).toContain(` ${adjustedParams.runbookUrl}#`);
    expect(description.length).toBeLessThanOrEqual(1024);
  }
});

describe.each([
  ['the defaults', template, 1_800],
  ['slow rates', adjusted, 43_200],
])('with %s', (_, packaged, seconds) => {
  test.each(['SweeperErrorsAlarm', 'RelayErrorsAlarm'])('%s sees two runs at least', (id) => {
    const { Properties } = resourceOf(packaged, id, 'AWS::CloudWatch::Alarm');
    expect(Number(Properties['Period'])).toBe(seconds);
    expect(Properties).toMatchObject({
      Statistic: 'Sum',
      EvaluationPeriods: 1,
      Threshold: 2,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    });
  });
});

test('the alarm on an overdue logs export counts days since the stage is there, and no more than CloudWatch evaluates', () => {
  const { Properties } = resourceOf(template, 'LogsExportOverdueAlarm', 'AWS::CloudWatch::Alarm');
  expect(textOf(Properties)).toMatchObject({
    EvaluationPeriods: 2,
    DatapointsToAlarm: 2,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
    Metrics: [
      { Id: 'overdue', Expression: 'IF(FILL(sweeps, 0) > 0, FILL(succeeded, 0), 1)' },
      { Id: 'sweeps', ReturnData: false, MetricStat: { Period: 86_400, Stat: 'Sum' } },
      {
        Id: 'succeeded',
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/States',
            MetricName: 'ExecutionsSucceeded',
            Dimensions: [
              { Name: 'StateMachineArn', Value: expect.stringContaining(':stateMachine:everyfile-dev-logs-export') },
            ],
          },
          Period: 86_400,
          Stat: 'Sum',
        },
      },
    ],
  });
});

test.each([
  ['the defaults', template, 1_800],
  ['slow rates', adjusted, 43_200],
])('with %s, a time in which no sweep has ended counts as none, whatever was before it', (_, packaged, seconds) => {
  const { Properties } = resourceOf(packaged, 'SweeperSilentAlarm', 'AWS::CloudWatch::Alarm');
  const { Metrics } = Properties as { Metrics: { MetricStat?: { Period: unknown } }[] };
  expect(Number(Metrics[1]?.MetricStat?.Period)).toBe(seconds);
  expect(textOf(Properties)).toMatchObject({
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    // Where no sweep at all has ended there is nothing to fill.
    TreatMissingData: 'breaching',
    Metrics: [
      { Id: 'ended', Expression: 'FILL(runs, 0)' },
      {
        Id: 'runs',
        ReturnData: false,
        MetricStat: {
          Metric: {
            Namespace: 'Everyfile',
            MetricName: 'runs',
            Dimensions: [
              { Name: 'stage', Value: 'dev' },
              { Name: 'lane', Value: 'sweep' },
            ],
          },
          Stat: 'Sum',
        },
      },
    ],
  });
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
test.each([...alarms, ...alarmsOf(adjusted)])('%s looks back no longer than CloudWatch lets it', (_, alarm) => {
  const metrics = (alarm['Metrics'] ?? [{ MetricStat: { Period: alarm['Period'] } }]) as {
    MetricStat?: { Period: unknown };
  }[];
  for (const { MetricStat } of metrics) {
    if (MetricStat === undefined) continue;
    const Period = Number(MetricStat.Period);
    expect(Period * Number(alarm['EvaluationPeriods'])).toBeLessThanOrEqual(Period < 3_600 ? 86_400 : 604_800);
    expect(Period % 60).toBe(0);
  }
});

test('an address is told only where one is given', () => {
  const subscriptions = (packaged: Template): unknown =>
    resourceOf(packaged, 'AlarmsTopic', 'AWS::SNS::Topic').Properties['Subscription'];
  expect(subscriptions(template)).toEqual([]);
  expect(subscriptions(adjusted)).toEqual([{ Protocol: 'email', Endpoint: adjustedParams.alarmEmail }]);
});

describe('the dashboard', () => {
  const { Properties } = resourceOf(template, 'Dashboard', 'AWS::CloudWatch::Dashboard');
  const body = String(textOf(Properties['DashboardBody']));
  const { widgets } = JSON.parse(body) as {
    widgets: { x: number; width: number; properties: { title: string; metrics: unknown[][] } }[];
  };

  test('is a document that CloudWatch can lay out', () => {
    expect(widgets.length).toBeGreaterThanOrEqual(6);
    for (const { x, width, properties } of widgets) {
      expect(x + width).toBeLessThanOrEqual(24);
      expect(properties.metrics).not.toHaveLength(0);
    }
  });

  test('shows this stage alone', () => {
    for (const metric of widgets.flatMap(({ properties }) => properties.metrics)) {
      expect(JSON.stringify(metric)).toMatch(/everyfile-dev|\\"dev\\"|"dev"|\$\{(?:WorkQueue|WorkDlq|LedgerTable)/);
    }
  });

  test('and the alarms read only metrics that the functions write', () => {
    const folder = join(import.meta.dirname, '..', '..', 'lib', 'usecases');
    const written = readdirSync(folder)
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const named = [
      ...[...body.matchAll(/"Everyfile", "(\w+)"/g)].map(([, name]) => name!),
      ...[...body.matchAll(/\{Everyfile[^}]*\}[^']*MetricName=\\"(\w+)\\"/g)].map(([, name]) => name!),
      ...alarms
        .flatMap(([, alarm]) => metricsOf(alarm))
        .filter(({ Namespace }) => Namespace === 'Everyfile')
        .map(({ MetricName }) => String(MetricName)),
    ];
    expect(named).toContain('runs');
    expect(named.length).toBeGreaterThan(10);
    for (const name of named) expect(written).toMatch(new RegExp(`\\b${name}: `));
  });
});
