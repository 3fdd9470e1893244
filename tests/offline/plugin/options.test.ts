import { parseOfflineOptions } from '../../../offline/framework/options.ts';

it('without options: the default port and folder, and no faults', () => {
  expect(parseOfflineOptions({})).toEqual({
    port: 4566,
    stateDir: '.everyfile',
    timeScale: 60,
    fresh: false,
    pauseSchedules: false,
    faults: { lose: 0, double: 0, delayMs: 0, reorder: false, seed: 1 },
  });
});

it('takes numbers as the text that the command line gives', () => {
  const options = {
    port: '0',
    stateDir: '/tmp/x',
    fresh: true,
    pauseSchedules: true,
    lose: '0.2',
    double: '1',
    delay: '1.5s',
    reorder: true,
    seed: '7',
    timeScale: '600',
  };
  expect(parseOfflineOptions(options)).toEqual({
    port: 0,
    stateDir: '/tmp/x',
    timeScale: 600,
    fresh: true,
    pauseSchedules: true,
    faults: { lose: 0.2, double: 1, delayMs: 1500, reorder: true, seed: 7 },
  });
});

it('takes faults of every kind as JSON, over the single options', () => {
  const faults = '{"lose":0.5,"throttle":{"dynamodb":0.1}}';
  expect(parseOfflineOptions({ faults, lose: '0.2', seed: '7' }).faults).toMatchObject({
    lose: 0.5,
    seed: 7,
    throttle: { dynamodb: 0.1 },
  });
});

it.each([
  ['500ms', 500],
  ['3s', 3000],
  ['1m', 60_000],
])('--delay %s is %d ms', (delay, delayMs) => {
  expect(parseOfflineOptions({ delay }).faults.delayMs).toBe(delayMs);
});

it.each([
  ['port', 'http', '--port must be a whole number from 0 to 65535, not "http".'],
  ['port', '65536', '--port must be a whole number from 0 to 65535'],
  ['port', '45.66', '--port must be a whole number'],
  ['lose', '20%', '--lose must be a number from 0 to 1, not "20%".'],
  ['double', '1.1', '--double must be a number from 0 to 1, not "1.1".'],
  ['double', '-0.1', '--double must be a number from 0 to 1'],
  ['delay', '3', '--delay must be a number with its unit'],
  ['delay', 'soon', 'not "soon"'],
  ['seed', 'x', '--seed must be a whole number'],
  ['faults', '{lose: 1}', '--faults must be a JSON object, not "{lose: 1}".'],
  ['faults', '[]', '--faults must be a JSON object'],
  ['stateDir', '', '--stateDir needs a value.'],
])('--%s %s is refused by name', (name, value, message) => {
  expect(() => parseOfflineOptions({ [name]: value })).toThrow(message);
});
