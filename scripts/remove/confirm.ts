import type { StageContents } from './remove-stage.ts';

/** Whether a stage is one whose data must not go by a slip: `prod`, and any that was deployed to keep it. */
const keepsData = (stage: string, { ledger }: StageContents): boolean =>
  stage === 'prod' || ledger?.isProtected === true;

/**
 * Whether to go on. A name given beforehand must be the stage's, whatever stage it is; without one, a stage that keeps its
 * data asks for it.
 *
 * @param ask asks a person and returns what was typed; undefined where nobody can be asked
 */
export const isConfirmed = async (
  stage: string,
  contents: StageContents,
  { given, ask }: Readonly<{ given: string | undefined; ask: ((question: string) => Promise<string>) | undefined }>,
): Promise<boolean> => {
  if (given !== undefined) return given === stage;
  if (!keepsData(stage, contents)) return true;
  if (ask === undefined) return false;
  return (await ask('This stage keeps its data. Type its name to delete all of it: ')).trim() === stage;
};
