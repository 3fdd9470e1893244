import type { ActionFile, OutputOptions, Rule } from '../domain/action.ts';
import { derivedKey } from '../domain/derived-key.ts';
import { NoRuleError } from '../domain/errors.ts';
import type { FileVersion } from '../domain/file-version.ts';
import type { LedgerItem, Output } from '../domain/ledger-item.ts';
import { noticeId, noticeSubject, type Notice } from '../domain/notice.ts';
import { storableResult, type Result } from '../domain/result.ts';
import type { Dependencies } from './dependencies.ts';
import type { ObjectReader } from './read-object.ts';

/** The first rule whose prefix the key begins with. */
export const ruleFor = (rules: readonly Rule[], key: string): Rule => {
  const rule = rules.find(({ prefix }) => key.startsWith(prefix));
  if (rule === undefined) throw new NoRuleError(`no rule matches the key ${key}: add one to lib/rules.ts`);
  return rule;
};

/**
 * Runs the rule's actions one after the other and gathers what is to be committed.
 * @throws whatever an action throws; {UnstorableResultError} when the ledger cannot hold the result
 */
export const runActions = async (
  { objectStore, log }: Pick<Dependencies, 'objectStore' | 'log'>,
  run: { file: FileVersion; item: LedgerItem; rule: Rule; reader: ObjectReader; signal: AbortSignal },
): Promise<Result> => {
  const { file, item, rule, reader, signal } = run;
  const outputs = new Map<string, Output>();
  const outbox: Notice[] = [];

  const actionFile: ActionFile = {
    ...file,
    fence: item.fence,
    attempt: item.attempts,
    head: reader.head,
    signal,
    peek: (bytes) => reader.peek(bytes),
    body: () => reader.body(),
    async writeOutput(folder: string, body: string | Uint8Array, options: OutputOptions) {
      signal.throwIfAborted();
      const mark = options.deterministic === false ? `-f${String(item.fence)}` : '';
      const key = derivedKey(folder.replace(/\/*$/, '/'), file, mark, options.ending);
      await objectStore.putOutput(key, body, options.contentType, signal);
      const output = { key, size: Buffer.byteLength(body), contentType: options.contentType };
      outputs.set(key, output);
      return output;
    },
    notify({ subject, text, data }) {
      const id = noticeId(file.id, item.fence, outbox.length);
      outbox.push({ id, kind: 'processed', subject: noticeSubject(subject), text, data: data ?? {} });
    },
    log: (message, fields) => log.info(message, { ...fields, fileId: file.id }),
  };

  const metadata: Record<string, unknown> = {};
  for (const action of rule.actions) {
    signal.throwIfAborted();
    const recorded = await action.run(actionFile);
    if (recorded !== undefined) metadata[action.name] = recorded;
  }
  return storableResult({ metadata, outputs: [...outputs.values()], outbox });
};
