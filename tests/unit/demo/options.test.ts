import { OptionError, parseOptions } from '../../../demo/options.ts';

describe('the options of the demo', () => {
  it('have defaults', () => {
    expect(parseOptions([])).toEqual({ files: 100, double: 0.1, lose: 0, seed: 1, json: false, keep: false });
  });

  it('are read as they are given', () => {
    const given = ['--files', '300', '--double', '0.3', '--lose', '.2', '--seed', '11', '--json', '--keep'];
    expect(parseOptions(given)).toEqual({ files: 300, double: 0.3, lose: 0.2, seed: 11, json: true, keep: true });
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
