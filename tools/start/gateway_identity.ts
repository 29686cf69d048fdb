import { z } from "zod";

/** What the local gateway shows the relay. */
export const gatewayIdentity = z.object({ id: z.string().min(1), token: z.string().min(1) });
export type GatewayIdentity = Readonly<z.infer<typeof gatewayIdentity>>;

const FILE = "gateway.json";

/** The identity of an earlier start; `undefined` if there is none that can be used. */
export async function loadIdentity(dataDir: string): Promise<GatewayIdentity | undefined> {
  try {
    return gatewayIdentity.safeParse(JSON.parse(await Deno.readTextFile(`${dataDir}/${FILE}`)))
      .data;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Keeps the identity for the next start, for the owner's eyes only. */
export async function saveIdentity(dataDir: string, identity: GatewayIdentity): Promise<void> {
  const path = `${dataDir}/${FILE}`;
  // A new file in place of the old one: nobody can have opened it before it was closed to others.
  await Deno.writeTextFile(`${path}.new`, JSON.stringify(identity), { mode: 0o600 });
  await Deno.chmod(`${path}.new`, 0o600);
  await Deno.rename(`${path}.new`, path);
}
