/** Looks until so many are there, and fails by name when they do not come. */
export const untilThere = async <Thing>(
  what: string,
  atLeast: number,
  look: () => Promise<readonly Thing[]>,
): Promise<readonly Thing[]> => {
  for (const endsAt = Date.now() + 20_000; ;) {
    const things = await look();
    if (things.length >= atLeast) return things;
    if (Date.now() > endsAt)
      throw new Error(`waited in vain for ${String(atLeast)} ${what}, saw ${String(things.length)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
