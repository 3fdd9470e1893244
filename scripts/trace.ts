/**
 * `npm run trace [-- <package folder>] < text`: writes the text again with each place in a bundle, such as
 * `/var/task/handlers/relay.cjs:2:31415`, replaced by the place in the sources that it was made of, by the maps that
 * `sls package` keeps beside its archives. Without a folder, by those of the last package in `.serverless`.
 *
 * Exit code: 0 when every place was found, 1 when one was not, 2 when there are no maps.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join, normalize } from 'node:path';
import { text } from 'node:stream/consumers';
import { sourceMapsFolder } from '../offline/framework/source-maps.ts';

/** A place in a bundle, as a stack names it, escaped in JSON or not: file, line and column, both from 1. */
const place = /(?:[\w.-]*\/)*?(handlers\/[\w-]+\.cjs):(\d+):(\d+)/g;

const folder = join(process.argv[2] ?? '.serverless', sourceMapsFolder);
const maps = new Map<string, SourceMap | undefined>();

const mapOf = (bundle: string): SourceMap | undefined => {
  if (!maps.has(bundle)) {
    const path = join(folder, `${bundle}.map`);
    const map = existsSync(path)
      ? new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload)
      : undefined;
    maps.set(bundle, map);
  }
  return maps.get(bundle);
};

/** The way from the folder of the build up to the sources says nothing to a reader. */
const shortened = (source: string): string => normalize(source).replace(/^(?:\.\.\/)+/, '');

let unknown = 0;
const traced = (whole: string, bundle: string, line: string, column: string): string => {
  const entry = mapOf(bundle)?.findEntry(Number(line) - 1, Number(column) - 1);
  if (entry === undefined || !('originalSource' in entry)) {
    unknown += 1;
    return whole;
  }
  const { originalSource, originalLine, originalColumn } = entry;
  return `${shortened(originalSource)}:${String(originalLine + 1)}:${String(originalColumn + 1)}`;
};

if (existsSync(folder)) {
  process.stdout.write((await text(process.stdin)).replace(place, traced));
  if (unknown > 0) process.stderr.write(`${String(unknown)} places are not in the maps of ${folder}.\n`);
  process.exitCode = unknown > 0 ? 1 : 0;
} else {
  process.stderr.write(`There is no ${folder}: package the commit that is deployed, and name that folder.\n`);
  process.exitCode = 2;
}
