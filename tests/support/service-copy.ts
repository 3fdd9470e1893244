import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const projectFolder = join(import.meta.dirname, '..', '..');
const copied = ['serverless.yml', 'package.json', 'tsconfig.json', 'resources', 'stepfunctions', 'handlers', 'lib'];
const linked = ['node_modules', 'offline'];

/** A copy of the service, to be changed as its user would change it. */
export type ServiceCopy = Readonly<{
  folder: string;
  /** Replaces a text that stands in a file exactly once. */
  change(file: string, from: string, to: string): Promise<void>;
  write(file: string, content: string): Promise<void>;
  remove(): Promise<void>;
}>;

export const copyService = async (): Promise<ServiceCopy> => {
  const folder = await mkdtemp(join(tmpdir(), 'everyfile-service-'));
  await Promise.all([
    ...copied.map((name) => cp(join(projectFolder, name), join(folder, name), { recursive: true })),
    ...linked.map((name) => symlink(join(projectFolder, name), join(folder, name))),
  ]);
  const write = (file: string, content: string): Promise<void> => writeFile(join(folder, file), content);
  return {
    folder,
    async change(file, from, to) {
      const parts = (await readFile(join(folder, file), 'utf8')).split(from);
      if (parts.length !== 2) throw new Error(`"${from}" stands ${parts.length - 1} times in ${file}`);
      await write(file, parts.join(to));
    },
    write,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
