import relay from "./deno.json" with { type: "json" };

/** Of this relay, as in its deno.json. */
export const RELAY_VERSION: string = relay.version;
