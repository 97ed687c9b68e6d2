/** How often it looks. */
const LOOK_MS = 1000;
/** Standing still this long is hanging. A process that only lacks a free core still gets some of it now and then. */
const STILL_SECONDS = 15;
const STILL_CPU_SECONDS = 0.15;

/**
 * Calls `onHang` once when this process has used more processor time than it may, or none to speak of for a while.
 * The clock on the wall decides nothing: a busy machine makes no mutant hang.
 */
export function watchOver(cpuSeconds: number, onHang: (why: string) => void): Disposable {
  const begun = cpuNow();
  let since = { at: performance.now(), cpu: begun };
  const timer = setInterval(() => {
    const cpu = cpuNow();
    if (cpu - begun > cpuSeconds) return stop(`more than ${cpuSeconds.toFixed(0)} s of processor time`);
    if (cpu - since.cpu > STILL_CPU_SECONDS) since = { at: performance.now(), cpu };
    if (performance.now() - since.at > STILL_SECONDS * 1000) stop(`still for ${STILL_SECONDS} s`);
  }, LOOK_MS);
  const stop = (why: string): void => {
    clearInterval(timer);
    onHang(why);
  };
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function cpuNow(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
