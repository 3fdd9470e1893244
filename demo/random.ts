import { hash } from 'node:crypto';

/** Numbers that look random and are the same for the same seed: a run that showed a fault can be shown again. */
export type Random = Readonly<{
  /** From 0 up to, not including, 1. */
  share(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  pick<T>(choices: readonly T[]): T;
  bytes(length: number): Buffer;
}>;

/**
 * Each seed text starts a stream of its own, so that one file's bytes do not depend on how many were made before it.
 * The generator is sfc32, small and quick, and good enough for anything but secrets.
 */
export const createRandom = (seed: string): Random => {
  const digest = hash('sha256', seed, 'buffer');
  let a = digest.readInt32LE(0);
  let b = digest.readInt32LE(4);
  let c = digest.readInt32LE(8);
  let counter = 1;

  const word = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + result;
    return result >>> 0;
  };
  // The first words of sfc32 still resemble the seed.
  for (let round = 0; round < 12; round += 1) word();

  const share = (): number => word() / 2 ** 32;
  return {
    share,
    integer: (min, max) => min + Math.floor(share() * (max - min + 1)),
    pick: (choices) => {
      const choice = choices[Math.floor(share() * choices.length)];
      if (choice === undefined) throw new RangeError('There is nothing to pick from.');
      return choice;
    },
    bytes: (length) => {
      const words = new Uint32Array(Math.ceil(length / 4));
      for (let index = 0; index < words.length; index += 1) words[index] = word();
      return Buffer.from(words.buffer, 0, length);
    },
  };
};
