type Delivery = Readonly<{ dueAt: number; turn: number; deliver: () => void }>;

/** Deliveries that wait for their time. */
export type DeliveryLine = Readonly<{
  /** Delivers after `delayMs`; in order, also not before those that were added earlier. */
  add(delayMs: number, inOrder: boolean, deliver: () => void): void;
  waiting(): number;
  /** Forgets what waits. */
  close(): void;
}>;

const isBefore = (a: Delivery, b: Delivery): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.turn < b.turn);

/** Creates a line that one timer serves: timers of equal length could fire in any order. */
export const createDeliveryLine = (): DeliveryLine => {
  const line: Delivery[] = [];
  let turn = 0;
  let lastDueAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const serve = (): void => {
    timer = undefined;
    const now = performance.now();
    while (line[0] && line[0].dueAt <= now) line.shift()?.deliver();
    wait();
  };

  const wait = (): void => {
    clearTimeout(timer);
    timer = line[0] && setTimeout(serve, Math.max(0, line[0].dueAt - performance.now()));
  };

  const insert = (delivery: Delivery): void => {
    let [low, high] = [0, line.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = line[middle];
      if (other && isBefore(other, delivery)) low = middle + 1;
      else high = middle;
    }
    line.splice(low, 0, delivery);
    if (low === 0) wait();
  };

  return {
    add: (delayMs, inOrder, deliver) => {
      const dueAt = performance.now() + delayMs;
      const orderedAt = inOrder ? Math.max(dueAt, lastDueAt) : dueAt;
      lastDueAt = Math.max(lastDueAt, orderedAt);
      turn += 1;
      insert({ dueAt: orderedAt, turn, deliver });
    },
    waiting: () => line.length,
    close: () => {
      clearTimeout(timer);
      line.length = 0;
    },
  };
};
