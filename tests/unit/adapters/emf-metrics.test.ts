import { jest } from '@jest/globals';
import { createEmfMetrics } from '../../../lib/adapters/emf-metrics.ts';

const linesOf = (record: (metrics: ReturnType<typeof createEmfMetrics>) => void): unknown[] => {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    record(createEmfMetrics({ stage: 'dev', clock: { now: () => 1_764_000_000_000 } }));
    return write.mock.calls.map(([line]) => JSON.parse(String(line).trimEnd()) as unknown);
  } finally {
    write.mockRestore();
  }
};

describe('a metric in the embedded metric format', () => {
  it('is one line that names its values, their units and what tells them apart', () => {
    const [line] = linesOf((metrics) => metrics.record({ files: 1, waitSeconds: 2.5 }, { route: 'event' }));
    expect(line).toEqual({
      _aws: {
        Timestamp: 1_764_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Everyfile',
            Dimensions: [['stage', 'route']],
            Metrics: [
              { Name: 'files', Unit: 'Count' },
              { Name: 'waitSeconds', Unit: 'Seconds' },
            ],
          },
        ],
      },
      stage: 'dev',
      route: 'event',
      files: 1,
      waitSeconds: 2.5,
    });
  });

  it('carries the stage when nothing else tells it apart', () => {
    expect(linesOf((metrics) => metrics.record({ listed: 0 }))).toEqual([
      expect.objectContaining({ stage: 'dev', listed: 0 }),
    ]);
  });
});
