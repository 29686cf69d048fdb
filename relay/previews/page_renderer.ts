import { type Clock, type Log, withDeadline } from "@chatcode/kit";
import { element } from "./pages/element.ts";
import { pageHtml } from "./pages/page.ts";
import type { PageJob, PageWord } from "./pages/page_worker.ts";

/** For one page to be made; then the text is shown plain. */
export const RENDER_MS = 2_000;
/** Pages that wait for one another; more are shown plain. */
export const MAX_RENDERS = 8;

/** For the thread to begin, on a busy machine. */
const START_MS = 20_000;
/** A thread without work is let go after this time. */
const IDLE_MS = 60_000;

/**
 * Makes pages of text, Markdown and diffs, one at a time, in another thread. Where there are no
 * threads, or where it takes too long, the page shows the plain text.
 */
export class PageRenderer implements Disposable {
  readonly #clock: Clock;
  readonly #log: Log;
  #worker: Promise<Worker> | undefined;
  #heard: (word: PageWord) => void = () => {};
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #idle: Disposable | undefined;
  #disposed = false;

  constructor({ clock, log }: { clock: Clock; log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Never throws. */
  async render(job: PageJob): Promise<string> {
    if (this.#waiting >= MAX_RENDERS || this.#disposed) return plainPage(job);
    this.#waiting += 1;
    const page = this.#last.then(() => this.#render(job));
    this.#last = page;
    try {
      return await page ?? plainPage(job);
    } finally {
      this.#waiting -= 1;
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#stop();
  }

  async #render(job: PageJob): Promise<string | undefined> {
    this.#idle?.[Symbol.dispose]();
    try {
      const worker = await (this.#worker ??= this.#start());
      const { promise, resolve } = Promise.withResolvers<PageWord>();
      this.#heard = resolve;
      worker.postMessage(job);
      const word = await withDeadline(promise, RENDER_MS, "the page");
      return word.type === "page" ? word.html : undefined;
    } catch (error) {
      this.#log.warn("preview.not_rendered", { error });
      this.#stop();
      return undefined;
    } finally {
      this.#idle = this.#disposed ? undefined : this.#clock.setTimer(() => this.#stop(), IDLE_MS);
    }
  }

  async #start(): Promise<Worker> {
    const { promise, resolve, reject } = Promise.withResolvers<PageWord>();
    this.#heard = resolve;
    const worker = new Worker(new URL("./pages/page_worker.ts", import.meta.url), {
      type: "module",
    });
    worker.onmessage = ({ data }: MessageEvent<PageWord>) => this.#heard(data);
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`The page's thread failed: ${event.message}`));
    };
    try {
      await withDeadline(promise, START_MS, "a thread for pages");
      return worker;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }

  #stop(): void {
    this.#idle?.[Symbol.dispose]();
    void this.#worker?.then((worker) => worker.terminate(), () => {});
    this.#worker = undefined;
  }
}

function plainPage({ head, text }: PageJob): string {
  return pageHtml(head, [element("pre", {}, text)]);
}
