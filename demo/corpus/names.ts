import type { Kind } from './contents.ts';

/** A name with something in it that some step between a sender and a ledger is known to get wrong. */
export type OddName = Readonly<{ name: string; kind: Kind; what: string }>;

const maxKeyBytes = 1024;
const inbox = 'incoming/';

/** As long as S3 allows, in characters of three bytes, which no cut may halve. */
const longestName = (): string => {
  const ending = '.txt';
  const room = maxKeyBytes - Buffer.byteLength(inbox + ending);
  const threeBytes = '長';
  return threeBytes.repeat(Math.floor(room / 3)) + 'x'.repeat(room % 3) + ending;
};

/** Names under `incoming/`, odd on purpose. Every run of the demo has them all. */
export const oddNames: readonly OddName[] = [
  { name: 'folder/', kind: 'empty', what: 'a folder marker' },
  { name: 'empty.txt', kind: 'empty', what: 'an empty file' },
  { name: 'backup 20 MB.bin', kind: 'large', what: 'a multipart upload' },
  { name: longestName(), kind: 'text', what: '1,024 bytes' },
  { name: 'two words and  two spaces.txt', kind: 'text', what: 'spaces' },
  { name: ' leading and trailing ', kind: 'text', what: 'spaces at both ends' },
  { name: 'one+one=two.csv', kind: 'csv', what: 'a plus, which an event writes for a space' },
  { name: '100%.json', kind: 'json', what: 'a bare percent sign' },
  { name: 'a%2Fb%20c%2B.txt', kind: 'text', what: 'what looks encoded already' },
  { name: 'a&b;c=d?e#f@g:h,i$j.png', kind: 'png', what: 'what a URL reserves' },
  { name: `it's "quoted" <tag> & 'more'.pdf`, kind: 'pdf', what: 'what XML reserves' },
  { name: 'a\\b|c^d`e{f}[g]~(h)!*.zip', kind: 'zip', what: 'what some encoders forget' },
  { name: '請求書 二〇二六年.pdf', kind: 'pdf', what: 'Japanese' },
  { name: 'party 🎉👩‍👩‍👧.png', kind: 'png', what: 'emoji, beyond the basic plane and joined' },
  { name: 'caf\u00e9.txt', kind: 'text', what: 'an accent as one character' },
  { name: 'cafe\u0301.txt', kind: 'text', what: 'the same accent as two characters: another name' },
  { name: 'Readme.txt', kind: 'text', what: 'a capital' },
  { name: 'README.txt', kind: 'text', what: 'more capitals: another name' },
  { name: '/leading//and//double.csv', kind: 'csv', what: 'empty path segments' },
  { name: '.hidden', kind: 'text', what: 'a leading dot' },
  { name: './here/../there.json', kind: 'json', what: 'segments that a path would resolve' },
  { name: '../outside.txt', kind: 'text', what: 'a way out of the folder' },
  { name: 'line\nbreak\tand tab.txt', kind: 'text', what: 'control characters' },
  { name: 'مرحبا.json', kind: 'json', what: 'a script from right to left' },
  { name: '__proto__', kind: 'binary', what: 'what is not a plain property in JavaScript' },
];

/** Folders of the inbox for which lib/rules.ts has rules of its own, and the inbox itself. */
export const folders = ['', 'announced/', 'digested/'] as const;

/** The full key of a name in a folder of the inbox. */
export const keyOf = (folder: string, name: string): string => `${inbox}${folder}${name}`;
