import { contentTypes, makeContent, type Kind } from './corpus/contents.ts';
import { folders, keyOf, oddNames } from './corpus/names.ts';
import { createRandom, type Random } from './random.ts';

/** A file as its sender has it. */
export type SenderFile = Readonly<{
  key: string;
  kind: Kind;
  contentType: string;
  userMetadata: Readonly<Record<string, string>>;
  /** Made when asked for: a large corpus need not stand in memory at once. */
  content(): Buffer;
}>;

/** All that a sender does under one key. */
export type Errand = Readonly<{
  key: string;
  /** Put one after the other: the second finds the first waiting, being processed, or done. */
  puts: readonly [SenderFile, ...SenderFile[]];
  /** The sender changes its mind only once the file is being processed, instead of at once. */
  waitsForClaim: boolean;
  /** Deletes the file after having put it. */
  deletes: boolean;
  /** Sends the same bytes again, once everything else is done. */
  sendsAgain: boolean;
}>;

const plainKinds: readonly Kind[] = ['text', 'text', 'csv', 'csv', 'json', 'json', 'png', 'pdf', 'zip', 'binary'];
const endings: Readonly<Record<Kind, string>> = {
  text: '.txt',
  csv: '.csv',
  json: '.json',
  png: '.png',
  pdf: '.pdf',
  zip: '.zip',
  binary: '.bin',
  empty: '',
  large: '.bin',
};

/** Of 100 keys with a plain name, so many are overwritten, deleted, sent again. */
const overwrittenPercent = 8;
const deletedPercent = 5;
const sentAgainPercent = 8;

/**
 * What the senders do, the same for the same seed: the odd names first, then plain ones, until there are `files` file
 * versions. A file that is sent again unchanged is the same version, so it counts once.
 */
export const createPlan = ({ files, seed }: { files: number; seed: number }): readonly Errand[] => {
  const random = createRandom(`plan ${seed}`);
  const errands: Errand[] = [];
  let versions = 0;
  const add = (errand: Errand): void => {
    errands.push(errand);
    versions += errand.puts.length;
  };

  for (const { name, kind } of oddNames.slice(0, files)) {
    // The longest name has no room for a folder.
    const folder = Buffer.byteLength(keyOf('announced/', name)) > 1024 ? '' : random.pick(folders);
    const put = makeFile(keyOf(folder, name), kind, random, seed);
    add({
      key: put.key,
      puts: [put],
      waitsForClaim: false,
      deletes: false,
      sendsAgain: kind !== 'large' && random.share() < 0.1,
    });
  }
  for (let index = 0; versions < files; index += 1) {
    const kind = random.pick(plainKinds);
    const day = `2026-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`;
    const key = keyOf(
      random.pick(folders),
      `${day}/${random.pick(['scan', 'order', 'export'])}-${index}${endings[kind]}`,
    );
    add(plainErrand(key, kind, random, { seed, room: files - versions, turn: index }));
  }
  return errands;
};

const plainErrand = (
  key: string,
  kind: Kind,
  random: Random,
  { seed, room, turn }: { seed: number; room: number; turn: number },
): Errand => {
  const first = makeFile(key, kind, random, seed);
  // By turns first, so that a small run has one of each; by the percentages after that.
  const percent = turn < 3 ? undefined : random.share() * 100;
  const overwritten = percent === undefined ? turn === 0 : percent < overwrittenPercent;
  const deleted = percent === undefined ? turn === 1 : within(percent, overwrittenPercent, deletedPercent);
  const again =
    percent === undefined ? turn === 2 : within(percent, overwrittenPercent + deletedPercent, sentAgainPercent);
  const second = overwritten && room > 1 ? [makeFile(key, kind, random, seed)] : [];
  const waitsForClaim = random.share() < 0.5;
  return { key, puts: [first, ...second], waitsForClaim, deletes: deleted, sendsAgain: again };
};

const within = (value: number, from: number, width: number): boolean => value >= from && value < from + width;

const makeFile = (key: string, kind: Kind, random: Random, seed: number): SenderFile => {
  const contentSeed = `content ${seed} ${random.integer(0, 2 ** 48)}`;
  return {
    key,
    kind,
    contentType: random.share() < 0.1 ? 'application/octet-stream' : contentTypes[kind],
    userMetadata: random.share() < 0.2 ? { sender: 'demo', batch: String(random.integer(1, 99)) } : {},
    content: () => makeContent(kind, contentSeed),
  };
};

const two = (value: number): string => String(value).padStart(2, '0');
