import type { StoredObject } from './read-exports.ts';

type Folder = Map<string, Folder | number>;

/** The objects of a bucket as the tree that their keys make, with the size of each. */
export const treeOf = (bucket: string, objects: readonly StoredObject[]): string => {
  const root: Folder = new Map();
  for (const { key, bytes } of objects) {
    const names = key.split('/');
    const last = names.pop() ?? '';
    names.reduce(folderIn, root).set(last, bytes);
  }
  return [bucket, ...linesOf(root, '')].join('\n');
};

const folderIn = (folder: Folder, name: string): Folder => {
  const known = folder.get(name);
  if (typeof known === 'object') return known;
  const made: Folder = new Map();
  folder.set(name, made);
  return made;
};

/** A folder with one folder in it and nothing else shares its line: `logs/demo`. */
const linesOf = (folder: Folder, indent: string): readonly string[] =>
  [...folder].flatMap(([name, content], index) => {
    const isLast = index === folder.size - 1;
    const branch = `${indent}${isLast ? '└─ ' : '├─ '}`;
    if (typeof content === 'number') return [`${branch}${name}  ${sizeOf(content)}`];
    const [path, inner] = joined(name, content);
    return [`${branch}${path}/`, ...linesOf(inner, `${indent}${isLast ? '   ' : '│  '}`)];
  });

const joined = (name: string, folder: Folder): readonly [string, Folder] => {
  const [first] = folder;
  if (folder.size !== 1 || first === undefined || typeof first[1] === 'number') return [name, folder];
  return joined(`${name}/${first[0]}`, first[1]);
};

const sizeOf = (bytes: number): string => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);
