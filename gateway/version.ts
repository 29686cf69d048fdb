import gateway from "./deno.json" with { type: "json" };

/** Of this gateway, as in its deno.json. */
export const GATEWAY_VERSION: string = gateway.version;
