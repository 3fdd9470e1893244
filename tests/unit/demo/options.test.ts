import { OptionError, parseOptions } from '../../../demo/options.ts';

const defaults = {
  files: 100,
  double: 0.1,
  lose: 0.2,
  delay: '0ms',
  reorder: false,
  seed: 1,
  ingest: 'direct',
  redrive: 'queue',
  archive: 'versions',
  json: false,
  keep: false,
};

describe('the options of the demo', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual(defaults);
  });

  it('are read as they are given', () => {
    const given = ['--files', '300', '--double', '0.3', '--lose', '.4', '--seed', '11', '--json', '--keep'];
    const expected = { ...defaults, files: 300, double: 0.3, lose: 0.4, seed: 11, json: true, keep: true };
    expect(parseOptions(given)).toEqual(expected);
    const modes = ['--ingest', 'queue', '--redrive', 'refire', '--archive', 'bak', '--delay', '1.5s', '--reorder'];
    expect(parseOptions(modes)).toEqual({
      ...defaults,
      ...{ ingest: 'queue', redrive: 'refire', archive: 'bak', delay: '1.5s', reorder: true },
    });
  });

  it.each([
    [['--files', '0'], '--files'],
    [['--files', '1e3'], '--files'],
    [['--files', '20001'], '--files'],
    [['--double', '1.1'], '--double'],
    [['--double', 'half'], '--double'],
    [['--lose', ''], '--lose'],
    [['--lose=-1'], '--lose'],
    [['--seed', '-1'], '--seed'],
    [['--delay', '2'], '--delay'],
    [['--delay', '2h'], '--delay'],
    [['--ingest', 'refire'], '--ingest must be direct or queue'],
    [['--redrive', 'direct'], '--redrive'],
    [['--archive', 'Bak'], '--archive'],
    [['--fils', '3'], '--fils'],
    [['--files'], '--files'],
    [['30'], '30'],
  ])('refuse %j by name', (given, name) => {
    expect(() => parseOptions(given)).toThrow(OptionError);
    expect(() => parseOptions(given)).toThrow(name);
  });

  it('ask for help', () => {
    expect(parseOptions(['--help'])).toBe('help');
  });
});
