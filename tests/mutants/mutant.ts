/** One deliberate break of the code: a rule taken away, and the test that must notice. */
export type Mutant = Readonly<{
  name: string;
  /** The rule that it breaks, in the words of the design. */
  rule: string;
  file: string;
  /** This text, which stands in the file exactly once, is replaced. */
  find: string;
  replace: string;
  /** The test file, below `tests/` and without its ending, in which at least one test must fail. */
  catcher: string;
  /** Only the tests whose names hold these words are run there, where all of them would take long. */
  test?: string;
  /** What the failure must say: the promise that the test has seen broken, where it watches several. */
  says?: string;
}>;
