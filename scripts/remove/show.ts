import type { BucketContents } from './empty-bucket.ts';
import type { StageContents } from './remove-stage.ts';

const grouped = (count: number): string => count.toLocaleString('en-GB');

const contentsOf = ({ versions, deleteMarkers, uploads }: BucketContents): string =>
  `${grouped(versions)} versions, ${grouped(deleteMarkers)} delete markers, ${grouped(uploads)} uploads in progress`;

/** What would be deleted, a line each. */
export const describeStage = (stack: string, ledgerTable: string, contents: StageContents): string => {
  const { stackExists, buckets, ledger } = contents;
  return [
    `  stack   ${stack}${stackExists ? '' : '  (not there)'}`,
    ...Object.entries(buckets).map(([name, inIt]) => `  bucket  ${name}  ${contentsOf(inIt)}`),
    ...(ledger === undefined
      ? []
      : [`  ledger  ${ledgerTable}  about ${grouped(ledger.items)} items${ledger.isProtected ? ', protected' : ''}`]),
  ].join('\n');
};

/** How far a bucket is. */
export const describeProgress = (bucket: string, soFar: BucketContents): string =>
  `  ${bucket}: ${contentsOf(soFar)} deleted`;
