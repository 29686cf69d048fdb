import type { Context } from "./context.ts";

/** One step of a request: answers, or passes it on with `ctx.next()`. */
export type Middleware<State> = (ctx: Context<State>) => Response | Promise<Response>;

/** Runs `steps` in order around `last`. A thrown error is left in `ctx.error`. */
export function runMiddlewares<State>(
  steps: readonly Middleware<State>[],
  ctx: Context<State>,
  last: () => Response | Promise<Response>,
): Promise<Response> {
  const run = async (index: number): Promise<Response> => {
    const step = steps[index];
    try {
      if (step === undefined) return await last();
      ctx.next = () => run(index + 1);
      return await step(ctx);
    } catch (error) {
      ctx.error = error;
      throw error;
    }
  };
  return run(0);
}
