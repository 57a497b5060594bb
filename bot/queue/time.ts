/** Resolves after `ms`, without keeping the process alive once `unless` has settled. */
export async function after(ms: number, unless: Promise<unknown>): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    const settled = () => {
      clearTimeout(timer);
      resolve();
    };
    unless.then(settled, settled);
  });
}
