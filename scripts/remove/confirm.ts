/**
 * Whether to go on: the stage's name, given beforehand or typed, says so, and nothing else does. The command alone may be
 * the last one of the shell's history.
 *
 * @param ask asks a person and returns what was typed; undefined where nobody can be asked
 */
export const isConfirmed = async (
  stage: string,
  { given, ask }: Readonly<{ given: string | undefined; ask: ((question: string) => Promise<string>) | undefined }>,
): Promise<boolean> => {
  if (given !== undefined) return given === stage;
  if (ask === undefined) return false;
  return (await ask('Type the name of the stage to delete all of it: ')).trim() === stage;
};
