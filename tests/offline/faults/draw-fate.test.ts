import type { CallRules } from '../../../offline/faults/call-rules.ts';
import { noCallRules } from '../../../offline/faults/call-rules.ts';
import { createDraw } from '../../../offline/faults/draw-fate.ts';
import type { Call } from '../../../offline/faults/draw-fate.ts';

const call = (overrides: Partial<Call> = {}): Call => ({
  service: 'dynamodb',
  operation: 'UpdateItem',
  caller: 'processor',
  ...overrides,
});
const drawOf = (rules: Partial<CallRules>, seed = 1, now = () => new Date(0)) =>
  createDraw({ ...noCallRules, ...rules }, seed, now);
const throttled = (share: number) => ({ throttle: [{ service: 'dynamodb' as const, share }] });

/** Which of the calls are met, as a text of ones and noughts. */
const metOf = (rules: Partial<CallRules>, calls: readonly Call[], seed?: number): string => {
  const { draw } = drawOf(rules, seed);
  return calls.map((made) => (draw(made) ? '1' : '0')).join('');
};
const many = Array.from({ length: 1000 }, () => call());

it('meets about the share that it is told, the same calls for the same seed', () => {
  const met = metOf(throttled(0.3), many);
  const count = met.split('1').length - 1;
  expect(count).toBeGreaterThan(250);
  expect(count).toBeLessThan(350);
  expect(metOf(throttled(0.3), many)).toBe(met);
  expect(metOf(throttled(0.3), many, 2)).not.toBe(met);
});

it("decides by caller and operation: another caller's calls in between change nothing", () => {
  const mixed = many.flatMap((made) => [made, call({ caller: 'sweeper' })]);
  const { draw } = drawOf(throttled(0.3));
  const met = mixed.map((made) => [made.caller, draw(made)] as const).filter(([caller]) => caller === 'processor');
  expect(met.map(([, fate]) => (fate ? '1' : '0')).join('')).toBe(metOf(throttled(0.3), many));
});

it('meets all or none at the ends', () => {
  expect(metOf(throttled(1), many)).not.toContain('0');
  expect(metOf(throttled(0), many)).not.toContain('1');
});

it.each([[{ service: 's3' as const }], [{ operation: 'GetItem' }], [{ caller: 'sweeper' }]])(
  'leaves alone what differs in %j',
  (difference) => {
    const rule = { service: 'dynamodb' as const, operation: 'UpdateItem', caller: 'processor', share: 1 };
    const { draw } = drawOf({ loseResponse: [rule] });
    expect(draw(call(difference))).toBeUndefined();
    expect(draw(call())).toMatchObject({ fault: 'loseResponse', rule, occurrence: 1 });
  },
);

it('counts the calls of each invocation on its own', () => {
  const { draw } = drawOf({ cut: [{ caller: 'processor', atCall: 2, share: 1 }] });
  const calls = ['a', 'b', 'a', 'a', 'b'].map((invocation) => draw(call({ invocation })));
  expect(calls.map((fate) => fate?.callNumber)).toEqual([undefined, undefined, 2, undefined, 2]);
  expect(draw(call())).toBeUndefined();
});

it('is spent after its times, and over at its end', () => {
  const rule = { share: 1, times: 2 };
  const drawn = drawOf({ loseResponse: [rule] });
  expect(many.slice(0, 5).map((made) => drawn.draw(made)?.fault)).toEqual([
    'loseResponse',
    'loseResponse',
    undefined,
    undefined,
    undefined,
  ]);
  expect(drawn.made(rule)).toBe(2);

  let time = 0;
  const until = new Date(1000).toISOString();
  const { draw } = drawOf({ loseResponse: [{ share: 1, until }] }, 1, () => new Date(time));
  expect(draw(call())).toBeDefined();
  time = 1000;
  expect(draw(call())).toBeUndefined();
});
