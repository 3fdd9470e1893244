import type { Context } from 'aws-lambda';
import { createSweeper } from '../lib/container.ts';
import { parseWake } from '../lib/events/wake.ts';

const sweeper = createSweeper();

/** Schedule or baton → compares inbox and ledger, and re-drives what is missing. Answers with what it did. */
export const handler = async (event: unknown, context: Context) =>
  sweeper(parseWake(event), context.getRemainingTimeInMillis());
