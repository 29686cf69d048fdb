import { define } from "../../define.ts";

export const handler = [
  define.middleware((ctx) => {
    ctx.state.trace.push("machines");
    return ctx.next();
  }),
];
