/** What one trigger of the file does, once it owns it: whatever the test wants, with the effect in its hand. */
export type Work = (effect: () => void) => Promise<void>;

/**
 * How a trigger ended: its work ran to the end and that was recorded; it was kept from running; or it ran, or tried to,
 * and an error came of it.
 */
export type Answer = 'done' | 'refused' | 'failed';

/** One way of running a file's work once, with its table on the local cloud. */
export type Contender = Readonly<{
  name: string;
  /** A file that nobody has seen before. */
  newFile(): Promise<string>;
  /** One trigger of the file, in a function whose time limit is this. */
  trigger(file: string, limitSeconds: number, work: Work): Promise<Answer>;
  /** How often the effect reached the world outside: here a notice to a person. */
  effects(file: string): number;
  wire: Wire;
  /** Which of its requests claims a file, and which records that the work is done. */
  isClaim(request: object): boolean;
  isCompletion(request: object): boolean;
}>;

/** The line between the contender and DynamoDB. */
export type Wire = Readonly<{
  /** Requests made, the SDK's own retries included. */
  requests(): number;
  /** The next such request takes effect, and its response is lost. */
  loseNext(matches: (request: object) => boolean): void;
  /** Every such request is answered by a 500 and takes no effect, until the returned function is called. */
  failAll(matches: (request: object) => boolean): () => void;
}>;
