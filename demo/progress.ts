import type { RequestLogEntry } from '../offline/contracts.ts';

/** How a run tells a person where it is. */
export type Progress = Readonly<{
  /** A new step begins. */
  step(what: string): void;
  /** How many of the planned file versions have been sent. */
  sent(count: number): void;
  /** New lines of the request log, out of which the answers are counted. */
  requests(entries: readonly RequestLogEntry[]): void;
  /** Takes the bar away. */
  end(): void;
}>;

const answers: ReadonlySet<string | undefined> = new Set(['DONE', 'POISON', 'SUPERSEDED', 'GONE']);
const width = 30;

/** For a program that reads the result: nothing. */
export const silentProgress: Progress = {
  step: () => undefined,
  sent: () => undefined,
  requests: () => undefined,
  end: () => undefined,
};

/** A bar that moves on a terminal; one line a step anywhere else. */
export const createProgress = (total: number, stream: NodeJS.WriteStream, now: () => number): Progress => {
  const answered = new Set<string>();
  let sent = 0;
  let what = '';
  let sendingSince: number | undefined;

  const draw = (): void => {
    if (!stream.isTTY) return;
    const seconds = sendingSince === undefined ? 0 : (now() - sendingSince) / 1000;
    const rate = seconds > 0.5 ? `${Math.round(answered.size / seconds)}/s` : '';
    stream.write(`\r\u001b[2K${progressLine({ what, total, sent, answered: answered.size, rate })}`);
  };

  return {
    step: (next) => {
      what = next;
      if (stream.isTTY) draw();
      else stream.write(`${next}\n`);
    },
    sent: (count) => {
      sendingSince ??= now();
      sent = count;
      draw();
    },
    requests: (entries) => {
      for (const { detail, status } of entries) {
        const id = detail?.['key.id'];
        if (status === 200 && id !== undefined && answers.has(detail?.['set.status'])) answered.add(id);
      }
      draw();
    },
    end: () => {
      if (stream.isTTY) stream.write('\r\u001b[2K');
    },
  };
};

/** `[######------]  120 of 300 answered, 210 sent, 80/s  Sending` */
const progressLine = (at: { what: string; total: number; sent: number; answered: number; rate: string }): string => {
  const filled = Math.round((Math.min(at.answered, at.total) / Math.max(at.total, 1)) * width);
  const bar = '█'.repeat(filled) + '░'.repeat(width - filled);
  const rate = at.rate === '' ? '' : `, ${at.rate}`;
  return `${bar}  ${at.answered} of ${at.total} answered, ${at.sent} sent${rate}  ${at.what}`;
};
