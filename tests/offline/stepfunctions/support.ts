import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeExecutionCommand, GetExecutionHistoryCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { DescribeExecutionOutput, HistoryEvent } from '@aws-sdk/client-sfn';
import { createRunner } from '../../../offline/runner/runner.ts';
import { startTestCloud, type TestCloud } from '../../support/local-cloud.ts';
import { openWorkshop } from '../runner/support.ts';

/** A local cloud with one state machine, `machine`, and functions written as text. */
export type MachineCloud = TestCloud &
  Readonly<{
    sfn: SFNClient;
    machineArn: string;
    /** Waits until the execution has ended. */
    untilEnded(executionArn: string): Promise<DescribeExecutionOutput>;
    history(executionArn: string): Promise<HistoryEvent[]>;
    /** Leaves the state where it is, for the next cloud. */
    closeKeeping(): Promise<void>;
  }>;

export const machineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';

export const startMachine = async (
  states: Record<string, unknown>,
  functions: Readonly<Record<string, string>> = {},
  options: { directory?: string; timeScale?: number; definition?: Record<string, unknown> } = {},
): Promise<MachineCloud> => {
  const workshop = await openWorkshop();
  const definitions = await Promise.all(
    Object.entries(functions).map(([key, source]) => workshop.makeFunction(key, source)),
  );
  const text = JSON.stringify({ StartAt: Object.keys(states)[0], States: states, ...options.definition });
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'everyfile-test-')));
  const cloud = await startTestCloud({
    directory,
    timeScale: options.timeScale ?? 60,
    resources: {
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: { StateMachineName: 'machine', DefinitionString: { 'Fn::Sub': text } },
      },
    },
    createRunner: (place) => createRunner({ ...place, functions: definitions }),
  });
  const sfn = new SFNClient(cloud.clientConfig());

  const closeKeeping = async (): Promise<void> => {
    sfn.destroy();
    await cloud.close();
    await workshop.close();
  };
  const describe = (executionArn: string) => sfn.send(new DescribeExecutionCommand({ executionArn }));
  return {
    ...cloud,
    sfn,
    machineArn,
    async untilEnded(executionArn) {
      for (;;) {
        const execution = await describe(executionArn);
        if (execution.status !== 'RUNNING') return execution;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    async history(executionArn) {
      const events: HistoryEvent[] = [];
      let nextToken: string | undefined;
      do {
        const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 7 }));
        events.push(...(page.events ?? []));
        ({ nextToken } = page);
      } while (nextToken !== undefined);
      return events;
    },
    closeKeeping,
    async close() {
      await closeKeeping();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
