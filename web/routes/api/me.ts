import { define, signedIn } from "../../define.ts";

/** Asked by pages whose socket is refused: 200 signed in, 401 not. */
export const handler = define.handlers({
  GET(ctx) {
    const { name, role } = signedIn(ctx.state);
    return Response.json({ name, role });
  },
});
