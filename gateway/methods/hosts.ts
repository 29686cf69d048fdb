import type { HostMethods } from "../requests.ts";

export const hostMethods: Pick<HostMethods, "hosts.ping"> = {
  "hosts.ping": () => Promise.resolve({}),
};
