import EveryfilePlugin from '../../../offline/plugin.ts';
import { FrameworkError, makeServerless } from './framework.ts';

const silent = { notice: () => undefined, warning: () => undefined, error: () => undefined, verbose: () => undefined };
const initialize = async (...[overrides]: Parameters<typeof makeServerless>): Promise<void> =>
  new EveryfilePlugin(makeServerless(overrides), {}, { log: silent }).hooks.initialize();

it.each([['deploy'], ['deploy', 'function'], ['remove'], ['rollback']])(
  '%s on the stage local is refused',
  async (...commands) => {
    await expect(initialize({ commands, stage: 'local' })).rejects.toThrow('The stage "local" is this machine');
    await expect(initialize({ commands, stage: 'dev' })).resolves.toBeUndefined();
  },
);

it('serverless.yml is told of a variable that there is not', async () => {
  const { everyfile } = new EveryfilePlugin(makeServerless(), {}, { log: silent }).configurationVariablesSources;
  const resolveVariable = async (variable: string) => ({ 'param:logGroups': '/shop' })[variable];
  expect(await everyfile.resolve({ address: 'exportedLogGroups', resolveVariable })).toEqual({
    value: [{ 'Fn::Sub': expect.stringContaining(':log-group:/shop:*') }],
  });
  await expect(everyfile.resolve({ address: 'logGroups', resolveVariable })).rejects.toThrow('everyfile:logGroups');
});

it.each(['offline', 'offline start', 'offline prepare'])('%s: the stage local and no other', async (command) => {
  const refused = initialize({ commands: command.split(' '), stage: 'dev' });
  await expect(refused).rejects.toThrow('sls offline --stage local');
});

it('every command is refused while a stage parameter is wrong, with an error that is printed without a stack', async () => {
  for (const commands of [['package'], ['deploy'], ['offline'], ['invoke', 'local']]) {
    const refused = initialize({ commands, stage: 'dev', options: { param: ['ingest=both'] } });
    await expect(refused).rejects.toThrow('Allowed: direct, queue.');
    await expect(refused).rejects.toBeInstanceOf(FrameworkError);
  }
});

it('a wrong option of sls offline is refused before anything starts', async () => {
  for (const commands of [['offline'], ['offline', 'start']]) {
    const refused = initialize({ commands, options: { lose: 'most' } });
    await expect(refused).rejects.toThrow('--lose must be a number from 0 to 1, not "most".');
    await expect(refused).rejects.toBeInstanceOf(FrameworkError);
  }
});

it('sls invoke local refuses an endpoint of the shell that is not this machine', async () => {
  process.env['AWS_ENDPOINT_URL'] = 'https://s3.us-east-1.amazonaws.com';
  try {
    await expect(initialize({ commands: ['invoke', 'local'] })).rejects.toThrow(
      'the stage local speaks to this machine alone',
    );
  } finally {
    delete process.env['AWS_ENDPOINT_URL'];
  }
});
